#!/usr/bin/env bash
# Builds the page in console/ again, compares it with the committed files in console/dist, and tests it in a real browser on the
# binary of the last build. Where npm or Chromium cannot be had it says so and passes.
# usage: scripts/console.sh [--check]   with --check only the comparison
#        scripts/console.sh --pictures  also takes the pictures of docs/images again
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "skipped: the console's sources need node and npm to be built, and they are not here; console/dist is used as it is"
    exit 0
fi
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
    echo "skipped: the console's sources need Node 20 or newer, here is $(node --version)"
    exit 0
fi
# Installed again only when the lock file has changed.
if ! cmp -s console/package-lock.json console/node_modules/.installed; then
    if ! (cd console && npm ci --ignore-scripts --no-audit --no-fund --silent); then
        echo "skipped: the packages of console/package-lock.json cannot be installed here"
        exit 0
    fi
    cp console/package-lock.json console/node_modules/.installed
fi
cd console
npx --no-install tsc --noEmit -p .
node build.mjs --check
[ "${1:-}" != --check ] || exit 0
pictures=()
[ "${1:-}" != --pictures ] || pictures=(--pictures ../docs/images)
wend="${WEND:-$CARGO_TARGET_DIR/release/wend}"
[ -x "$wend" ] || { echo "there is no $wend: make build makes it" >&2; exit 1; }
timeout 480 node test/run.mjs "$wend" "${pictures[@]}"
