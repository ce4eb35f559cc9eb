# Every error of the file, and the table up to the first fault.
cp "$TOP/testdata/cli/wrong.yaml" .
"$CNNC" check wrong.yaml
