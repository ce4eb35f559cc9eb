printf '%s\n' 'name: n' 'input: 1x5x5' 'pattern: (CONV-RELU)*N' \
    'where: {N: 1, CONV: {filters: 2, kernel: 3}}' >net.yaml
"$CNNC" check net.yaml --set N=2 --set CONV.filters=3 --set name=other --columns name,output
"$CNNC" check net.yaml --set N=two
