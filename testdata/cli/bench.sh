# The figures of bench: their names, and how many.
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
# What differs from machine to machine is left out.
numbers() {
    sed -E 's/, filters wide//; s/ +[0-9.]+%?/ #/g; s/-+/-/g; s/ +/ /g'
}
"$CNNC" bench net.yaml --threads 2 --batch 3 --runs 4 --seconds 0 --warmup 0 --format json |
    sed -E 's/(_ms|"ms|flops)":[0-9.e-]+/\1":#/g'
"$CNNC" bench net.yaml --threads 1 --seconds 0 | numbers
"$CNNC" run net.yaml --weights w.safetensors --profile --threads 1 \
    <("$tensors" x.npy 2x6x6 && cat x.npy) 2>&1 >/dev/null | numbers
