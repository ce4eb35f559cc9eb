# A weights file that is absent is a note; one that is there must hold what the network wants.
mkdir sub
printf '%s\n' 'input: 1x5x5' 'weights: w.safetensors' 'layers: [fc: {units: 1}]' >sub/net.yaml
"$CNNC" check sub/net.yaml --columns name
"$TOP"/testdata/tools/tensors.py sub/w.safetensors fc1.weight=1x25 fc1.bias=1
"$CNNC" check sub/net.yaml --columns name
"$TOP"/testdata/tools/tensors.py sub/w.safetensors fc1.weight=25x1 fc.bias=1
"$CNNC" check sub/net.yaml --columns name
echo "exit $?"
"$CNNC" check - --columns name <sub/net.yaml
