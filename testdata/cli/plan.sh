# The steps of a network with a residual, a concatenation in place and a fully connected end.
cat >net.yaml <<'END'
name: small
input: 3x15x15
layers:
  - conv: {filters: 8, kernel: 3, stride: 2, pad: 1, bias: false}
  - bn
  - relu
  - add:
      - [conv: {filters: 8, kernel: 3, pad: 1, bias: false}, bn, relu, conv: {filters: 8, kernel: 3, pad: 1, groups: 8}]
      - []
  - relu
  - concat:
      - [conv: {filters: 4, kernel: 1}]
      - [pool: {type: max, kernel: 3, stride: 1, pad: 1}]
  - dropout
  - pool: {type: average, global: true}
  - fc: {units: 10}
  - softmax
END
"$CNNC" plan net.yaml --tile 16x6
"$CNNC" plan - --tile 32x12 --format json <net.yaml
"$CNNC" plan net.yaml --tile 16x6 --output relu2 --input 3x7x7
for pass in fold fuse choose memplan; do
    echo "after $pass:"
    "$CNNC" plan net.yaml --tile 16x6 --after $pass
done
