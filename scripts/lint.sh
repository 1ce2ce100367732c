#!/usr/bin/env bash
# Formatting, clippy and rustdoc, every warning an error.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

run() { echo "lint: $*"; "$@"; }
run cargo fmt --all --check
run cargo clippy --release --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" run cargo doc --release --no-deps --workspace
