#!/bin/sh
# man_kinds.sh CNNC COMPILER: every kind has its paragraph in cnnc-spec(5), which names each of the
# kind's keys with its default, and no other key. Kinds come from layers.def, keys from the schema.
# And every class of messages that stands in the compiler's sources is explained.
set -eu
cnnc=$1 compiler=$2
failures=0 missing=$(mktemp)
trap 'rm -f "$missing"' EXIT
complain() {
    echo "$1"
    failures=$((failures + 1))
}

# `    alpha (real; 1e-4)` gives 0.0001, as jq prints it.
default_of() {
    text=$(echo "$1" | sed 's/.*; \([^)]*\)).*/\1/')
    echo "$text" | jq -r tostring 2>/dev/null || echo "$text"
}

schema=$("$cnnc" help schema)
kinds=$(sed -n 's/^LAYER(\([a-z0-9_]*\), [a-z_]*)$/\1/p' "$compiler/graph/layers.def")
[ -n "$kinds" ] || complain "no kinds in $compiler/graph/layers.def"
for kind in $kinds; do
    if ! paragraph=$("$cnnc" help "$kind"); then
        complain "$kind: no paragraph"
        continue
    fi
    # One line a key: name, default (or -), "required" (or -).
    keys=$(printf '%s' "$schema" | jq -r --arg kind "$kind" '
        .definitions as $all | $all[$kind] | if .anyOf then .anyOf[1] else . end |
        .required as $required | .properties | keys[] |
        select(IN("name", "from", "share", "branches") | not) as $key |
        [$key, ($all["\($kind).\($key)"].default | if . == null then "-" else tostring end),
         (if ($required // []) | index($key) then "required" else "-" end)] | join(" ")')
    echo "$keys" | while read -r key default required; do
        [ -n "$key" ] || continue
        tag=$(echo "$paragraph" | grep -E "^    $key \(" | head -n 1)
        if [ -z "$tag" ]; then
            echo "$kind: $key is not described"
        elif [ "$default" != - ] && [ "$(default_of "$tag")" != "$default" ]; then
            echo "$kind: the default of $key is $default, not as in:$tag"
        elif [ "$required" != - ] && ! echo "$tag" | grep -qF required; then
            echo "$kind: $key is required"
        fi
    done >"$missing"
    # The tags of the paragraph, which must all be keys. (Activations share one paragraph.)
    echo "$paragraph" | sed -n 's/^    \([a-z_]*\) ([a-z].*; .*).*/\1/p' | while read -r key; do
        echo "$keys" | grep -q "^$key " || echo "$kind: there is no key $key"
    done >>"$missing"
    while read -r line; do
        complain "$line"
    done <"$missing"
done

families='spec|shape|graph|pattern|limit|value|name'
classes=$(grep -rohE --include='*.[ch]' --exclude-dir=tests "\"($families)-[a-z]+\"" "$compiler" |
    tr -d '"' | sort -u)
explained=$("$cnnc" help diagnostics)
[ -n "$classes" ] || complain "no classes in $compiler"
for class in $classes; do
    echo "$explained" | grep -qwF -e "$class" || complain "diagnostics: $class is not explained"
done
echo "$(echo "$kinds" | wc -l) kinds, $(echo "$classes" | wc -l) classes, $failures failures"
[ "$failures" -eq 0 ]
