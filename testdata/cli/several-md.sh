cp "$TOP/testdata/cli/small.yaml" .
"$CNNC" check small.yaml small.yaml --format md --columns name,output --only stem
