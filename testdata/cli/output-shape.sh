# A layer has one shape, whether it is read from the spec or from its compiled plan.
cat >net.yaml <<'END'
input: 2x4x4
layers:
  - conv: {name: c, filters: 3, kernel: 1}
  - pool: {name: p, type: average, global: true}
  - fc: {name: f, units: 2}
  - softmax: {name: s}
END
"$TOP/testdata/tools/tensors.py" x.npy 5x2x4x4
"$CNNC" compile net.yaml --random-weights 1 -o net.cnnp
for layer in c p f s; do
    "$CNNC" run net.yaml --random-weights 1 x.npy --output $layer -f npy -o spec.npy
    "$CNNC" run net.cnnp x.npy --output $layer -f npy -o plan.npy
    cmp spec.npy plan.npy && echo "$layer: $(head -c 128 spec.npy | grep -ao "'shape': ([0-9, ]*)")"
    "$CNNC" run net.yaml --random-weights 1 x.npy --output $layer -f jsonl -b 2 >spec.json
    "$CNNC" run net.cnnp x.npy --output $layer -f jsonl >plan.json
    cmp spec.json plan.json
done
