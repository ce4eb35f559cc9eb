# What each pass makes of small networks, one for each family of decisions.
cd "$TOP/testdata/plan" || exit
for spec in *.yaml; do
    for pass in fold fuse choose memplan; do
        echo "$spec after $pass:"
        "$CNNC" plan $spec --tile 16x6 --after $pass
    done
    "$CNNC" plan $spec --tile 16x6
done
