# A DAG as a table: `from` where a layer does not read the one above; what `fit: floor` drops.
cp "$TOP/testdata/cli/small.yaml" .
"$CNNC" check small.yaml
