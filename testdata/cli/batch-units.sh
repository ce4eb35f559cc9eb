cp "$TOP/testdata/cli/small.yaml" .
"$CNNC" check small.yaml --batch 1000 --units si --columns name,params,macs,weights,activations
"$CNNC" check small.yaml --batch 1000 --units iec --columns name,params,macs,weights,activations
