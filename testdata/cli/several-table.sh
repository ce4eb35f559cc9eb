# Reports follow each other in the order of the command line; the worst of them is the exit code.
cp "$TOP"/testdata/cli/{small,wrong}.yaml .
"$CNNC" check small.yaml wrong.yaml small.yaml --only 'conv*'
