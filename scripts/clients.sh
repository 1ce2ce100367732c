#!/usr/bin/env bash
# Installs programs that live on such databases, starts a server on a free port, runs the scenarios of tests/clients with each,
# and writes their table in docs/drivers.md. What is installed stays in WEND_CLIENTS_DIR (default ~/.cache/wend-clients): each
# client in an environment of its own, since they want different versions of the same packages.
# usage: scripts/clients.sh [CLIENT...], such as neomodel-7.0.0; without arguments all, and only then the table is written
# A client that cannot be installed here is skipped, with the reason.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

cache="${WEND_CLIENTS_DIR:-$HOME/.cache/wend-clients}"
wend="${WEND:-$CARGO_TARGET_DIR/release/wend}"
all=(langchain-neo4j-0.11.0 llama-index-graph-stores-neo4j-0.8.0 neo4j-graphrag-1.22.0 neomodel-7.0.0 gqlalchemy-1.10.0 graphdatascience-2.2 mcp-neo4j-cypher-0.6.0 graphiti-core-0.31.2)
clients=("$@")
[ $# -gt 0 ] || clients=("${all[@]}")
mkdir -p "$cache"
work="$(mktemp -d "${TMPDIR:-/tmp}/wend-clients.XXXXXX")"

"$wend" serve "$work/db" --listen 127.0.0.1:0 >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    grep -q '^serving' "$work/log" && break
    sleep 0.1
done
uri="$(sed -n 's/^serving .* at \(bolt:[^,]*\),.*/\1/p' "$work/log")"
password="$(sed -n 's/^the first user is wend, the password //p' "$work/log")"
[ -n "$uri" ] || { cat "$work/log" >&2; exit 1; }

install() {
    [ ! -e "$cache/$1/installed" ] || return 0
    local packages=("${1%-*}==${1##*-}")
    # Its graphs of other libraries want the older numpy.
    [ "${1%-*}" != gqlalchemy ] || packages+=("numpy<2")
    # It does not say that it needs it.
    [ "${1%-*}" != graphiti-core ] || packages+=(httpx)
    python3 -m venv "$cache/$1" &&
        "$cache/$1/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" &&
        touch "$cache/$1/installed"
}

status=0
ran=()
for client in "${clients[@]}"; do
    echo "== $client"
    if ! (export PIP_DEFAULT_TIMEOUT=15 PIP_RETRIES=1; install "$client") </dev/null >"$work/install" 2>&1; then
        echo "skipped: $client cannot be installed here: $(grep -m 1 -i error "$work/install" || tail -n 1 "$work/install")"
        continue
    fi
    ran+=("$client")
    "$cache/$client/bin/python" "tests/clients/${client%-*}.scenarios.py" "$uri" wend "$password" 2>"$work/$client.err" |
        tee "$work/$client.txt" || { status=1; cat "$work/$client.err" >&2; }
done

# The table, when all were run and there are any.
if [ $# -eq 0 ] && [ ${#ran[@]} -gt 0 ]; then
    sed '/^## Clients$/,$d' docs/drivers.md | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/drivers.md"
    {
        printf '\n## Clients\n\nWritten by `make test-clients`, which installs these programs and runs their scenarios against a server.\n'
        printf 'What the scenarios do is in [tests/clients](../tests/clients).\n\n| client | version | scenario | |\n|---|---|---|---|\n'
        for client in "${ran[@]}"; do
            while IFS=$'\t' read -r name outcome; do
                # Some programs print lines of their own.
                [[ "$name" =~ ^[a-z0-9_]+$ && -n "$outcome" ]] || continue
                case "$outcome" in
                    ok | waits*) ;;
                    *) outcome='**no**' ;;
                esac
                printf '| %s | %s | %s | %s |\n' "${client%-*}" "${client##*-}" "${name//_/ }" "$outcome"
            done <"$work/$client.txt"
        done
    } >>"$work/drivers.md"
    cp "$work/drivers.md" docs/drivers.md
fi
exit "$status"
