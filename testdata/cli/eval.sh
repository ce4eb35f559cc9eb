# How often a network is right: arrays and folders, by hand: with these weights black is of class
# 2, white of class 1, white in the first corner of class 2.
cat >net.yaml <<'END'
name: tiny
input: 1x2x2
image: {preset: mnist}
labels: labels.txt
layers: [fc: {units: 3}]
END
printf 'dark\nlight\ncorner, left\n' >labels.txt
"$TOP/testdata/tools/tensors.py" w.safetensors fc1.weight=3x4 fc1.bias=3
evaluate() { "$CNNC" eval net.yaml -w w.safetensors "$@"; }
black='\0\0\0\0' white='\377\377\377\377' corner='\377\0\0\0'
printf "\0\0\10\3\0\0\0\5\0\0\0\2\0\0\0\2$black$white$corner$white$black" >my-images-idx3-ubyte
printf '\0\0\10\1\0\0\0\5\0\1\2\0\2' >my-labels-idx1-ubyte
evaluate --data my-images-idx3-ubyte
evaluate --data my-images-idx3-ubyte -f csv >plain.csv
cat plain.csv
evaluate --data my-images-idx3-ubyte -f json
# In gzip, and with labels elsewhere.
gzip -k my-images-idx3-ubyte
evaluate --data my-images-idx3-ubyte.gz -f csv -b 2 -t 1 | cmp plain.csv -
gzip my-labels-idx1-ubyte
evaluate --data my-images-idx3-ubyte -f csv | cmp plain.csv -
mv my-labels-idx1-ubyte.gz other
evaluate --data my-images-idx3-ubyte.gz --labels-data other -f csv | cmp plain.csv -
# A folder a class, by label, by its first word, by index.
mkdir -p set/dark set/1 set/corner set/.hidden
for picture in dark/a:"$black" dark/b:"$white" 1/c:"$white" corner/d:"$corner" corner/e:"$black"; do
    printf "P5 2 2 255\n${picture#*:}" >set/${picture%%:*}.pgm
done
evaluate --data set/ -f csv | cmp plain.csv -
sed 's/^labels: .*//' net.yaml >plain.yaml
mkdir sorted && cp -r set/dark sorted/a && cp -r set/1 sorted/b && cp -r set/corner sorted/c
"$CNNC" eval plain.yaml -w w.safetensors --data sorted -f csv | cut -d, -f 3- | cmp - <(cut -d, -f 3- <(sed 's/"//g; s/, /_/' plain.csv))
# Without rules, and rules of the call.
sed 's/^image: .*//' net.yaml >norules.yaml
"$CNNC" eval norules.yaml -w w.safetensors --data set -f csv | head -n 1
"$CNNC" eval norules.yaml -w w.safetensors --data set --image preset=mnist -f csv | cmp plain.csv -
# An array of images, as the network takes them.
"$TOP/testdata/tools/tensors.py" x.npy 5x1x2x2
"$CNNC" eval net.yaml -w w.safetensors --data x.npy --labels-data other -f csv
# Verdicts.
evaluate --data my-images-idx3-ubyte --labels-data other -e top1=0.6,top5=1 -f csv >/dev/null && echo as expected
evaluate --data my-images-idx3-ubyte --labels-data other -e top1=0.61 -e top5=1 -f csv >/dev/null
echo "exit $?"
head -c 12 set/1/c.pgm >set/1/cut.pgm
evaluate --data set -f csv 2>err | cmp plain.csv -
grep -c set/1/cut.pgm err
evaluate --data set >/dev/null 2>&1
echo "exit $?"
evaluate --data set 2>/dev/null | grep unreadable
# Refused.
try() { evaluate "$@" >/dev/null; echo "exit $?"; }
try
try --data my-images-idx3-ubyte net.yaml
try --data none
try --data my-images-idx3-ubyte
try --data w.safetensors --labels-data other
cp my-images-idx3-ubyte pictures
try --data pictures
try --data other --labels-data other
printf '\0\0\10\1\0\0\0\5\0\1\2\0\3' >labels
try --data pictures --labels-data labels
printf '\0\0\10\1\0\0\0\4\0\1\2\0' >labels
try --data pictures --labels-data labels
try --data pictures --labels-data pictures
try --data set --labels-data other
try --data set -e top2=1
try --data set -e top1=2
try --data set -e top1=0.5x
try --data set --image nothing=1
mkdir set/other
try --data set
mv set/other set/3
try --data set
mkdir -p empty/0
try --data empty
try --data empty/0
cp set/dark/a.pgm a.pgm
evaluate --data set >>set/dark/a.pgm
echo "exit $?"
cmp a.pgm set/dark/a.pgm
