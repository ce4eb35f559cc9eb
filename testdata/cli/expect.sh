cp "$TOP/testdata/cli/small.yaml" .
"$CNNC" check small.yaml --only stem --columns name --expect params=522,layers=9 && echo "as expected"
"$CNNC" check small.yaml --only stem --columns name --expect params=523,macs=1 --expect flops=0
