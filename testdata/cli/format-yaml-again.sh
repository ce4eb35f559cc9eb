# The expansion, checked again, gives the same report.
cp "$TOP/testdata/cli/small.yaml" .
"$CNNC" check small.yaml --format csv --columns name,op,from,output,params,macs,field,start,drops >one
"$CNNC" check small.yaml --format yaml >two.yaml
"$CNNC" check two.yaml --format csv --columns name,op,from,output,params,macs,field,start,drops >two
cmp one two && echo same
