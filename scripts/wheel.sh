#!/usr/bin/env bash
# Builds the wheel of the Python package for this machine into WEND_TARGET_DIR/wheels, from the same compiled code as everything else
# (python/pack.py). It needs python3 and no headers of it: the module uses the stable ABI of Python 3.10 and later.
# usage: scripts/wheel.sh        the last line is the path of the wheel
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

command -v python3 >/dev/null || { echo "wheel: there is no python3 here" >&2; exit 1; }
# The whole workspace: a package alone would compile its dependencies again, with other features.
cargo build --release --workspace --lib --locked
case "$(uname -s)" in
    Darwin) module="$CARGO_TARGET_DIR/release/lib_wenddb.dylib" ;;
    *) module="$CARGO_TARGET_DIR/release/lib_wenddb.so" ;;
esac
version="$(awk -F '"' '/^version = / { print $2; exit }' Cargo.toml)"
out="$CARGO_TARGET_DIR/wheels"
mkdir -p "$out"
rm -f "$out"/wenddb-*.whl
python3 python/pack.py "$module" "$version" "$out"
