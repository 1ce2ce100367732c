#!/usr/bin/env bash
# Builds the wheel of the Python package with maturin (from PyPI, in a virtual environment that is kept) into
# WEND_TARGET_DIR/wheels. It needs python3 and no headers of it: the module uses the stable ABI of Python 3.10 and later.
# usage: scripts/wheel.sh        the last line is the path of the wheel
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

command -v python3 >/dev/null || { echo "wheel: there is no python3 here" >&2; exit 1; }
tools="${WEND_PYTHON_DIR:-$HOME/.cache/wend-python}/tools"
[ -x "$tools/bin/python" ] || python3 -m venv "$tools"
[ -x "$tools/bin/maturin" ] || "$tools/bin/python" -m pip install --quiet --disable-pip-version-check 'maturin>=1.9,<2'

out="$CARGO_TARGET_DIR/wheels"
mkdir -p "$out"
rm -f "$out"/wenddb-*.whl
"$tools/bin/maturin" build --release --locked --strip --manifest-path python/Cargo.toml --out "$out"
ls "$out"/wenddb-*.whl
