# One line that says what is wrong, one that helps.
for arguments in '' 'chek x' '--fromat json' 'check' 'check --fromat json x' 'check --format josn x' \
    'check --batch 0 x' 'check --batch 1e3 x' 'check --batch 2 --batch 2 x' 'check --input 3x4 x' \
    'check --set N x' 'check --columns name,parms x' 'check --columns name,name x' \
    'check --expect params x' 'check --format svg x y' 'check --format json --units si x' \
    'check - -' 'help convv' 'help completion csh' 'version x'; do
    "$CNNC" $arguments
    echo "$arguments: $?"
done
