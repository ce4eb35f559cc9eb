# The best of a vector: of equal values the lowest index, never a NaN; a network without a step.
printf '%s\n' 'input: [12, 1, 1]' 'layers: [flatten]' >net.yaml
printf '%s\n' 'input: [12, 1, 1]' 'layers: [softmax]' >softmax.yaml
tensors=$TOP/testdata/tools/tensors.py
for first in '' :nan :inf :-inf :1e-40 :-0.0; do
    "$tensors" x.npy 12$first
    echo "x$first"
    "$CNNC" run net.yaml --random-weights 0 --raw x.npy
done
"$tensors" many.npy 2x12:nan
"$CNNC" run net.yaml --random-weights 0 many.npy --raw --format table
"$CNNC" run softmax.yaml --random-weights 0 many.npy | cut -c 1-60
