#!/bin/bash
# package.sh BUILD TOP: the Debian package of a build has what it should, where Debian looks for it, and its
# program works.
set -eu
build=$(realpath "$1") top=$(realpath "$2")
for tool in dpkg-deb dpkg-shlibdeps file; do
    command -v "$tool" > /dev/null || { echo "no $tool: skipped"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "$1"
    exit 1
}

# Make would look whether all is built; Ninja's installation does not.
cd "$build"
cpack -G DEB -B "$work" -D CPACK_CMAKE_GENERATOR=Ninja > "$work/said" 2>&1 || fail "$(cat "$work/said")"
deb=$(ls "$work"/cnnc_*.deb)
dpkg-deb -x "$deb" "$work/root"
cd "$work/root/usr"

for field in Package Version Architecture Maintainer Description Depends; do
    [ -n "$(dpkg-deb -f "$deb" $field)" ] || fail "no $field"
done
depends=$(dpkg-deb -f "$deb" Depends)
case $depends in
*libc6*libyaml*) ;;
*) fail "depends on: $depends" ;;
esac

# Where each kind of file is, and nothing elsewhere.
for page in "$top"/man/*; do
    gzip -cd "share/man/man${page##*.}/${page##*/}.gz" | cmp - "$page"
done
for spec in "$top"/specs/*; do
    cmp "share/cnnc/specs/${spec##*/}" "$spec"
done
bin/cnnc help schema | cmp - share/cnnc/schema.json
bin/cnnc help completion bash | cmp - share/bash-completion/completions/cnnc
bin/cnnc help completion zsh | cmp - share/zsh/vendor-completions/_cnnc
bin/cnnc help completion fish | cmp - share/fish/vendor_completions.d/cnnc.fish
gzip -cd share/doc/cnnc/NEWS.gz | cmp - "$top/CHANGELOG.md"
gzip -cd share/doc/cnnc/changelog.gz | grep -q '^cnnc ('"$(dpkg-deb -f "$deb" Version)"')' || fail changelog
head -c "$(wc -c < "$top/LICENSE")" share/doc/cnnc/copyright | cmp - "$top/LICENSE"
strangers=$(find "$work/root" -type f | sed "s|$work/root/||" |
    grep -vE '^usr/(bin/cnnc$|share/(man/man[15]|cnnc|cnnc/specs|doc/cnnc|bash-completion/completions|zsh/vendor-completions|fish/vendor_completions.d)/[^/]*$)') || true
[ -z "$strangers" ] || fail "not expected: $strangers"

# Anyone may read it, its owner alone may write, and only the program is run.
modes=$(find "$work/root" -mindepth 1 -type d ! -perm 755 -o -type f ! -perm 644 ! -path '*/bin/cnnc')
[ -z "$modes" ] && [ "$(stat -c %a bin/cnnc)" = 755 ] || fail "modes: $modes"
(cd "$work" && dpkg-deb -e "$deb" control && cd root && md5sum --quiet -c ../control/md5sums)

answer=$(bin/cnnc run share/cnnc/specs/lenet5-fashion.yaml "$top/testdata/images/9-ankle-boot.png" --format csv --topk 1)
case $answer in
*'ankle boot'* | *'Ankle boot'*) ;;
*) fail "the program says: $answer" ;;
esac
