# Steps and memory of the networks of the field.
cd "$TOP/specs" || exit
for spec in *.yaml; do
    "$CNNC" plan $spec --tile 16x6 | awk -v name=$spec '/^(steps|MACs|arena|weights) / {
        line = line "  " $1 " " $2 } END { print name line }'
done
