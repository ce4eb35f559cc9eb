# Records of images, in the order of the files, and of files that are no images.
cat >net.yaml <<'END'
name: tiny
input: 2x6x6
layers:
  - conv: {filters: 4, kernel: 3, pad: 1}
  - relu
  - pool: {type: max, kernel: 2}
  - conv: {filters: 3, kernel: 3}
  - fc: {units: 7}
END
tensors=$TOP/testdata/tools/tensors.py
"$tensors" w.safetensors conv1.weight=4x2x3x3 conv1.bias=4 conv2.weight=3x4x3x3 conv2.bias=3 \
    fc1.weight=7x3 fc1.bias=7
"$tensors" one.npy 2x6x6
"$tensors" three.npy 3x2x6x6
"$tensors" other.npy 2x6x5
"$tensors" nan.npy 2x6x6:nan
echo 'no array' >text.npy
run="$CNNC run net.yaml --weights w.safetensors"
$run one.npy three.npy other.npy text.npy missing.npy one.npy
echo "exit $?"
$run one.npy other.npy three.npy nan.npy --format table --batch 2 --threads 1
echo "exit $?"
$run - --output relu1 --format table <three.npy
$run nan.npy one.npy --batch 1
$run one.npy three.npy --format npy --out out.npy && od -A d -t x1z -N 128 out.npy && od -A d -t f4 -j 128 out.npy
$run one.npy --format npy | od -A d -t f4 -j 128
$run one.npy --raw
$run one.npy --topk 2 --format csv
$run one.npy three.npy other.npy --format tsv --min-score 0.3
$run one.npy --reference
$run one.npy --input 2x8x8
echo "exit $?"
for name in end.csv end.TSV end.npy end.json end.jsonl end.ndjson end.csv.json; do
    $run one.npy -k 1 -o $name && echo "$name: $(head -c 6 $name | tr '\t\223' ' ?')" && rm $name
done
$run one.npy -k 1 -o end.npy -f csv && cat end.npy && rm end.npy
"$tensors" large.npy 2x8x8
$run large.npy --input 2x8x8
ls
