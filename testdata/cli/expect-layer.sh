# Layers, shapes, budgets and units of --expect; a wrong shape is answered with what would give it.
cat > net.yaml <<'END'
name: net
input: 3x227x227
blocks: {B: {layers: [conv: {filters: 96, kernel: 11, stride: 4}, relu, pool: {kernel: 3, stride: 2}]}}
layers:
  - B: {name: 3a.b}
  - conv: {filters: 8, kernel: 3, pad: same}
  - deconv: {filters: 4, kernel: 2, stride: 2}
  - fc: {units: 10}
END
try() {
    echo "--- $*"
    "$CNNC" check net.yaml --expect "$@" 2>&1 > /dev/null
    echo "exit $?"
}
# right
try 3a.b.conv1.output=96x55x55 --expect '3a.b.conv1.params=34944,params<=5M,peak<4Mi'
try 'fc1.output=10,3a.b.conv1.field<=11,3a.b.conv1.kernel=11x11,conv1.pad=1,3a.b.relu1.fused=3a.b.conv1'
try '3a.b.conv1.params<35k,3a.b.conv1.weights<=136.5Ki,fc1.bias=true,3a.b.conv1.flops=210830400'
# wrong
try 3a.b.conv1.output=96x54x54
try 3a.b.relu1.output=64x57x57
try 3a.b.pool1.output=96x28x28
try conv1.output=8x14x14
try deconv1.output=4x53x53
try fc1.output=12
try fc1.output=10x1x1
try conv1.output=8
try 3a.b.conv1.params=34848
try 'params<=62k,peak<1.5Ki,conv1.macs<5000000'
# not to be asked
for item in conv9.output=3 conv1.outptu=5 parms=3 'params>=3' params=5Q params=1.23 params params= \
    .params=3 fc1.kernel=3 conv1.output=8x27 conv1.stride=a 'fc1.op<fc' conv1.name=a params=0.0001k; do
    try "$item"
done
# sizes that no map has
for value in 1e300x1x1 4611686018427387903x4611686018427387903x4611686018427387903 1.5x1.5x1 0x1x1 -3 16777217x1x1; do
    "$CNNC" check net.yaml --expect conv2.output=$value 2>&1 > /dev/null
    echo "exit $?"
done
"$CNNC" check net.yaml --expect conv1.output=1x16777216x16777216 2>&1 > /dev/null
# assumed
"$CNNC" check net.yaml --set input=3x224x224 --expect conv1.output=8x26x26,3a.b.conv1.output=96x55x55 2>&1 > /dev/null
echo "exit $?"
