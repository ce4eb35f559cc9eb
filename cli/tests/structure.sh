#!/bin/bash
# The shape of the source tree: structure.sh TOP. Prints each breach; fails when there is one.
set -u
cd "$1" || exit 1
breaches=0
breach() {
    printf '%s\n' "$1:" "$2"
    breaches=$((breaches + 1))
}
check() { # TITLE LINES
    [ -z "$2" ] || breach "$1" "$2"
}
sources() { find cli compiler runtime -name '*.[ch]' -o -name '*.def' | sort; }

# cli -> compiler -> runtime; nothing points back.
check 'runtime includes what stands above it' \
    "$(grep -nE '#include "[^"]*(compiler|cli)/' -r runtime --include='*.[ch]')"
check 'compiler includes the command line' \
    "$(grep -nE '#include "[^"]*cli/' -r compiler --include='*.[ch]')"
check 'the command line reaches into the compiler behind its front door' \
    "$(grep -nE '#include "\.\./compiler/' cli/*.[ch] | grep -vE 'compiler/(claim|compiler|diag|graph|kind|layer|limits|schema|shape)\.h"')"

# One file knows each library.
for header in yaml.h blis.h png.h jpeglib.h; do
    users=$(grep -lE "#include <([a-z0-9/]*/)?$header>" -r cli compiler runtime --include='*.[ch]')
    [ "$(printf '%s' "$users" | grep -c .)" -le 1 ] || breach "$header is included more than once" "$users"
done

# Libraries do not print and do not exit.
check 'a library prints or exits' \
    "$(grep -nE '\b(printf|puts|putchar|perror|exit|_exit|abort|fprintf *\( *std(out|err))\b *\(' \
        compiler/*.c runtime/*.c)"

check 'two files of one name' \
    "$(sources | grep -v '/tests/' | grep '\.c$' | sed 's|.*/||' | sort | uniq -d)"
check 'a source of more than 500 lines' \
    "$(sources | grep -v '/tests/' | while read -r file; do
        lines=$(wc -l < "$file")
        [ "$lines" -le 500 ] || echo "$lines $file"
    done)"

check 'a function of more than 70 lines' \
    "$(sources | grep '\.c$' | xargs awk '
        /^[A-Za-z]/ && !/:$/ { begin = FNR; head = $0 }
        /^}$/ && FNR - begin > 70 { print FILENAME ":" begin ": " head }')"

# What no list names is not built, or not run.
check 'a source that no CMakeLists.txt names' "$(
    for file in cli/*.c compiler/*.c runtime/*.c; do
        grep -qwF "${file#*/}" "${file%/*}/CMakeLists.txt" || echo "$file"
    done
    for file in */tests/check_*.c */tests/fuzz_*.c; do
        name=${file##*/} name=${name%.c}
        [ "$name" = fuzz_driver ] || grep -qw "${name#*_}" "${file%/tests/*}/CMakeLists.txt" ||
            echo "$file"
    done
    for file in */tests/*.sh */tests/*.py; do
        grep -qwF "${file##*/}" "${file%/tests/*}/CMakeLists.txt" || echo "$file"
    done
)"

# A golden without its input is tested by nobody.
check 'a golden without its input' "$(
    for golden in testdata/check/*.report testdata/check/*.err testdata/check/*.exit; do
        [ -e "${golden%.*}.yaml" ] || echo "$golden"
    done
    for golden in testdata/cli/*.stdout testdata/cli/*.stderr testdata/cli/*.exit; do
        [ ! -e "$golden" ] || [ -e "${golden%.*}.sh" ] || echo "$golden"
    done
)"

# The top level is fixed; what git does not track is its owner's affair.
check 'a stranger at the top level' "$(
    git ls-files 2> /dev/null | sed 's|/.*||' | grep -v '^\.' | sort -u | while read -r entry; do
        case $entry in
        cli | compiler | runtime | specs | testdata | man | CMakeLists.txt | Makefile) ;;
        README.md | LICENSE | CHANGELOG.md | build*) ;;
        *) echo "$entry" ;;
        esac
    done
)"
[ "$breaches" = 0 ] && echo 'the structure holds'
