#!/bin/bash
# memory.sh CNNC TOP LIBRARY [STRIDE]: check, compile, plan, run and show where the n-th allocation fails, for every n,
# or every STRIDE-th. Each must end with exit 6, a message, no file or output, and no more memory in use than a
# run that went well; or not need the allocation (a thread less), and give the same. LIBRARY is failing_malloc.c's.
set -u
CNNC=$(realpath "$1") TOP=$(realpath "$2") library=$(realpath "$3") stride=${4:-1}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
. "$TOP/testdata/hostile/setup.sh"
runs=0 failed=0 made=out

complain() { # N REASON
    failed=$((failed + 1))
    echo "allocation $1 of '${scenario[*]}': $2"
    head -n 3 err
}

attempt() { # N: sets code, count, live
    rm -f out out.*
    FAIL_AT=$1 LD_PRELOAD=$library "$CNNC" "${scenario[@]}" 9>report >stdout 2>err
    code=$?
    read -r count live <report || count=0 live=0
}

every() {
    scenario=("$@")
    attempt 0
    [ "$code" = 0 ] && [ -s "$made" ] || complain 0 "exit $code"
    cp "$made" good
    local all=$count usual=$live n
    for ((n = 1; n <= all; n += stride)); do
        attempt $n
        runs=$((runs + 1))
        if [ "$code" = 0 ]; then
            cmp -s good "$made" || complain $n "exit 0 and something else"
        elif [ "$code" != 6 ]; then
            complain $n "exit $code"
        elif [ -s "$made" ] || [ -n "$(find . -name '.cnnc-*')" ]; then
            complain $n "a file is left"
        elif ! grep -q '^cnnc: .*memory' err; then
            complain $n "no message"
        elif [ "$live" -gt "$usual" ]; then
            complain $n "$live allocations are left, of a good run $usual"
        fi
    done
}

"$CNNC" compile net.yaml --weights w.safetensors --out net.cnnp || exit 1
cat >colour.yaml <<'YAML'
input: 3x8x8
layers: [conv: {filters: 2, kernel: 3}, fc: {units: 3}]
image: {preset: torchvision, exif: apply, resize: 12}
YAML
"$CNNC" compile colour.yaml --random-weights 1 --out colour.cnnp || exit 1
sed "s/^image:.*/image: {preset: darknet}/" colour.yaml >darknet.yaml
mkdir -p set/0 set/1
cp "$TOP/testdata/pictures/png-exif.png" "$TOP/testdata/pictures/p6.ppm" set/0
cp "$TOP"/testdata/pictures/jpeg-{exif-6,cmyk}.jpg set/1
every compile net.yaml --weights w.safetensors --out out
every run net.cnnp x.npy --out out --threads 1
every run net.yaml --weights w.safetensors x.npy --format npy --profile --out out --threads 3
for options in '' '--image channels=gray --topk 1'; do
    # shellcheck disable=SC2086
    every run colour.cnnp set/*/* $options --out out --threads 1
done
every run darknet.yaml --random-weights 1 set/1/jpeg-cmyk.jpg --out out
every run colour.cnnp set --format csv --out out --threads 2
made=stdout
every check net.yaml --only 'conv*'
every plan net.cnnp
every plan net.cnnp --format json
every eval colour.cnnp --data set --format json --threads 2
made=out.png
every show net.yaml --weights w.safetensors --filters conv1 --out out.png
every show net.yaml --weights w.safetensors x.npy --patches conv1 --out out.png --threads 1
echo "$runs runs, $failed failed"
[ "$failed" = 0 ] && [ "$runs" -gt 0 ]
