# A weights file that is absent is a note; one that is there cannot be verified yet.
mkdir sub
printf '%s\n' 'input: 1x5x5' 'weights: w.safetensors' 'layers: [relu]' >sub/net.yaml
"$CNNC" check sub/net.yaml --columns name
touch sub/w.safetensors
"$CNNC" check sub/net.yaml --columns name
"$CNNC" check - --columns name <sub/net.yaml
