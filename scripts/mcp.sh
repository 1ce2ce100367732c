#!/usr/bin/env bash
# Runs the client of the Python package `mcp` against `wend mcp` and `POST /mcp` (tests/mcp/client.py). The package goes into a virtual
# environment in WEND_MCP_DIR (default ~/.cache/wend-mcp); where it cannot be had, this says so and passes.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

# The version that the scenario was written for.
version=2.3.0
directory="${WEND_MCP_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wend-mcp}/$version"

skip() {
    echo "mcp: skipped: $*"
    exit 0
}

command -v python3 >/dev/null || skip "there is no python3 here"
if [ ! -x "$directory/bin/python" ] || ! "$directory/bin/python" -c "import mcp, httpx2" 2>/dev/null; then
    rm -rf "$directory"
    mkdir -p "$(dirname "$directory")"
    python3 -m venv "$directory" 2>/dev/null || skip "python3 has no module venv"
    if ! log="$("$directory/bin/python" -m pip install --quiet --disable-pip-version-check "mcp==$version" 2>&1)"; then
        rm -rf "$directory"
        skip "the Python package mcp $version cannot be installed: $(tail -n 1 <<<"$log")"
    fi
fi
timeout 300 "$directory/bin/python" tests/mcp/client.py "$CARGO_TARGET_DIR/release/wend"
