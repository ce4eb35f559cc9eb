"$CNNC" check - --columns name,output <"$TOP/testdata/cli/small.yaml"
