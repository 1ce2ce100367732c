#!/usr/bin/env bash
# Measures whole processes: import, node2vec in the modes stats and write, and queries, on graphs given as lists of edges.
# usage: bench/end_to_end.sh [GRAPH.tsv]...     (see bench/README.md)
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
. "$here/../scripts/env.sh"

wend="${WEND:-$CARGO_TARGET_DIR/release/wend}"
out="${OUT:-$here/out}"
walk="${WALK:-}"
repeat="${REPEAT:-1}"
if [ ! -x "$wend" ]; then
    echo "end_to_end: $wend is missing; run \`make build\`" >&2
    exit 1
fi
mkdir -p "$out"

# GNU time tells the peak memory; bash's own does not.
gnu_time=""
for candidate in /usr/bin/time gtime; do
    if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -v true >/dev/null 2>&1; then gnu_time="$candidate"; break; fi
done

# A made graph with communities: blocks of 400 nodes, 7 of 10 edges within. The generator is that of Park and Miller.
made() {
    awk -v n=20000 -v m=200000 -v block=400 '
        function draw(bound) { state = state * 16807 % 2147483647; return int(state / 2147483647 * bound) }
        BEGIN {
            state = 42
            for (i = 0; i < m; i++) {
                u = draw(n)
                v = draw(10) < 7 ? int(u / block) * block + draw(block) : draw(n)
                if (u == v) continue
                if (u > v) { t = u; u = v; v = t }
                if (!((u, v) in seen)) { seen[u, v] = 1; printf "%d\t%d\n", u, v }
            }
        }'
}

# measure NAME COMMAND...: runs it, and prints a line of the table
measure() {
    local name="$1" round log="$out/time.log"
    shift
    for round in $(seq "$repeat"); do
        if [ -n "$gnu_time" ]; then
            if ! "$gnu_time" -v -o "$log" "$@" </dev/null >"$out/stdout.log" 2>"$out/stderr.log"; then
                echo "end_to_end: failed: $*" >&2
                cat "$out/stderr.log" >&2
                exit 1
            fi
            awk -v name="$name" '
                /Elapsed \(wall clock\)/ { count = split($NF, part, ":"); wall = 0; for (i = 1; i <= count; i++) wall = wall * 60 + part[i] }
                /User time/ { cpu += $NF }
                /System time/ { cpu += $NF }
                /Maximum resident/ { peak = $NF / 1024 }
                END { printf "| %s | %.2f | %.2f | %.0f |\n", name, wall, cpu, peak }' "$log"
        else
            local TIMEFORMAT='%R %U %S'
            if ! { time "$@" </dev/null >"$out/stdout.log" 2>"$out/stderr.log"; } 2>"$log"; then
                echo "end_to_end: failed: $*" >&2
                cat "$out/stderr.log" >&2
                exit 1
            fi
            awk -v name="$name" '{ printf "| %s | %.2f | %.2f | - |\n", name, $1, $2 + $3 }' "$log"
        fi
    done
}

if [ $# = 0 ]; then
    [ -s "$out/made.tsv" ] || made >"$out/made.tsv"
    set -- "$out/made.tsv"
fi

echo "$(uname -sm), $(getconf _NPROCESSORS_ONLN) cores, $("$wend" --version 2>/dev/null || echo wend), $(date -u +%Y-%m-%d)"
for graph in "$@"; do
    name="$(basename "$graph" .tsv)"
    files="$out/$name"
    database="$out/$name.wend"
    "$here/tsv_to_csv.sh" "$graph" "$files"
    rm -rf "$database"
    printf '\n%s: %d nodes, %d edges\n\n' "$name" "$(($(wc -l <"$files/nodes.csv") - 1))" "$(($(wc -l <"$files/edges.csv") - 1))"
    echo "| process | wall s | user+sys s | peak MB |"
    echo "|---|---|---|---|"
    if [ "$repeat" = 1 ]; then
        measure import "$wend" import "$database" --nodes "$files/nodes.csv" --edges "$files/edges.csv"
    else
        # Every import goes into a new database.
        saved="$repeat" repeat=1
        for _ in $(seq "$saved"); do
            rm -rf "$database"
            measure import "$wend" import "$database" --nodes "$files/nodes.csv" --edges "$files/edges.csv"
        done
        repeat="$saved"
    fi
    measure "open and count" "$wend" "$database" -c 'MATCH (n) RETURN COUNT(*) AS nodes'
    measure "count edges" "$wend" "$database" -c 'MATCH ()-[e]->() RETURN COUNT(*) AS edges'
    measure "node2vec.stats" "$wend" "$database" -c "CALL algo.node2vec.stats({$walk})"
    measure "node2vec.write" "$wend" "$database" -c "CALL algo.node2vec.write({$walk}, {db: {property: 'embedding'}})"
    measure "nearest 10 of node 0" "$wend" "$database" -c \
        "MATCH (a {_id: '0'}), (b) RETURN b._id AS id, cosine_similarity(a.embedding, b.embedding) AS s ORDER BY s DESC LIMIT 10"
done
