#!/usr/bin/env bash
# Runs every test of the workspace (unit, integration, golden, documentation) and compiles the examples. The last line is
# the sum over all test binaries: "N passed, N failed, N skipped". The exit status is that of cargo.
# usage: scripts/test.sh [arguments of cargo test]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

log="$(mktemp "${TMPDIR:-/tmp}/wend-test.XXXXXX")"
trap 'rm -f "$log"' EXIT

status=0
# The binary `wend` is built first, as tests run it.
cargo build --release --workspace 2>&1 | tee "$log" || status=$?
if [ "$status" = 0 ]; then
    cargo test --release --workspace --no-fail-fast "$@" 2>&1 | tee "$log" || status=$?
fi

awk '
    /^test result: / {
        for (i = 3; i < NF; i++) {
            if ($(i + 1) ~ /^passed;?/) passed += $i
            if ($(i + 1) ~ /^failed;?/) failed += $i
            if ($(i + 1) ~ /^ignored;?/) skipped += $i
        }
    }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }
' "$log"
exit "$status"
