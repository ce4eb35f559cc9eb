# What rests on a misfit is marked in every form; an empty window hides what follows it alone.
cat > a.yaml <<'END'
input: 1x10x10
layers:
  - conv: {name: a, filters: 2, kernel: 3, stride: 2}
  - relu: {name: b}
  - conv: {name: c, from: input, filters: 2, kernel: 11}
  - relu: {name: d}
  - fc: {name: e, from: input, units: 2}
outputs: [b, d, e]
END
for format in table csv md yaml dot; do
    echo "--- $format"
    "$CNNC" check a.yaml --format $format 2> /dev/null
done
echo "--- svg"
"$CNNC" check a.yaml --format svg 2> /dev/null | grep -o 'class="[a-z]* assumed" data-layer="[a-z]*"\|dasharray:[0-9 ]*\|[0-9x]* ([a-z ]*)'
echo "--- json"
"$CNNC" check a.yaml --format json 2> /dev/null |
    jq -c '(.layers[] | [.name, .assumed, .misfit]), .totals.assumed, (.errors[] | [.line, .col, .class])'
