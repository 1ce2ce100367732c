#!/usr/bin/env bash
# Formatting, clippy and rustdoc, every warning an error.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

run() { echo "lint: $*"; "$@"; }
run cargo fmt --all --check
run cargo clippy --release --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" run cargo doc --release --no-deps --workspace
# What each published crate would hold; a path dependency without a version or a missing readme fails here.
for crate in wend-names wend-grammar wend-storage wend-algorithms wenddb wend-arrow wend-bolt wend-server wend; do
    echo "lint: cargo package --list -p $crate"
    cargo package --list --allow-dirty --quiet -p "$crate" >/dev/null
done
