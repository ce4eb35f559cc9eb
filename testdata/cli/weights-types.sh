# What nobody needs may be of any type; what is needed is whole numbers that float32 holds, or floats.
cat >net.yaml <<'END'
input: 2x6x6
layers:
  - conv: {filters: 4, kernel: 3, pad: 1}
  - relu
  - fc: {units: 3}
END
tensors=$TOP/testdata/tools/tensors.py
"$tensors" x.npy 2x6x6
shapes='conv1.weight=4x2x3x3 conv1.bias=4 fc1.weight=3x144 fc1.bias=3'
try() {
    "$tensors" w.safetensors "$@"
    echo "-- ${*: -1}" >&2
    "$CNNC" run net.yaml x.npy --weights w.safetensors ${option:-} >out
    echo "exit $?"
}
"$tensors" w.safetensors $shapes
"$CNNC" run net.yaml x.npy --weights w.safetensors >plain
for type in I64 BOOL U8 I8 I16 F8_E4M3 F128; do
    try $shapes anchors=3/$type
    cmp out plain
done
try $shapes empty=0
try $shapes nine=1x1x1x1x1x1x1x1x1
option=--strict try $shapes anchors=3/I64
# Needed ones.
for type in I16 U16 I32 U32 I64 U64; do
    try ${shapes/fc1.bias=3/fc1.bias=3\/$type}
done
try ${shapes/fc1.bias=3/fc1.bias=3\/I32:16777217}
try ${shapes/fc1.bias=3/fc1.bias=3\/I64:-9007199254740993}
for type in I8 U8 BOOL F8_E4M3; do
    try ${shapes/fc1.bias=3/fc1.bias=3\/$type}
done
try conv1.weight=4x2x3x3/I8 conv1.bias=5 fc1.weight=3x144/U64:18446744073709551615
"$CNNC" compile net.yaml --weights w.safetensors --out out.cnnp
echo "exit $?"
sed 's/^input/weights: w.safetensors\ninput/' net.yaml >named.yaml
"$CNNC" check named.yaml >out
echo "exit $?"
# Files as PyTorch and numpy write them, and arrays of every type.
run() { # CASE ARGUMENTS: and the answer is PyTorch's
    cases=$(echo "$TOP"/testdata/cases/$1)
    (cd "$cases" && "$CNNC" run "${@:2}" -f npy) >out.npy
    echo "exit $?"
}
same() { # ARRAY: within 1e-6
    python3 -c 'import struct, sys
one, two = (open(name, "rb").read()[128:] for name in sys.argv[1:])
pairs = zip(*(struct.unpack(f"<{len(b) // 4}f", b) for b in (one, two)))
print(len(one) == len(two) and max(abs(a - b) for a, b in pairs) < 1e-6)' out.npy "$1"
}
for file in i64.safetensors text.npz; do
    run 02-* net.yaml x.npy -w $file
    same "$cases/expected.npy"
done
printf '\x93NUMPY\1\0\x76\0%-117s\n' \
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 2, 2), }" >counting.npy
printf '\0\0\0\0\0\0\x80\x3F\0\0\0\x40\0\0\x40\x40' >>counting.npy
for file in i2 u4 be_f8; do
    run 16-* t.yaml $file.npy
    cmp out.npy counting.npy
done
