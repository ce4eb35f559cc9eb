cp "$TOP/testdata/cli/wrong.yaml" .
"$CNNC" check wrong.yaml --format json
