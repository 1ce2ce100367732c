#!/usr/bin/env bash
# Installs the drivers of other people, starts a server on a free port, runs the scenarios with each, and writes the table
# of docs/drivers.md. What is installed stays in WEND_DRIVERS_DIR (default ~/.cache/wend-drivers), outside the clone.
# usage: tests/drivers/run.sh [DRIVER...], such as py-6.4.1 js-5.28.3; without arguments all
#        tests/drivers/run.sh --ci     a few of them, within ten minutes; without a network it says so and passes
# Go's driver is run where Go is. WEND_GO_DRIVER names a folder with its sources where Go has no way to fetch them, and
# WEND_GO_DRIVER_VERSION their version.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/env.sh

here="$PWD/tests/drivers"
cache="${WEND_DRIVERS_DIR:-$HOME/.cache/wend-drivers}"
wend="${WEND:-$CARGO_TARGET_DIR/release/wend}"
all=(py-4.4.13 py-5.28.3 py-6.4.1 py-6.4.1-rust js-5.28.3 js-6.3.0 neo4rs-0.9.0-rc.11 "go-${WEND_GO_DRIVER_VERSION:-5.25.0}" http-6.4.1)
drivers=("$@")
[ $# -gt 0 ] || drivers=("${all[@]}")
ci=
if [ "${1:-}" = --ci ]; then
    ci=yes
    drivers=(py-4.4.13 py-6.4.1 http-6.4.1 js-6.3.0 "go-${WEND_GO_DRIVER_VERSION:-5.25.0}")
fi
mkdir -p "$cache"
work="$(mktemp -d "${TMPDIR:-/tmp}/wend-drivers.XXXXXX")"

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
    local version="${1#*-}"
    case "$1" in
        py-*)
            [ -x "$cache/$1/bin/python" ] || python3 -m venv "$cache/$1"
            if [ ! -e "$cache/$1/installed" ]; then
                local packages=("neo4j==${version%-rust}" numpy)
                [ "$version" = "${version%-rust}" ] || packages=("neo4j==${version%-rust}" "neo4j-rust-ext==${version%-rust}.*" numpy)
                "$cache/$1/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" &&
                    touch "$cache/$1/installed"
            fi
            ;;
        http-*)
            [ -x "$cache/$1/bin/python" ] || python3 -m venv "$cache/$1"
            if [ ! -e "$cache/$1/installed" ]; then
                "$cache/$1/bin/python" -m pip install --quiet --disable-pip-version-check "neo4j==$version" aiohttp urllib3 numpy pyarrow &&
                    touch "$cache/$1/installed"
            fi
            ;;
        neo4rs-*)
            CARGO_TARGET_DIR="$cache/neo4rs-target" cargo build --quiet --manifest-path "$here/neo4rs/Cargo.toml"
            ;;
        go-*)
            command -v go >/dev/null || { echo "error: there is no Go here" >&2; return 1; }
            local module=github.com/neo4j/neo4j-go-driver/v5
            mkdir -p "$cache/$1"
            cp "$here/scenarios.go" "$cache/$1/main.go"
            (
                cd "$cache/$1"
                [ -f go.mod ] || go mod init drivers
                go mod edit -require="$module@v$version"
                [ -z "${WEND_GO_DRIVER:-}" ] || go mod edit -replace="$module=$WEND_GO_DRIVER"
                GOFLAGS=-mod=mod go build -o drivers .
            )
            ;;
        js-*)
            mkdir -p "$cache/$1"
            [ -d "$cache/$1/node_modules/neo4j-driver" ] || (cd "$cache/$1" && npm install --loglevel error --no-audit --no-fund "neo4j-driver@$version")
            ;;
    esac
}

scenarios() {
    case "$1" in
        py-*) "$cache/$1/bin/python" "$here/scenarios.py" "$uri" wend "$password" ;;
        http-*) "$cache/$1/bin/python" "$here/scenarios_http.py" "$uri" wend "$password" ;;
        neo4rs-*) "$cache/neo4rs-target/debug/wend-driver-neo4rs" "$uri" wend "$password" ;;
        go-*) "$cache/$1/drivers" "$uri" wend "$password" ;;
        js-*) (cd "$cache/$1" && node "$here/scenarios.mjs" "$uri" wend "$password") ;;
    esac
}

status=0
ran=()
for driver in "${drivers[@]}"; do
    echo "== $driver"
    if [ -n "$ci" ] || [ "${driver%%-*}" = go ]; then
        # What cannot be installed here is no failure of the server.
        if ! ( export PIP_DEFAULT_TIMEOUT=15 PIP_RETRIES=1 npm_config_fetch_retries=0; install "$driver" ) </dev/null >"$work/install" 2>&1; then
            echo "skipped: $driver cannot be installed here: $(grep -m 1 -i error "$work/install" || tail -n 1 "$work/install")"
            continue
        fi
    else
        install "$driver"
    fi
    ran+=("$driver")
    scenarios "$driver" 2>"$work/$driver.err" | tee "$work/$driver.txt" || { status=1; cat "$work/$driver.err"; }
done

# The table, when all were run.
if [ $# -eq 0 ]; then
    # The table of the clients, scripts/clients.sh, stays.
    sed -n '/^## Clients$/,$p' docs/drivers.md >"$work/clients.md"
    {
        printf '# Drivers\n\nWritten by `make test-drivers`, which installs these drivers and runs each scenario against a server.\n'
        printf 'What the scenarios do is in [tests/drivers](../tests/drivers).\n\n| scenario |'
        printf ' %s |' "${ran[@]}"
        printf '\n|---|'
        printf '%s' "${ran[@]/*/---|}"
        printf '\n'
        cut -f1 "$work/${ran[0]}.txt" | while read -r name; do
            printf '| %s |' "${name//_/ }"
            for driver in "${ran[@]}"; do
                case "$(grep -P "^$name\t" "$work/$driver.txt" | cut -f2)" in
                    ok) printf ' ok |' ;;
                    '') printf ' |' ;;
                    *) printf ' **no** |' ;;
                esac
            done
            printf '\n'
        done
        printf '\n`py` is the Python package neo4j, `-rust` with neo4j-rust-ext; `js` the npm package neo4j-driver; `neo4rs` the crate,\nwhich has no managed transactions; `go` the module neo4j-go-driver, where Go is there%s;\n`http` the Python package with an `http://` address, and pyarrow.\n' \
            "${WEND_GO_DRIVER:+ (this column: built from a folder with a copy of its sources)}"
        if [ -s "$work/clients.md" ]; then
            printf '\n'
            cat "$work/clients.md"
        fi
    } >docs/drivers.md
fi
exit "$status"
