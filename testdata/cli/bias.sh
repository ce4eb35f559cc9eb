# Trained weights with a bias before a bn: the bias counts, and nobody is told to drop it.
case=$TOP/testdata/cases/06-bias-in-front-of-bn
cp "$case"/with-bias.yaml "$case"/w.npz .
"$CNNC" run with-bias.yaml "$case/x.npy" -w w.npz -f npy -o o.npy && python3 - "$case" <<'END'
import struct, sys
def values(name):
    data = open(name, "rb").read()
    begin = 10 + struct.unpack("<H", data[8:10])[0]
    return struct.unpack(f"<{(len(data) - begin) // 4}f", data[begin:])
pairs = list(zip(values("o.npy"), values(sys.argv[1] + "/expected.npy"), strict=True))
print(len(pairs), "values", "as expected" if all(abs(a - b) < 1e-5 for a, b in pairs) else pairs)
END
echo 'weights: w.npz' >>with-bias.yaml
"$CNNC" check with-bias.yaml -f csv --columns name,params
