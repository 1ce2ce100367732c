#!/usr/bin/env bash
# Puts the binary `wend` into $DESTDIR$PREFIX/bin (PREFIX: $HOME/.local unless given).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

bin="${DESTDIR:-}${PREFIX:-$HOME/.local}/bin"
mkdir -p "$bin"
# Without its debug lines the binary is a third as large.
install -s -m 755 "$CARGO_TARGET_DIR/release/wend" "$bin/wend"
echo "installed $bin/wend"
case ":$PATH:" in
    *":$bin:"*) ;;
    *) echo "$bin is not in PATH; add it with: export PATH=\"$bin:\$PATH\"" ;;
esac
