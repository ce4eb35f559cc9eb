#!/bin/bash
# Each rule of structure.sh fires on a breach: structure_breaches.sh TOP. In a copy of the tree a
# breach of each rule is planted, and taken away again.
set -u
top=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$top" && tar -cf - --exclude='testdata/fuzz' --exclude='build*' cli compiler runtime CMakeLists.txt Makefile \
    testdata/check testdata/cli) | tar -xf - -C "$scratch"
cd "$scratch" || exit 1
structure() { bash "$top/cli/tests/structure.sh" . "$@"; }
failed=0 planted=
complain() {
    echo "FAILED: $*"
    failed=$((failed + 1))
}

# plant RULE FILE TEXT: the text is added to the file, or makes it.
plant() {
    local rule=$1 file=$2 kept=
    planted="$planted $rule"
    [ -e "$file" ] && kept=$(mktemp) && cp "$file" "$kept"
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$3" >> "$file"
    structure "$rule" | grep -q "^rule $rule:" || complain "$rule does not see $file"
    if [ -n "$kept" ]; then mv "$kept" "$file"; else rm "$file"; fi
    [ "$(dirname "$file")" = . ] || rmdir --ignore-fail-on-non-empty "$(dirname "$file")"
    structure "$rule" > /dev/null || complain "$rule fires without a breach"
}
some_lines() { yes '/* a line */' | head -n "$1"; }

plant room compiler/attic/old.c 'int old;'
plant arrow runtime/base/base.h '#include "../../compiler/base/diag.h"'
plant arrow compiler/base/diag.h '#include "../../cli/terminal/message.h"'
plant order runtime/base/base.h '#include "../exec/exec.h"'
plant order compiler/graph/graph.h '#include "../front/spec.h"'
plant order cli/terminal/message.c '#include "../show/show.h"'
plant door cli/run/model.c '#include "../../compiler/front/expand.h"'
plant door compiler/graph/graph.c '#include "../compiler.h"'
plant library runtime/exec/exec.c '#include <png.h>'
plant print compiler/graph/graph.c 'void say(void) { printf("hello\n"); }'
plant print runtime/steps/step.c 'void leave(void) { exit(1); }'
plant name runtime/exec/graph.c 'int graph;'
plant lines compiler/passes/fold.c "$(some_lines 460)"
plant function cli/show/show.c "$(echo 'void long_one(void) {'; some_lines 80; echo '}')"
plant built runtime/exec/unknown.c 'int unknown;'
plant built compiler/layers/layer_unknown.c 'int unknown;'
plant built cli/tests/check_unknown.c 'int unknown;'
plant golden testdata/cli/nobody.stdout 'x'
plant top notes.txt 'x'
plant linted compiler/passes/sub/deep.c 'int deep;'
for i in $(seq 30); do echo 'int i;' > runtime/exec/extra_$i.c; done
structure crowd | grep -q '^rule crowd:' || complain 'crowd does not see 30 sources'
rm runtime/exec/extra_*.c
planted="$planted crowd"

for rule in $(sed -n 's/^rule_\([a-z]*\)() .*/\1/p' "$top/cli/tests/structure.sh"); do
    case " $planted " in
    *" $rule "*) ;;
    *) complain "no breach of $rule is planted" ;;
    esac
done
[ "$failed" = 0 ] && echo 'each rule fires'
