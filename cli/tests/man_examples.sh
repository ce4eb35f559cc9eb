#!/bin/sh
# man_examples.sh CNNC SOURCE: runs the examples of the manual (.EX to .EE) and the README (``` blocks).
# - A whole spec, one with a line `input:`, must pass `cnnc check`; after the comment
#   `.\" rejected: CLASS` it must be rejected with that class.
# - Lines that begin with `$ ` are commands, run on a terminal of 100 columns in a directory with
#   specs/; the lines behind must be what they print. `$ cat FILE` writes FILE when there is none.
set -eu
cnnc=$(realpath "$1") source=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PATH=$(dirname "$cnnc"):$PATH NO_COLOR=1
export PATH NO_COLOR
cd "$work"
ln -s "$source/specs" specs
failures=0 specs=0 commands=0

# Each example becomes a file: spec-N, spec-N.class with the class expected, or console-N.
awk '
    function begin(line) { text = ""; class = ""; open = 1; where = FILENAME ":" FNR }
    function end(  name) {
        open = 0
        name = ""
        if (text ~ /(^|\n)\$ /) name = "console-" ++count
        else if (text ~ /(^|\n)input:/) name = "spec-" ++count
        if (!name) return
        printf "%s", text >name
        print where >(name ".where")
        if (class) print class >(name ".class")
    }
    /^\.EX$/ || (!open && /^```(yaml|console)$/) { begin(); next }
    open && (/^\.EE$/ || /^```$/) { end(); next }
    open && /^\.\\" rejected: / { class = $3; next }
    open && /^\.\\"/ { next }
    open {
        if (FILENAME !~ /\.md$/) { gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\\") }
        text = text $0 "\n"
    }
' "$source"/man/*.[15] "$source/README.md"

run_spec() {
    status=0
    cnnc check "$1" >output 2>&1 || status=$?
    if [ -f "$1.class" ]; then
        class=$(cat "$1.class")
        { [ $status -eq 3 ] || [ $status -eq 4 ]; } && grep -qF "[$class]" output && return
        echo "$(cat "$1.where"): must be rejected with [$class], exit status $status:"
    else
        [ $status -eq 0 ] && return
        echo "$(cat "$1.where"): exit status $status:"
    fi
    cat output
    failures=$((failures + 1))
}

# Runs one command, its expected output in the file `expected`.
run_command() {
    commands=$((commands + 1))
    case $1 in
    'cat '*)
        [ -e "${1#cat }" ] || cp expected "${1#cat }"
        ;;
    esac
    printf 'stty cols 100 -opost\n(exit %s)\n%s\n' "$last" "$1" >command
    last=0
    script -qefc 'sh ./command' /dev/null </dev/null >output 2>&1 || last=$?
    cmp -s expected output && return
    echo "$(cat "$2.where"): $1"
    diff -u expected output || true
    failures=$((failures + 1))
}

run_console() {
    last=0 command=
    : >expected
    while IFS= read -r line; do
        case $line in
        '$ '*)
            [ -z "$command" ] || run_command "$command" "$1"
            command=${line#??}
            : >expected
            ;;
        *) printf '%s\n' "$line" >>expected ;;
        esac
    done <"$1"
    run_command "$command" "$1"
}

for example in spec-*[0-9]; do
    specs=$((specs + 1))
    run_spec "$example"
done
for example in console-*[0-9]; do
    [ -f "$example" ] && run_console "$example"
done
echo "$specs specs, $commands commands, $failures failures"
[ $failures -eq 0 ] && [ $specs -gt 10 ]
