#!/bin/bash
# The shape of the source tree: structure.sh TOP [RULE...]. Prints each breach; fails when there is
# one. structure_breaches.sh plants a breach of each rule and expects it here.
set -u
cd "$1" || exit 1
shift

# The rooms of each part, in the order in which they may include each other: a room includes itself
# and what stands before it. "." is the part's own folder.
order_of() {
    case $1 in
    runtime) echo base plan gemm steps planfile exec weights picture ;;
    compiler) echo base graph layers passes front import reference . ;;
    cli) echo terminal command report input run show train . ;;
    esac
}
parts='runtime compiler cli'
lines_most=450
function_most=70
room_most=24 # sources; layers and steps have a file a kind

sources() { # [FIND'S TESTS]: all but tests and benchmarks
    find $parts -type d \( -name tests -o -name bench \) -prune -o -type f \
        \( -name '*.[ch]' -o -name '*.def' \) "$@" -print | sort
}
room_of() { # cli/run/model.c -> run; cli/main.c -> .
    local rest=${1#*/}
    case $rest in */*) echo "${rest%%/*}" ;; *) echo . ;; esac
}

# ---- the rules: each prints its breaches, a line each ----

rule_room() { # a folder that is no room
    for part in $parts; do
        for folder in "$part"/*/; do
            name=$(basename "$folder")
            case " $(order_of "$part") tests bench " in
            *" $name "*) ;;
            *) echo "$folder" ;;
            esac
        done
    done
}

rule_arrow() { # cli -> compiler -> runtime; nothing points back
    grep -nE '#include "[^"]*(compiler|cli)/' -r runtime --include='*.[ch]' --exclude-dir=tests
    grep -nE '#include "[^"]*cli/' -r compiler --include='*.[ch]' --exclude-dir=tests
}

rule_order() { # rooms include only rooms before them
    sources | xargs awk -v ORDER_RUNTIME="$(order_of runtime)" \
        -v ORDER_COMPILER="$(order_of compiler)" -v ORDER_CLI="$(order_of cli)" '
        function room(path, parts) { # runtime/plan/plan.h -> plan; cli/main.c -> .
            return split(path, parts, "/") == 3 ? parts[2] : "."
        }
        BEGIN {
            orders["runtime"] = ORDER_RUNTIME; orders["compiler"] = ORDER_COMPILER
            orders["cli"] = ORDER_CLI
            for (part in orders) {
                count = split(orders[part], list, " ")
                for (i = 1; i <= count; i++) place[part, list[i]] = i
            }
        }
        /^#include "/ {
            target = FILENAME
            sub(/[^\/]*$/, "", target)
            split($0, quoted, "\"")
            target = target quoted[2]
            while (sub(/[^\/]+\/\.\.\//, "", target)) {}
            split(FILENAME, own, "/"); split(target, its, "/")
            if (own[1] == its[1] && place[own[1], room(target)] > place[own[1], room(FILENAME)])
                print FILENAME ": " $0
        }'
}

rule_door() { # of the compiler the command line includes compiler.h and the headers it names
    local named
    named=$(sed -n 's/^#include "\([^"]*\)".*/\1/p' compiler/compiler.h | grep -v '^\.\.' | tr '\n' '|')
    grep -nE '#include "[^"]*compiler/' -r cli --include='*.[ch]' --exclude-dir=tests |
        grep -vE "compiler/(${named}compiler\.h)\""
    sources | grep -E '^compiler/.*/' | xargs grep -nE '#include "[^"]*compiler\.h"'
}

rule_library() { # one file knows each library
    for header in yaml.h blis.h png.h jpeglib.h; do
        users=$(sources | xargs grep -lE "#include <([a-z0-9/]*/)?$header>")
        [ "$(grep -c . <<< "$users")" -le 1 ] || echo "$header: "$users
    done
}

rule_print() { # libraries do not print and do not exit
    sources | grep -E '^(compiler|runtime)/.*\.c$' |
        xargs grep -nE '\b(printf|puts|putchar|perror|exit|_exit|abort|fprintf *\( *std(out|err))\b *\('
}

rule_name() { # two files of one name
    sources | grep '\.c$' | sed 's|.*/||' | sort | uniq -d
}

rule_lines() { # a source of too many lines
    sources | xargs wc -l | awk -v most=$lines_most '$2 != "total" && $1 > most'
}

rule_function() { # a function of too many lines
    sources | grep '\.c$' | xargs awk -v most=$function_most '
        /^[A-Za-z]/ && !/:$/ { begin = FNR; head = $0 }
        /^}$/ && FNR - begin > most { print FILENAME ":" begin ": " head }'
}

