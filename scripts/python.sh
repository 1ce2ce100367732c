#!/usr/bin/env bash
# Runs python/tests over the wheel, in virtual environments that are kept in WEND_PYTHON_DIR (default ~/.cache/wend-python):
# once with the newest numpy and what the tests can use, once with numpy 1.26 alone beside pandas. What cannot be installed here is
# skipped with a reason; without python3 or a network it says so and passes.
# usage: scripts/python.sh [arguments of pytest]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

if ! command -v python3 >/dev/null; then
    echo "skipped: the Python package needs python3, and there is none here"
    exit 0
fi
if ! python3 -c 'import sys; raise SystemExit(sys.version_info < (3, 10))'; then
    echo "skipped: the Python package needs Python 3.10 or newer, here is $(python3 --version)"
    exit 0
fi
cache="${WEND_PYTHON_DIR:-$HOME/.cache/wend-python}"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_DEFAULT_TIMEOUT=30
mkdir -p "$cache"
if [ ! -x "$cache/numpy2/bin/python" ] && ! { python3 -m venv "$cache/numpy2" && "$cache/numpy2/bin/python" -m pip install --quiet numpy; }; then
    rm -rf "$cache/numpy2"
    echo "skipped: the tests of the Python package need numpy, which cannot be installed here"
    exit 0
fi
wheel="$(scripts/wheel.sh | tail -n 1)"
echo "python: $wheel, $(du -k "$wheel" | cut -f1) KiB"

# Makes the environment $1 with the packages that have to be there, up to `--`, and those that may.
environment() {
    local place="$cache/$1" wish
    shift
    [ -x "$place/bin/python" ] || python3 -m venv "$place"
    local needed=()
    while [ "$1" != -- ]; do needed+=("$1"); shift; done
    shift
    "$place/bin/python" -m pip install --quiet "${needed[@]}"
    for wish in "$@"; do
        # One that could not be had is not asked for every time.
        [ ! -e "$place/without-${wish//[^a-z0-9]/-}" ] || continue
        # Words of a wish are packages that belong together.
        # shellcheck disable=SC2086
        "$place/bin/python" -m pip install --quiet $wish 2>"$place/error" || {
            echo "python: without $wish: $(grep -m 1 -i error "$place/error" || tail -n 1 "$place/error")"
            touch "$place/without-${wish//[^a-z0-9]/-}"
        }
    done
    "$place/bin/python" -m pip install --quiet --force-reinstall --no-deps "$wheel"
}

status=0
environment numpy2 'numpy>=2' pytest pandas -- polars pyarrow networkx scipy scikit-learn igraph matplotlib nbclient\ ipykernel duckdb pyright
(cd python/tests && "$cache/numpy2/bin/python" -m pytest -c ../pyproject.toml "$@") || status=$?
environment numpy1 'numpy==1.26.*' 'pandas<3' pytest --
(cd python/tests && "$cache/numpy1/bin/python" -m pytest -c ../pyproject.toml "$@") || status=$?
# PyTorch is large: only where it was asked for before, by WEND_PYTHON_TORCH=1.
if [ -n "${WEND_PYTHON_TORCH:-}" ] || [ -x "$cache/torch/bin/python" ]; then
    [ -x "$cache/torch/bin/python" ] || python3 -m venv "$cache/torch"
    if "$cache/torch/bin/python" -m pip install --quiet --extra-index-url https://download.pytorch.org/whl/cpu 'torch<3' torch_geometric pandas pytest scipy; then
        "$cache/torch/bin/python" -m pip install --quiet --force-reinstall --no-deps "$wheel"
        (cd python/tests && "$cache/torch/bin/python" -m pytest -c ../pyproject.toml test_pyg.py test_sklearn.py "$@") || status=$?
    else
        echo "skipped: torch and torch_geometric cannot be installed here"
    fi
else
    echo "skipped: tests with PyTorch; WEND_PYTHON_TORCH=1 installs it"
fi
exit "$status"
