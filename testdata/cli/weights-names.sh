# Names that differ by what they begin with, and a part of a checkpoint.
cat >net.yaml <<'END'
input: 2x6x6
layers:
  - conv: {name: net.conv1, filters: 4, kernel: 3, pad: 1}
  - fc: {name: net.fc1, units: 3}
END
sed 's|net\.||' net.yaml >plain.yaml
tensors=$TOP/testdata/tools/tensors.py
try() { # SPEC TENSORS
    "$tensors" w.safetensors "${@:2}"
    "$CNNC" compile "$1" --weights w.safetensors --out out.cnnp
    echo "exit $?"
}
named() { # PREFIX: of all names
    for tensor in conv1.weight=4x2x3x3 conv1.bias=4 fc1.weight=3x144 fc1.bias=3; do
        echo "$1$tensor"
    done
}
(cd "$TOP"/testdata/cases/07-* && "$CNNC" run net.yaml x.npy -w w.npz)
echo "exit $?"
try plain.yaml $(named module.)
try plain.yaml $(named model.backbone.) epoch=/I64 # and others that nobody needs
try net.yaml $(named '')
try net.yaml $(named model.)
try net.yaml $(named net.)
try plain.yaml $(named "$(printf 'a\033b.')")
try plain.yaml $(named module. | sed 's/module.fc1.bias/fc1.bias/') # not all have it
"$tensors" model-00001-of-00003.safetensors conv1.weight=4x2x3x3 conv1.bias=4
"$CNNC" compile plain.yaml --weights model-00001-of-00003.safetensors --out out.cnnp
echo "exit $?"