rule_crowd() { # a room that cannot be seen at a glance
    for part in $parts; do
        for room in $(order_of "$part"); do
            case $room in layers | steps) continue ;; esac
            count=$(find "$part/$room" -maxdepth 1 -name '*.c' 2> /dev/null | wc -l)
            [ "$count" -le $room_most ] || echo "$part/$room: $count sources"
        done
    done
}

rule_built() { # what no list names is not built, or not run
    sources | grep '\.c$' | while read -r file; do
        part=${file%%/*} name=$(basename "$file" .c)
        grep -qwF "${file#*/}" "$part/CMakeLists.txt" && continue
        # A kind's file is built by its row, KIND(name, file) or KIND(name).
        case $file in
        compiler/layers/layer_*) def=compiler/graph/layers.def ;;
        runtime/steps/step_*) def=runtime/plan/steps.def ;;
        *) def=/dev/null ;;
        esac
        grep -qE "\b${name#*_}\)" "$def" || echo "$file"
    done
    for file in */tests/check_*.c */tests/fuzz_*.c; do
        name=${file##*/} name=${name%.c}
        [ "$name" = fuzz_driver ] || grep -qw "${name#*_}" "${file%/tests/*}/CMakeLists.txt" ||
            echo "$file"
    done
    for file in */tests/*.sh */tests/*.py; do
        grep -qwF "${file##*/}" "${file%/tests/*}/CMakeLists.txt" || echo "$file"
    done
}

rule_linted() { # what the Makefile's pattern for clang-tidy does not see
    local pattern
    pattern=$(sed -n 's/^LINTED = ^$(CURDIR)\/\(.*\)\$\$$/\1/p' Makefile)
    sources | grep '\.c$' | grep -vP "^$pattern\$"
}

rule_golden() { # a golden without its input is tested by nobody
    for golden in testdata/check/*.report testdata/check/*.err testdata/check/*.exit; do
        [ -e "${golden%.*}.yaml" ] || echo "$golden"
    done
    for golden in testdata/cli/*.stdout testdata/cli/*.stderr testdata/cli/*.exit; do
        [ ! -e "$golden" ] || [ -e "${golden%.*}.sh" ] || echo "$golden"
    done
}

rule_top() { # the top level is fixed; what git does not track is its owner's affair
    { git ls-files 2> /dev/null || find . -mindepth 1; } | sed 's|^\./||; s|/.*||' |
        grep -v '^\.' | sort -u | while read -r entry; do
        case $entry in
        cli | compiler | runtime | specs | testdata | man | CMakeLists.txt | Makefile) ;;
        README.md | LICENSE | CHANGELOG.md | build*) ;;
        *) echo "$entry" ;;
        esac
    done
}

rules=$(declare -F | sed -n 's/^declare -f rule_//p')
[ $# -gt 0 ] || set -- $rules
breaches=0
for rule in "$@"; do
    found=$(rule_"$rule")
    [ -z "$found" ] && continue
    printf 'rule %s:\n%s\n' "$rule" "$found"
    breaches=$((breaches + 1))
done
[ "$breaches" = 0 ] && echo 'the structure holds'
