#!/usr/bin/env bash
# Runs python/tests/spark over the wheel: on Sail, an engine without Java that speaks Spark Connect, and on Spark itself, which needs
# Java 17 or newer; with classic sessions, through Spark Connect, and on two executors that are killed. Environments are kept in
# WEND_PYTHON_DIR (default ~/.cache/wend-python). What cannot be had here is skipped with its reason.
# usage: scripts/spark.sh [--sail] [arguments of pytest]     --sail: on Sail alone
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

sail_only=""
if [ "${1:-}" = --sail ]; then sail_only=1; shift; fi
if ! command -v python3 >/dev/null || ! python3 -c 'import sys; raise SystemExit(sys.version_info < (3, 10))'; then
    echo "skipped: the tests on Spark need Python 3.10 or newer"
    exit 0
fi
cache="${WEND_PYTHON_DIR:-$HOME/.cache/wend-python}"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_DEFAULT_TIMEOUT=30
mkdir -p "$cache"
wheel="$(scripts/wheel.sh | tail -n 1)"
status=0

# Makes the environment $1 with the other arguments and the wheel; fails with a reason where it cannot be had.
environment() {
    local place="$cache/$1" log
    shift
    log="$(mktemp)"
    [ -x "$place/bin/python" ] || python3 -m venv "$place"
    if ! "$place/bin/python" -m pip install --quiet "$@" 2>"$log"; then
        echo "$(grep -m 1 -i error "$log" || tail -n 1 "$log")"
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
    "$place/bin/python" -m pip install --quiet --force-reinstall --no-deps "$wheel"
}

# Runs the tests on the engine $1 in the environment $2.
run() {
    local engine="$1" place="$cache/$2"
    shift 2
    echo "spark: on $engine"
    (cd python/tests/spark && WEND_SPARK="$engine" "$place/bin/python" -m pytest -c ../../pyproject.toml "$@") || status=$?
}

# Sail 0.7 takes clients of Spark 4.1.
if reason="$(environment sail pysail==0.7.2 'pyspark-client==4.1.*' pyarrow pytest 'numpy>=2')"; then
    run sail sail "$@"
else
    echo "skipped: the tests on Sail: $reason"
fi
[ -z "$sail_only" ] || exit "$status"

java="$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)"
if [ -z "$java" ] || [ "$java" -lt 17 ]; then
    echo "skipped: the tests on Spark: there is no Java 17 or newer here (Debian: apt-get install openjdk-17-jre-headless)"
elif reason="$(environment spark 'pyspark[connect]>=4.1,<5' pyarrow pytest 'numpy>=2')"; then
    run classic spark "$@"
    run connect spark test_bits.py "$@"
    run kill spark -k killed_in_any_phase -s "$@"
else
    echo "skipped: the tests on Spark: $reason"
fi
exit "$status"
