# Layers as matrices: what they hold, and that they give what the layer gives.
tensors=$TOP/testdata/tools/tensors.py
cat >small.yaml <<'END'
input: 1x3x3
layers: [conv: {filters: 1, kernel: 2, pad: [0, 1, 0, 1]}]
END
"$tensors" small.safetensors conv1.weight=1x1x2x2 conv1.bias=1
"$tensors" small.npy 1x3x3
$CNNC show small.yaml -w small.safetensors --matrix conv1 -o small && head small/*.csv && cat small/*.json
$CNNC show small.yaml small.npy -w small.safetensors --matrix conv1 -o small >/dev/null
cat small/conv1-matrix-patches.csv

cat >net.yaml <<'END'
input: 2x9x8
fit: floor
layers:
  - conv: {filters: 4, kernel: 3x2, stride: 2x1, pad: 1x0, dilation: 1x2, groups: 2}
  - relu
  - conv: {kernel: 3, pad: 1, expand: 1, groups: depthwise}
  - deconv: {filters: 3, kernel: 3, stride: 2}
  - local: {filters: 2, kernel: 3, stride: 2}
  - fc: {units: 5}
END
"$tensors" picture.npy 2x9x8
for layer in conv1 conv2 deconv1 local1 fc1; do
    $CNNC show net.yaml picture.npy --random-weights 7 --matrix $layer -o out >/dev/null || echo "exit $?"
    python3 - "$layer" <<'END'
import sys

def read(name):
    with open(f"out/{sys.argv[1]}-matrix-{name}.csv") as file:
        return [[float(cell) for cell in line.split(",")] for line in file]

def most(wanted, found):
    scale = max(abs(value) for value in wanted)
    return max(abs(a - b) for a, b in zip(wanted, found)) / scale

x, y, bias = ([row[0] for row in read(name)] for name in ("x", "y", "bias"))
toeplitz = read("toeplitz")
product = [sum(a * b for a, b in zip(row, x)) + b for row, b in zip(toeplitz, bias)]
print(sys.argv[1], len(toeplitz), "x", len(toeplitz[0]), most(y, product) < 1e-5)
END
done
ls out | grep -c . ; ls out/deconv1*
$CNNC show small.yaml -w small.safetensors --matrix conv1 --input 1x100x90 -o large
echo "exit $?"
[ ! -e large ]
