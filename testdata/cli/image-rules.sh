# Who speaks of pictures: the spec, the plan, the call. --image wins key by key; a preset of it sets
# everything anew.
net() { printf 'input: %s\n%s\nlayers: [clip: {name: same, min: -99, max: 99}]\n' "$2" "$3" >"$1.yaml"; }
net plain 1x2x2 ''
net both 1x2x2 'image: {scale: 0.5, mean: -1}'
net preset 1x2x2 'image: {preset: mnist, exif: apply}'
printf 'P5 2 2 255\n\2\4\6\10' >p.pgm
values() { "$CNNC" run "$@" p.pgm --raw -f jsonl | sed 's/.*"values"://; s/}$//'; }
values both.yaml
values plain.yaml --image scale=1
values both.yaml --image scale=1
values both.yaml --image std=2
values both.yaml --image scale=1 --image scale=2 --image mean=-3
values both.yaml --image preset=tf
values both.yaml --image scale=2 --image preset=tf
values preset.yaml --image scale=1
# A plan has them, and the call that made it.
$CNNC compile both.yaml -o both.cnnp
values both.cnnp
values both.cnnp --image scale=1
values both.cnnp --image preset=tf
$CNNC compile both.yaml --image scale=1 -o scaled.cnnp
values scaled.cnnp
$CNNC compile both.yaml --image preset=tf -o tf.cnnp
values tf.cnnp
values tf.cnnp --image scale=1 --image mean=0
$CNNC compile plain.yaml --image scale=1 -o plain.cnnp
values plain.cnnp
# So do the other verbs.
mkdir -p set/0 && cp p.pgm set/0
printf 'input: 1x2x2\nimage: {scale: 0.5}\nlayers: [fc: {units: 2}]\n' >fc.yaml
$CNNC eval fc.yaml --random-weights 1 --data set --image mean=1 -f csv >csv
$CNNC show both.yaml --maps same p.pgm --image scale=1 -o - >same.png
# What cannot be.
try() { "$@"; echo "exit $?"; }
try "$CNNC" compile both.yaml --image resize=1 -o no.cnnp
try "$CNNC" compile both.yaml --image nothing=1 -o no.cnnp
try "$CNNC" compile both.cnnp --image scale=1 -o no.cnnp
net vector "[4, 1, 1]" ''
try "$CNNC" compile vector.yaml --image scale=1 -o no.cnnp
ls *.cnnp
