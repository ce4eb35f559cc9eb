# A compiled plan is the network: the same bits, with any batch and number of threads.
cat >net.yaml <<'END'
name: tiny
input: 2x6x6
layers:
  - conv: {filters: 4, kernel: 3, pad: 1}
  - relu
  - pool: {type: max, kernel: 2}
  - conv: {filters: 3, kernel: 3}
  - fc: {units: 7}
END
tensors=$TOP/testdata/tools/tensors.py
"$tensors" w.safetensors conv1.weight=4x2x3x3 conv1.bias=4 conv2.weight=3x4x3x3 conv2.bias=3 \
    fc1.weight=7x3 fc1.bias=7
"$tensors" images.npy 5x2x6x6
"$CNNC" compile net.yaml --weights w.safetensors --out net.cnnp || exit
"$CNNC" run net.yaml --weights w.safetensors images.npy --format npy >spec.out
for batch in 1 2 5; do
    for threads in 1 2 3; do
        "$CNNC" run net.cnnp images.npy --format npy --batch $batch --threads $threads | cmp spec.out - || exit
    done
done
"$CNNC" compile net.yaml --weights w.safetensors --out again.cnnp && cmp net.cnnp again.cnnp && echo same
"$CNNC" compile net.yaml --random-weights 7 --out random.cnnp && cmp -s net.cnnp random.cnnp || echo other
"$CNNC" run net.cnnp images.npy --output pool1 --format table --batch 3
# What is decided in a plan cannot be asked for.
for option in '--input 2x8x8' '--set fit=floor' '--weights w.safetensors' '--random-weights 1' \
    '--output conv1' '--output pol1'; do
    "$CNNC" run net.cnnp images.npy $option
    echo "$option: $?"
done
"$CNNC" plan net.cnnp --output conv1
echo "plan --output: $?"
"$CNNC" compile net.yaml --random-weights 1 --output conv1 --out conv1.cnnp &&
    "$CNNC" run conv1.cnnp images.npy --format npy | od -A d -t x1z -N 128
"$CNNC" compile net.yaml --random-weights 1 --output conv1 --output pool1 --out two.cnnp &&
    "$CNNC" run two.cnnp images.npy --format npy
echo "exit $?"
"$CNNC" compile net.cnnp --out other.cnnp
echo "exit $?"
"$CNNC" compile net.yaml --random-weights 1 --out net.yaml
echo "exit $?"
ls -A
