# Where weights come from, and everything that is wrong with them at once.
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
"$tensors" x.npy 2x6x6
try() {
    "$CNNC" "$@" | cut -c 1-80
    echo "exit ${PIPESTATUS[0]}"
}
try run net.yaml x.npy
try run net.yaml x.npy --weights absent.safetensors
try run net.yaml x.npy --weights w.safetensors --random-weights 1
mkdir sub
sed 's/^name/weights: own.safetensors\nname/' net.yaml >sub/net.yaml
try run sub/net.yaml x.npy
cp w.safetensors sub/own.safetensors
try run sub/net.yaml x.npy
"$tensors" wrong.safetensors conv1.weight=4x2x3x3 conv1.bias=5 conv2.weight=4x3x3x3 conv.bias=3 \
    fc1.weight=7x3x1 fc1.bias=7 fc1.num_batches_tracked=3
try compile net.yaml --weights wrong.safetensors --out wrong.cnnp
"$tensors" more.safetensors $(for i in $(seq 12); do echo extra$i=2; done)
try compile net.yaml --weights more.safetensors --out wrong.cnnp
"$tensors" nan.safetensors conv1.weight=4x2x3x3 conv1.bias=4 conv2.weight=3x4x3x3 conv2.bias=3 \
    fc1.weight=7x3:nan fc1.bias=7:inf
try compile net.yaml --weights nan.safetensors --out nan.cnnp
try compile net.yaml --weights nan.safetensors --out strict.cnnp --strict
ls
