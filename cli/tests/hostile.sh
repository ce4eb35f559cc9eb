#!/bin/bash
# Hostile inputs: hostile.sh CNNC TOP TABLE.tsv [ID...]
# A row is ID, input, exit, class, remark, with tabs between. input: a file of testdata/hostile, which
# `cnnc check` reads; `$ COMMAND`, whose output it reads from stdin; or `! COMMAND`, run by itself in a
# scratch directory with $CNNC and $TOP. exit: one of the codes A|B. class: stands in stderr in
# brackets or as `cnnc: class:`, alone or as a family (shape for [shape-fit]); `~text`: stands there as it is;
# `none`: stderr is empty; `-`: not looked at. Whatever the row, no signal, no hang, no sanitizer's report.
set -u
CNNC=$(realpath "$1") TOP=$(realpath "$2") table=$(realpath "$3")
export CNNC TOP
shift 3
export LC_ALL=C
ulimit -c 0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
patience=300 # seconds, then it hangs: under sanitizers, on a busy machine

run_row() { # INPUT
    case $1 in
    '$ '*) timeout "$patience" bash -c "${1#??}" 2> /dev/null | timeout "$patience" "$CNNC" check - ;;
    '! '*) timeout "$patience" bash -c "${1#??}" ;;
    *) cd "$TOP/testdata/hostile" && timeout "$patience" "$CNNC" check "$1" ;;
    esac
}

class_is_said() { # CLASS FILE
    case $1 in
    -) ;;
    none) [ ! -s "$2" ] ;;
    '~'*) grep -qF -- "${1#?}" "$2" ;;
    *) grep -qE -- "\[$1(-[a-z-]+)?\]|^cnnc: $1(-[a-z-]+)?:" "$2" ;;
    esac
}

complain() { # ID REASON
    failed=$((failed + 1))
    printf 'FAILED %s: %s\n' "$1" "$2"
    head -n 3 "$scratch/err" | cut -c1-200
}

while IFS=$'\t' read -r id input expected class remark; do
    case $id in '' | '#'* | ID) continue ;; esac
    [ $# -gt 0 ] && [[ " $* " != *" $id "* ]] && continue
    rm -rf "$scratch/work" && mkdir "$scratch/work"
    (cd "$scratch/work" && run_row "$input") > "$scratch/out" 2> "$scratch/err" \
        < /dev/null 3>&- 4>&- # which ctest leaves open, and rows count what is
    code=$?
    if [[ "|$expected|" != *"|$code|"* ]]; then
        complain "$id" "exit $code, expected $expected: $input"
    elif ! class_is_said "$class" "$scratch/err"; then
        complain "$id" "no [$class] in stderr: $input"
    elif grep -qaE 'Sanitizer|runtime error:' "$scratch/err"; then
        complain "$id" "a sanitizer spoke: $input"
    else
        passed=$((passed + 1))
    fi
done < "$table"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
