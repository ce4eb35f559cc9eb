# --totals: a row for each network, in every form that has rows.
cd "$TOP/specs" || exit
for format in table csv md json; do
    echo "--- $format"
    "$CNNC" check lenet5.yaml alexnet.yaml vgg16.yaml --totals --format $format
done
echo "--- units and a batch"
"$CNNC" check lenet5.yaml alexnet.yaml --totals --units iec --batch 4
echo "--- wrong ones"
cd ../testdata/check || exit
for format in table csv md; do
    "$CNNC" check graph.yaml bad-fit.yaml bad-yaml.yaml bad-everything.yaml bad-input.yaml floor.yaml --totals --format $format 2> /dev/null
    echo "exit $?"
done
"$CNNC" check bad-fit.yaml --totals --format json 2> /dev/null | jq -c '[.totals.assumed, .errors[0].class, has("layers")]'
echo "--- a verdict"
"$CNNC" check floor.yaml --totals --expect params=1 2>&1 > /dev/null
echo "exit $?"
for option in --format=yaml --format=dot --format=svg --only=a --columns=name; do
    "$CNNC" check floor.yaml --totals $option 2>&1
    echo "exit $?"
done
