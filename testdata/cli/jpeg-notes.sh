# Damage that touches no pixel: the values of the whole picture, and a note for each; elsewhere, a record
# with an error. Stray bytes, wrong numbers in a scan's header, no end; a restart marker that is lost.
cases=$TOP/testdata/cases/01-jpeg-warnings
cp "$cases"/*.jpg .
head -c -2 whole.jpg >no-end.jpg
{ head -c -2 whole.jpg && cat whole.jpg; } >no-end-but-another.jpg
run="$CNNC run $cases/net.yaml -f npy"
$run whole.jpg >whole.npy
for file in sos-se0.jpg stray-65-before-eoi.jpg no-end.jpg no-end-but-another.jpg; do
    $run $file | cmp - whole.npy
done
sed 's/\xFF\xD1//' "$TOP/testdata/pictures/jpeg-restart.jpg" >lost.jpg
"$CNNC" run "$TOP/specs/lenet5-fashion.yaml" lost.jpg sos-se0.jpg -k 1 | sed -E 's/("score":0\.[0-9]{2})[0-9]*/\1/g'
# A pipe has one picture.
cat no-end-but-another.jpg | $run - >/dev/null
