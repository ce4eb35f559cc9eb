cp "$TOP/testdata/cli/small.yaml" .
"$CNNC" check small.yaml --format md
