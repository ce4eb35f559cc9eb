# What is drawn, by its JSON and by the sizes of the pictures.
cat >net.yaml <<'END'
name: tiny
input: 3x6x6
layers:
  - conv: {filters: 4, kernel: 3, pad: 1}
  - relu
  - pool: {type: max, kernel: 2}
  - conv: {filters: 2, kernel: 2}
  - fc: {units: 3}
END
tensors=$TOP/testdata/tools/tensors.py
"$tensors" w.safetensors conv1.weight=4x3x3x3 conv1.bias=4 conv2.weight=2x4x2x2 conv2.bias=2 \
    fc1.weight=3x8 fc1.bias=3
"$tensors" one.npy 3x6x6
"$tensors" large.npy 3x10x8
"$tensors" two.npy 2x3x6x6
show="$CNNC show net.yaml --weights w.safetensors"
sizes() { # of PNG files, in hexadecimal
    for file in "$@"; do
        echo "$file $(od -A n -t x1 -j 16 -N 8 "$file")"
    done
}
$CNNC show net.yaml
$CNNC show net.yaml --input 3x10x8
$show --filters conv1 -o colour.png && cat colour.json
$show --filters conv2 -o out && cat out/conv2-filters.json
$show --filters fc1 -o out/ && cat out/fc1-filters.json
$show one.npy --maps conv2 -o out && cat out/conv2-maps.json
$show one.npy --maps all -o all
$show large.npy --input 3x10x8 --score-map -o score.png && cat score.json
$show large.npy --input 3x10x8 --score-map --class 0 -o out && cut -c 1-90 out/score-map.json
$show one.npy two.npy --patches conv2 --topk 2 -o out && cat out/conv2-patches.json
$show one.npy missing.npy --patches pool1 --topk 1 -o out
echo "exit $?"
sizes colour.png score.png out/*.png
# What the refusal of a global pool says to write in its place.
printf 'input: 3x8x8\nlayers: [conv: {filters: 2, kernel: 3}, pool: {type: average, kernel: 6x6, stride: 1}, fc: {units: 3}]\n' >window.yaml
$CNNC show window.yaml --random-weights 1 --input 3x10x9 --score-map "$TOP/testdata/pictures/p6.ppm" --image resize=10x9 -o window
grep -o '"scores":.*' window/score-map.json | tr -cd '][,\n'
# A directory stands for what is in it.
mkdir folder empty && cp one.npy two.npy folder
$show folder --patches conv2 --topk 2 -o folder && sed 's|folder/||g' folder/conv2-patches.json | cmp - out/conv2-patches.json
$show empty --patches conv2 -o folder
echo "exit $?"
$show folder --patches conv2 -o folder # which reads what it has written
echo "exit $?"
$show folder one.npy --patches conv2 -o folder/conv2-patches.png
echo "exit $?"
cmp folder/conv2-patches.png out/conv2-patches.png

# Pictures, of which the rules of the call make the input.
printf 'P6 6 6 255\n%0108d' 7 >colour.ppm
printf 'P5 2 1 255\n~ ' >grey.pgm
$show colour.ppm --maps conv2 -o pictures && cat pictures/conv2-maps.json
$show colour.ppm grey.pgm cut.ppm --patches conv2 --topk 2 -o pictures
echo "exit $?"
cat pictures/conv2-patches.json
$show grey.pgm --maps conv2 --image scale=1 -o scaled
grep -o '"values":{[^}]*}' scaled/conv2-maps.json
sizes pictures/*.png
$show - --maps conv2 -o piped.png <colour.ppm && cmp piped.png pictures/conv2-maps.png
sed '/^layers/i image: {resize: 20, crop: 6}' net.yaml >rules.yaml
$CNNC show rules.yaml --input 3x8x8 --weights w.safetensors colour.ppm grey.pgm --patches conv2 -o rules
echo "exit $?"
# Pictures behind an array are told of too, once; and those of a FIFO are read.
cp colour.ppm folder/three.ppm && mkfifo fifo
cat colour.ppm >fifo &
$show folder grey.pgm fifo --patches conv2 --topk 4 -o behind && grep -o '"file":"[^"]*"' behind/conv2-patches.json | sort | uniq -c

# The picture alone, in a pipe; and a name that is kept as it is.
$show --filters conv1 -o - | cmp - colour.png
mkdir kept.json && $show --filters conv1 -o kept.json/colour.PNG && cmp kept.json/colour.PNG colour.png
$show --filters conv1 -o kept.json

# A vector of many units: no record for each, and those of no pixel more than it has units.
printf 'input: 3x6x6\nlayers: [fc: {units: 10000}]\n' >wide.yaml
$CNNC show wide.yaml --random-weights 1 one.npy --maps fc1 -o wide && sizes wide/fc1-maps.png && sed 's/"least.*//' wide/fc1-maps.json

# A compiled plan has its own layers and weights.
$CNNC compile net.yaml --weights w.safetensors -o net.cnnp
$CNNC show net.cnnp --filters conv1 -o plan.png && cmp plan.png colour.png
$CNNC show net.cnnp one.npy --maps conv2 -o plan.png && cmp plan.json out/conv2-maps.json
$CNNC show net.cnnp one.npy --maps conv1 -o plan.png
echo "exit $?"
ls
