# One line that says what is wrong, one that helps.
input="input: 1x4x4
layers: [relu]"
echo "$input" >net.yaml
touch x.npy model.onnx
for arguments in plan 'plan net.yaml x' 'plan net.yaml --after fuse -f json' 'plan net.yaml --after fus' \
    'plan net.yaml --tile 16' 'plan net.yaml --tile 16x600' 'plan net.yaml --output a --output a' \
    'compile net.yaml' 'compile net.yaml -o net.yaml' 'compile a b -o c' 'compile net.yaml -o x -w' \
    run 'run net.yaml' 'run - -' 'run net.yaml x.npy --format cvs' 'run net.yaml x.npy -o x.npy' \
    'run net.yaml x.npy --threads 0' 'run net.yaml x.npy --threads 257' 'run net.yaml x.npy --batch 1e2' \
    'run net.yaml x.npy --max-memory 4T' 'run net.yaml x.npy --max-memory 99999999999G' \
    'run net.yaml x.npy --random-weights -1' 'run net.yaml x.npy --reference --profile' \
    'run net.yaml x.npy -w a --random-weights 1' 'run net.yaml x.npy --input 4x4' \
    'run net.yaml x.npy --set N' 'run net.yaml x.npy --random-weights 1 --output rel1' \
    'run net.yaml --shard 0/3 x.npy' 'run net.yaml x.npy --frames pnm' 'run net.yaml - --files-from -' \
    'run net.yaml x.npy --min-score x' 'run net.yaml x.npy --image resize' \
    bench 'bench net.yaml x.npy' 'bench net.yaml --runs 0' 'bench net.yaml --seconds 1.5' \
    'run model.onnx x.npy'; do
    "$CNNC" $arguments
    echo "$arguments: $?"
done
