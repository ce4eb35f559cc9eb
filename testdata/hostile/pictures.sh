# Of the rows on pictures: a small network in net.yaml ($run is its run), pictures a.ppm b.ppm c.pgm, one
# that is cut in cut.ppm, an array of two images in x.npy.
cat >net.yaml <<'END'
input: 3x8x8
layers:
  - conv: {filters: 4, kernel: 3}
  - relu
  - fc: {units: 4}
image: {resize: [8, 8], scale: 0.00392156862745098}
END
run="$CNNC run net.yaml --random-weights 1"
ppm() { # SEED
    printf 'P6\n8 8\n255\n'
    seq "$1" 17 9999 | head -c 192
}
ppm 1 >a.ppm
ppm 2 >b.ppm
{ printf 'P5 8 8 255\n'; ppm 3 | tail -c 64; } >c.pgm
head -c 100 a.ppm >cut.ppm
"$TOP/testdata/tools/tensors.py" x.npy 2x3x8x8
