# The labels file of a spec is a part of its plan.
cat >net.yaml <<'END'
name: tiny
input: 2x6x6
labels: labels.txt
layers:
  - conv: {filters: 4, kernel: 3}
  - fc: {units: 3}
END
labels() { "$CNNC" plan "$@" --format json | jq -c .totals.labels; echo "exit ${PIPESTATUS[0]}"; }
# Absent ones are a note.
labels net.yaml
printf 'red\ngreen\nblue\n' >labels.txt
labels net.yaml
"$CNNC" plan net.yaml --tile 16x6 | tail -n 2
# Relative to the spec; of a spec on standard input, to the current directory.
mkdir folder && mv labels.txt net.yaml folder
labels folder/net.yaml
labels - <folder/net.yaml
cd folder
labels - <net.yaml
# They are in the plan file.
"$CNNC" compile net.yaml --random-weights 1 --out net.cnnp
mv labels.txt other.txt
labels net.cnnp
grep -c green net.cnnp
# Of a layer in the place of the outputs they are no labels, unless it has as many channels.
mv other.txt labels.txt
labels net.yaml --output conv1
labels net.yaml --output fc1
# Other numbers of them are a warning.
printf 'red\ngreen' >labels.txt
labels net.yaml
: >labels.txt
labels net.yaml
# What is no text is refused.
printf 'red\ngr\377en\nblue\n' >labels.txt
labels net.yaml
printf 'red\n\33[32mgreen\nblue\n' >labels.txt
labels net.yaml
yes label | head -c 1048577 >labels.txt
labels net.yaml
truncate -s 1G labels.txt
labels net.yaml
rm labels.txt && mkdir labels.txt
labels net.yaml
