# Pictures by the network in the box: a directory, a damaged one, labels, formats, a stream of frames.
model=$TOP/specs/lenet5-fashion.yaml
mkdir -p photos/more
cp "$TOP"/testdata/images/[0-3]*.png photos
cp "$TOP"/testdata/images/9*.png photos/more/Z.PNG
head -c 200 photos/1*.png >photos/cut.png
echo 'no picture' >photos/notes.txt
run="$CNNC run $model"
$run photos --topk 1 | sed -E 's/("score":0\.[0-9]{2})[0-9]*/\1/g'
$run photos/more --format table --topk 3 | sed -E 's/(0\.[0-9]{2})[0-9]* */\1 /g'
echo none >labels.txt
$run photos/0*.png --labels labels.txt --min-score 0.5 -f csv | sed -E 's/(0\.[0-9]{2})[0-9]*/\1/g'
{ printf 'P5 28 28 255\n'; head -c 784 /dev/zero; printf 'P5 2 2 255\nabc'; } | $run --frames pnm -k 1 |
    sed -E 's/("score":0\.[0-9]{2})[0-9]*/\1/g'
# A picture that is read is not written, also one of a directory.
cp photos/0*.png photos/more/one.png
for save in photos/more/one.png photos/cut.png; do
    $run photos -f npy -o $save
    echo "exit $?"
done
$run photos/more -f npy >>photos/more/Z.PNG
echo "exit $?"
cmp photos/0*.png photos/more/one.png
$run photos/0*.png --image resize=14
