#!/usr/bin/env bash
# Makes the packages for this machine in WEND_TARGET_DIR/dist (packaging/README.md): tar.gz, .deb where dpkg-deb is, the wheel where python3
# is, the formula of Homebrew, SHA256SUMS. The same sources and compiler give the same bytes, except for the wheel.
# usage: scripts/dist.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

say() { echo "dist: $*"; }

# The program and the module of Python, with the profile of what people install (Cargo.toml).
cargo build --profile distribution --package wend --package wend-python --locked
built="$CARGO_TARGET_DIR/distribution"
version="$(awk -F '"' '/^version = / { print $2; exit }' Cargo.toml)"
repository="$(awk -F '"' '/^repository = / { print $2; exit }' Cargo.toml)"
target="$(rustc -vV | awk '/^host: / { print $2 }')"
name="wend-$version-$target"
out="$CARGO_TARGET_DIR/dist"
# Files have the time of the last commit, and belong to root. The variable is not for cargo: C code would be compiled again.
epoch="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
rm -rf "$out"
mkdir -p "$out"
work="$(mktemp -d "${TMPDIR:-/tmp}/wend-dist.XXXXXX")"
trap 'rm -rf "$work"' EXIT

# --- what every package has -------------------------------------------------------------------------------------------
top="$work/$name"
mkdir -p "$top/completions" "$top/man"
install -m 755 "$built/wend" "$top/wend"
case "$(uname -s)" in
    Darwin) strip -x "$top/wend" ;;
    *) strip --strip-all "$top/wend" ;;
esac
"$top/wend" completions bash >"$top/completions/wend.bash"
"$top/wend" completions zsh >"$top/completions/_wend"
"$top/wend" completions fish >"$top/completions/wend.fish"
"$top/wend" man "$top/man"
cp LICENSE NOTICE README.md CHANGELOG.md packaging/wend.service packaging/wend.toml "$top/"

# --- tar.gz -----------------------------------------------------------------------------------------------------------
chmod -R u=rwX,go=rX "$top"
if tar --version 2>/dev/null | grep -q GNU; then
    tar -C "$work" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner -cf "$work/tar" "$name"
else
    tar -C "$work" -cf "$work/tar" "$name"
fi
gzip -9 -n -c "$work/tar" >"$out/$name.tar.gz"
say "$name.tar.gz"

# --- .deb -------------------------------------------------------------------------------------------------------------
if command -v dpkg-deb >/dev/null 2>&1 && [ "$(uname -s)" = Linux ]; then
    deb="$work/deb"
    arch="$(dpkg --print-architecture)"
    # The newest symbol of the C library that the binary asks for.
    glibc="$(objdump -T "$top/wend" | grep -o 'GLIBC_[0-9.]*' | cut -d _ -f 2 | sort -Vu | tail -n 1)"
    install -D -m 755 "$top/wend" "$deb/usr/bin/wend"
    install -D -m 644 "$top/completions/wend.bash" "$deb/usr/share/bash-completion/completions/wend"
    install -D -m 644 "$top/completions/_wend" "$deb/usr/share/zsh/vendor-completions/_wend"
    install -D -m 644 "$top/completions/wend.fish" "$deb/usr/share/fish/vendor_completions.d/wend.fish"
    for page in "$top"/man/*.1; do
        install -d "$deb/usr/share/man/man1"
        gzip -9 -n -c "$page" >"$deb/usr/share/man/man1/$(basename "$page").gz"
    done
    install -D -m 644 packaging/wend.service "$deb/usr/lib/systemd/system/wend.service"
    install -D -m 644 packaging/wend.toml "$deb/etc/wend/wend.toml"
    install -D -m 644 packaging/debian/copyright "$deb/usr/share/doc/wend/copyright"
    install -D -m 644 NOTICE "$deb/usr/share/doc/wend/NOTICE"
    gzip -9 -n -c CHANGELOG.md >"$deb/usr/share/doc/wend/changelog.gz"
    size="$(du -ks "$deb" | cut -f 1)"
    install -d "$deb/DEBIAN"
    sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@SIZE@|$size|; s|@GLIBC@|$glibc|; s|@REPOSITORY@|$repository|" \
        packaging/debian/control.in >"$deb/DEBIAN/control"
    echo /etc/wend/wend.toml >"$deb/DEBIAN/conffiles"
    for script in postinst prerm postrm; do
        install -m 755 "packaging/debian/$script" "$deb/DEBIAN/$script"
    done
    (cd "$deb" && find . -type f -not -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    chmod -R u=rwX,go=rX "$deb"
    SOURCE_DATE_EPOCH="$epoch" dpkg-deb --root-owner-group -Zxz --build "$deb" "$out/wend_${version}_$arch.deb" >/dev/null
    say "wend_${version}_$arch.deb, for libc6 $glibc and newer"
else
    say "no .deb: there is no dpkg-deb here"
fi

# --- the wheel --------------------------------------------------------------------------------------------------------
if command -v python3 >/dev/null 2>&1; then
    case "$(uname -s)" in
        Darwin) module="$built/lib_wenddb.dylib" ;;
        *) module="$built/lib_wenddb.so" ;;
    esac
    wheel="$(python3 python/pack.py "$module" "$version" "$out" | tail -n 1)"
    say "$(basename "$wheel")"
else
    say "no wheel: there is no python3 here"
fi

# --- Homebrew, checksums ----------------------------------------------------------------------------------------------
sums() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
case "$target" in
    *-darwin) on=on_macos ;;
    *) on=on_linux ;;
esac
case "$target" in
    aarch64-*) cpu=on_arm ;;
    *) cpu=on_intel ;;
esac
sha="$(sums "$out/$name.tar.gz" | cut -d ' ' -f 1)"
sed -e "s|@VERSION@|$version|; s|@TARGET@|$target|; s|@SHA256@|$sha|; s|@REPOSITORY@|$repository|; s|@ON@|$on|; s|@CPU@|$cpu|" \
    -e "s|@VERSION@|$version|g" packaging/homebrew/wend.rb.in >"$out/wend.rb"
(cd "$out" && sums -- *.tar.gz *.deb *.whl *.rb 2>/dev/null >SHA256SUMS || true)
(cd "$out" && [ -s SHA256SUMS ])
say "in $out"
