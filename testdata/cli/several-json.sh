# One object a line, also for what is no spec; a file that cannot be read outweighs a wrong one.
cp "$TOP/testdata/cli/wrong.yaml" .
printf '\x08\x07\x12\x07pytorch' >model
"$CNNC" check wrong.yaml missing.yaml model --format json
