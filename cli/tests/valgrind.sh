#!/bin/bash
# Scenarios under valgrind: valgrind.sh CNNC TOP. An error of memory, or a leak, fails.
set -u
cnnc=$(realpath "$1") top=$(realpath "$2")
command -v valgrind > /dev/null || { echo 'no valgrind: skipped'; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# scenario EXIT ARGUMENT...
scenario() {
    local expected=$1
    shift
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \
        "$cnnc" "$@" > out 2> err
    local got=$?
    [ "$got" = "$expected" ] && return
    failures=$((failures + 1))
    echo "cnnc $*: exit $got, not $expected"
    head -20 err
}

cat > net.yaml << 'YAML'
name: net
input: 3x9x9
layers:
  - conv: {filters: 8, kernel: 3, pad: 1, stride: 2, bias: false}
  - bn
  - prelu
  - add: [[conv: {filters: 8, kernel: 3, groups: depthwise, pad: 1}], []]
  - deconv: {filters: 4, kernel: 2, stride: 2}
  - lrn: {size: 3}
  - pool: {type: average, kernel: 2}
  - fc: {units: 5}
  - softmax
YAML
"$top/testdata/tools/tensors.py" in.npy 2x3x9x9 || exit 1

scenario 0 check "$top/specs/resnet18.yaml" --format json
scenario 3 check "$top/testdata/check/bad-fit.yaml"
scenario 0 plan "$top/specs/googlenet.yaml"
scenario 0 plan net.yaml --after memplan
scenario 0 compile net.yaml --random-weights 1 -o net.cnnp
scenario 0 run net.cnnp in.npy --threads 2
scenario 0 run net.yaml in.npy --random-weights 1 --output conv1
scenario 0 run net.cnnp in.npy --reference
scenario 3 run net.yaml in.npy --weights in.npy
scenario 1 run net.cnnp absent.npy
mkdir set set/0
cp "$top"/testdata/pictures/{png-exif,png-3-8-adam7,png-4-16}.png "$top"/testdata/pictures/p{3,7-rgb-alpha}.p?m set/0
cp "$top"/testdata/pictures/jpeg-{exif-6,cmyk,progressive}.jpg set
scenario 0 run net.cnnp set --threads 2 --image exif=apply --image preset=caffe
scenario 0 run net.cnnp set --image preset=darknet --image channels=gray
scenario 0 eval net.cnnp --data set --format json
head -c 300 set/jpeg-cmyk.jpg > set/cut.jpg
head -c 90 set/0/png-exif.png > set/0/cut.png
scenario 1 run net.cnnp set
for what in '--filters conv1' 'in.npy --maps all' 'in.npy --matrix deconv1' 'in.npy --patches lrn1'; do
    scenario 0 show net.yaml --random-weights 1 $what -o shown
done
scenario 0 bench net.yaml --runs 2 --seconds 0 --warmup 0
for name in kinds add bn views; do # together, every kind of step
    scenario 0 bench "$top/testdata/plan/$name.yaml" --runs 1 --seconds 0 --warmup 0 --threads 3
done
head -c 5000 net.cnnp > cut.cnnp
scenario 3 run cut.cnnp in.npy
[ "$failures" = 0 ] && echo 'no error of memory'
exit "$failures"
