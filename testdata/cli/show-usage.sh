# One line that says what is wrong, one that helps; and no file is left.
cat >net.yaml <<'END'
input: 1x8x8
layers:
  - conv: {filters: 2, kernel: 3}
  - relu
  - deconv: {filters: 2, kernel: 2, stride: 2}
  - fc: {units: 3}
END
printf 'input: 1x8x8\nlayers: [fc: {units: 700}]\n' >wide.yaml
"$TOP/testdata/tools/tensors.py" x.npy 1x8x8
"$TOP/testdata/tools/tensors.py" other.npy 1x8x9
$CNNC compile net.yaml --random-weights 1 -o net.cnnp
touch file
printf 'input: [100, 1, 1]\nlayers: [fc: {units: 400000}]\n' >tall.yaml
printf 'input: 1x8x8\nlayers: [conv: {filters: 2, kernel: 3}, pool: {type: average, global: true}, fc: {units: 3}]\n' >global.yaml
r='--random-weights 1'
for arguments in '' 'net.yaml x.npy' 'net.yaml -o x' 'net.yaml --filters conv1' 'net.yaml --maps relu1 -o x' \
    "net.yaml $r --filters conv -o x" "net.yaml $r --filters relu1 -o x" \
    "net.yaml $r --matrix relu1 -o x" "net.yaml $r x.npy --score-map -o x" 'net.yaml --score-map -o x' \
    "net.yaml $r x.npy x.npy --maps conv1 -o x" "net.yaml $r x.npy --maps all -o x.png" \
    'net.yaml --filters a --maps b -o x' 'net.yaml --filters conv1 --topk 3 -o x' \
    'net.yaml --filters conv1 --class 1 -o x' 'net.yaml --patches a --topk 0 x.npy -o x' \
    "global.yaml $r x.npy --score-map --input 1x18x19 -o x" \
    "net.yaml $r --score-map --class 3 --input 1x10x10 x.npy -o x" 'net.cnnp x.npy --patches conv1 -o x' \
    'net.cnnp x.npy --matrix conv1 -o x' 'net.cnnp --filters conv1 --set N=3 -o x' \
    "net.yaml $r --maps conv1 other.npy -o x.png" "net.yaml $r --maps conv1 missing.npy -o x.png" \
    "wide.yaml $r x.npy --patches fc1 --topk 1000 -o x.png" "tall.yaml $r --filters fc1 -o x" \
    "net.yaml $r --filters conv1 -o file" \
    "net.yaml $r --filters conv1 -o none/x.png" 'net.yaml x.npy --maps conv1 -o x.npy' \
    "net.yaml --filters conv1 -o x" "net.yaml $r --filters conv1 -o x.JPG" "net.yaml $r --filters conv1 -o x.json" \
    "net.yaml $r x.npy --maps all -o -" "net.yaml $r --matrix conv1 -o -"; do
    "$CNNC" show $arguments
    echo "$arguments: $?"
done
ls
