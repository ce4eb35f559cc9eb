#!/bin/bash
# options.sh CNNC TOP: --help, the manual and the completions of each verb name the same options, with
# the same letters and arguments; and all of them the columns that csv has.
set -u
cnnc=$1 top=$2 failed=0

differ() {
    if ! difference=$(diff <(echo "$2") <(echo "$3")); then
        echo "$1:"
        echo "$difference"
        failed=1
    fi
}

# "-f, --format FORMAT", one a line, sorted
of_help() {
    "$cnnc" "$1" --help | sed -nE 's/^ {2,6}(-[^ ]+( --[^ ]+)?( [A-Z][^ ]*)?)(  .*)?$/\1/p' | sort
}

of_manual() {
    sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$top/man/cnnc-$1.1" | grep -E '^\.B[RI]? \\-' |
        sed -E 's/^\.B[RI]? //; s/[\\"]//g; s/ *, */, /; s/ +/ /g; s/ $//' | sort
}

names() {
    grep -oE -- '--[a-z][a-z-]*' | sort -u
}

of_bash() {
    "$cnnc" help completion bash | sed -n "/^    $1)/,/^        esac ;;/p" |
        grep -E '^            -\*\)' | names
}

of_zsh() {
    "$cnnc" help completion zsh | sed -n "/^    $1)/,/;;/p" | names
}

of_fish() {
    "$cnnc" help completion fish | grep -oE "from $1' -l [a-z-]+" | sed 's/.* -l /--/' | sort -u
}

for page in "$top"/man/cnnc-*.1; do
    verb=${page##*/cnnc-}
    verb=${verb%.1}
    help=$(of_help "$verb")
    [[ $help == *--help* ]] || { echo "$verb: no options in --help"; failed=1; }
    differ "$verb: --help and manual" "$help" "$(of_manual "$verb")"
    for shell in bash zsh fish; do
        differ "$verb: --help and $shell" "$(names <<<"$help")" "$(of_$shell "$verb")"
    done
done

columns=$("$cnnc" check "$top/testdata/cli/small.yaml" --format csv | head -n 1 | tr ',' '\n' | sort)
listed=$("$cnnc" check --help | sed -n '/^  -c, --columns/,/^ *--only/p' | sed '1d;$d' |
    tr -cs 'a-z_' '\n' | grep . | sort)
differ "columns of csv and --help" "$columns" "$listed"
listed=$(sed -n '/^\.SH COLUMNS/,/^\.SH TOTALS/p' "$top/man/cnnc-check.1" | grep '^\.BR\? [a-z]' | grep -v cnnc |
    sed 's/^\.BR\? //' | tr -cs 'a-z_' '\n' | grep . | sort)
differ "columns of csv and the manual" "$columns" "$listed"

for shell in bash zsh fish; do
    command -v "$shell" >/dev/null || continue
    "$cnnc" help completion "$shell" | "$shell" -n || { echo "$shell: syntax"; failed=1; }
done
exit $failed
