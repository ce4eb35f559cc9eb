# Of the rows on weights and on running: a network, its weights and an image in this directory.
tensors=$TOP/testdata/tools/tensors.py
cat >net.yaml <<'END'
input: 2x6x6
layers:
  - conv: {filters: 4, kernel: 3, pad: 1}
  - relu
  - fc: {units: 3}
END
shapes='conv1.weight=4x2x3x3 conv1.bias=4 fc1.weight=3x144 fc1.bias=3'
"$tensors" w.safetensors $shapes
"$tensors" x.npy 2x6x6
