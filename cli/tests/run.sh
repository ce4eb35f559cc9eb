#!/bin/bash
# Goldens of the command line.
#   run.sh CNNC TOP [--regenerate] [NAME...]
# testdata/check/NAME.yaml: `cnnc check NAME.yaml`, run beside it, against NAME.report (stdout),
# NAME.err (stderr) and NAME.exit. testdata/cli/NAME.sh: a snippet run in a scratch directory with
# $CNNC and $TOP, against NAME.stdout, NAME.stderr, NAME.exit. An absent file means empty, or 0.
set -u
CNNC=$(realpath "$1") TOP=$(realpath "$2")
export CNNC TOP
shift 2
regenerate=
[ "${1:-}" = --regenerate ] && { regenerate=1; shift; }
export LC_ALL=C NO_COLOR=1
unset COLUMNS
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
patience=300 # seconds, then it hangs: under sanitizers, on a busy machine
passed=0 failed=0

wanted() { # NAME: among the arguments, or there are none
    [ -z "$only" ] && return 0
    case " $only " in *" $1 "*) return 0 ;; esac
    return 1
}
only="$*"

keep() { # RESULT GOLDEN
    if [ -s "$1" ]; then cp "$1" "$2"; else rm -f "$2"; fi
}

same() { # RESULT GOLDEN: an absent golden is an empty one
    if [ -e "$2" ]; then diff -u "$2" "$1"; else diff -u /dev/null "$1"; fi
}

judge() { # NAME STEM OUT-SUFFIX ERR-SUFFIX
    local code=$scratch/code good=1
    if [ -n "$regenerate" ]; then
        keep "$scratch/out" "$2.$3"
        keep "$scratch/err" "$2.$4"
        cp "$code" "$2.exit"
        [ "$(cat "$code")" != 0 ] || rm "$2.exit"
        return
    fi
    same "$scratch/out" "$2.$3" || good=
    same "$scratch/err" "$2.$4" || good=
    [ "$(cat "$code")" = "$(cat "$2.exit" 2> /dev/null || echo 0)" ] ||
        { echo "exit $(cat "$code")"; good=; }
    if [ -n "$good" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAILED: $1"
    fi
}

cd "$TOP/testdata/check" || exit 1
for file in *.yaml; do
    name=${file%.yaml}
    wanted "$name" || continue
    timeout "$patience" "$CNNC" check "$file" > "$scratch/out" 2> "$scratch/err" < /dev/null
    echo $? > "$scratch/code"
    judge "check/$name" "$TOP/testdata/check/$name" report err
done
for file in "$TOP"/testdata/cli/*.sh; do
    name=$(basename "$file" .sh)
    wanted "$name" || continue
    rm -rf "$scratch/work" && mkdir "$scratch/work"
    (cd "$scratch/work" && timeout "$patience" bash "$file") > "$scratch/out" 2> "$scratch/err" < /dev/null
    echo $? > "$scratch/code"
    judge "cli/$name" "${file%.sh}" stdout stderr
done
[ -n "$regenerate" ] && { echo "goldens written: read the difference before you commit it"; exit 0; }
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
