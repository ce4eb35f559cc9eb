#!/bin/bash
# eval_fashion.sh CNNC TOP: the network in the box on the test pictures of Fashion-MNIST, as its spec
# states; PyTorch has 9173 of them right with the same weights. The order of sums differs from
# processor to processor, so a picture between two classes may fall either way.
set -u
cnnc=$1 spec=$2/specs/lenet5-fashion.yaml
data=/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ ! -e "$data" ]; then
    echo "SKIPPED: $data is not there; Debian's package dataset-fashion-mnist has it" >&2
    exit 77
fi
fail() {
    echo "$1" >&2
    exit 1
}
"$cnnc" eval "$spec" --data "$data" --format json --expect top1=0.905 >"$scratch/report" ||
    fail "exit $?"
jq -e '.pictures == 10000 and .unreadable == 0 and (.right - 9173 | fabs) <= 1 and
       ([.confusion[][]] | add) == 10000 and
       .right == (.confusion as $c | [range(10) | $c[.][.]] | add)' "$scratch/report" >/dev/null ||
    fail "$(jq -c 'del(.classes)' "$scratch/report")"
[ "$("$cnnc" eval "$spec" --data "$data" -f json --batch 64 --threads 1)" = "$(cat "$scratch/report")" ] ||
    fail 'the batch or the threads change the result'
