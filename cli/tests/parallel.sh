#!/bin/bash
# parallel.sh CNNC TOP: shards of a run under GNU parallel, killed and taken up again: together they
# answer what one run does, byte for byte when sorted by input.
set -u
cnnc=$(realpath "$1") top=$(realpath "$2")
parallel --version 2> /dev/null | grep -q GNU || { echo 'no GNU parallel: skipped'; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C HOME=$work
count=4000
mkdir pictures
pictures=("$top"/testdata/images/*.png)
for ((n = 0; n < count; n++)); do
    cp "${pictures[n % ${#pictures[@]}]}" pictures/$n.png
done
head -c 100 "${pictures[0]}" > pictures/500.png # an error is an answer too
run="$cnnc run $top/specs/lenet5-fashion.yaml pictures --batch 1 --threads 1"

# Two SIGTERM make parallel kill what it has started.
shards() {
    exec parallel --will-cite --termseq KILL,25 -j 2 \
        "$run --shard {}/4 --resume {}.jsonl --out {}.jsonl" ::: 1 2 3 4
}

$run > whole.jsonl 2> /dev/null
shards > /dev/null 2>&1 &
until [ "$(cat [1-4].jsonl 2> /dev/null | wc -l)" -ge 50 ] || ! kill -0 $!; do
    sleep 0.01
done
kill -TERM $!
sleep 0.1
kill -TERM $! 2> /dev/null
wait $!
before=$(cat [1-4].jsonl | wc -l)
printf '{"input":"pict' >> 1.jsonl # what a full disk may leave
(shards 2> err)
[ $? -le 4 ] || { echo "shards: $?"; cat err; exit 1; }
echo "$before of $(wc -l < whole.jsonl) records before, $(cat [1-4].jsonl | wc -l) after"
[ "$before" -lt $count ] && cmp <(sort whole.jsonl) <(sort [1-4].jsonl)
