cp "$TOP/testdata/cli/small.yaml" .
cp small.yaml 'with, a comma.yaml'
"$CNNC" check small.yaml 'with, a comma.yaml' --format csv --columns name,output,params
