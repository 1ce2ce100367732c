#!/usr/bin/env bash
# The demo: loads two real graphs, runs all modes of algo.node2vec on them and queries the vectors that were written.
# Works on temporary databases and leaves nothing behind. Any step that fails ends it with an exit status other than 0.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

wend="$CARGO_TARGET_DIR/release/wend"
if [ ! -x "$wend" ]; then
    echo "demo: $wend is missing: run \`make demo\`, which builds it" >&2
    exit 1
fi
work="$(mktemp -d "${TMPDIR:-/tmp}/wend-demo.XXXXXX")"
trap 'rm -rf "$work"' EXIT
karate="$work/karate.wend"
social="$work/social.wend"

if [ -t 1 ]; then bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'; else bold="" dim="" plain=""; fi
number=0
step() { number=$((number + 1)); printf '\n%s%d. %s%s\n' "$bold" "$number" "$1" "$plain"; [ $# -lt 2 ] || printf '   %s\n' "${@:2}"; }

# Shows a statement and runs it.
gql() {
    local database="$1" statement="$2"
    printf '\n%s' "$dim"
    printf '%s\n' "$statement" | sed 's/^/   gql> /; 2,$s/gql>/    /'
    printf '%s' "$plain"
    "$wend" "$database" -c "$statement" </dev/null
}

# Shows a command of the shell and runs it.
run() {
    printf '\n%s   $ %s%s\n' "$dim" "$*" "$plain"
    "${@/#wend/$wend}" </dev/null
}

# The value of one column of a statement's only row.
value() {
    "$wend" "$1" --format csv -c "$2" </dev/null | tail -n 1 | tr -d '\r'
}

expect() {
    if [ "$2" != "$3" ]; then
        echo "demo: $1 should be $3, but is $2" >&2
        exit 1
    fi
    printf '   checked: %s = %s\n' "$1" "$2"
}

SECONDS=0
printf '%sWendDB: a graph database that speaks GQL, with node embeddings a query away.%s\n' "$bold" "$plain"

step "Import Zachary's karate club" "34 members, 78 friendships, from two CSV files into a new database."
run wend import "$karate" --nodes data/karate/nodes.csv --edges data/karate/edges.csv
gql "$karate" 'MATCH (m:Member) RETURN m.club AS club, COUNT(*) AS members ORDER BY club'

step "Ask first what it would cost: estimate"
gql "$karate" 'CALL algo.node2vec.estimate({dimensions: 32})'

step "run: the result as a table" "One embedding for each node. Four dimensions here, so that they fit on a line."
gql "$karate" 'CALL algo.node2vec({dimensions: 4, weight: "weight"}) YIELD nodeId, embedding RETURN nodeId, embedding LIMIT 5'

step "stream: the same rows, one by one, into more GQL" "Each vector is joined with its node, as a MATCH goes on from the rows of the call."
gql "$karate" 'CALL algo.node2vec.stream({dimensions: 32, walkLength: 20}) YIELD nodeId, embedding
MATCH (m {_id: nodeId})
RETURN m.club AS club, COUNT(*) AS vectors, MIN(SIZE(embedding)) AS dimensions
ORDER BY club'

step "stats: figures only"
gql "$karate" 'CALL algo.node2vec.stats({dimensions: 32, walkLength: 20})'

step "write: into the database, as a property of the nodes" "In one atomic commit; with q = 0.5 the walks go far, which brings out the communities."
gql "$karate" 'CALL algo.node2vec.write({dimensions: 32, walkLength: 20, q: 0.5}, {db: {property: "embedding"}}) YIELD task_id, nodesWritten, computeTimeMs, writeTimeMs'
gql "$karate" 'SHOW TASKS YIELD task_id, type, status, progress, nodes_written'

step "Query the vectors" "Who is most like member 0, by the cosine of the embeddings? The club is the side each took when the club split."
gql "$karate" 'MATCH (a {_id: "0"}), (b)
WHERE a._id <> b._id
RETURN b._id AS member, b.club AS club, cosine_similarity(a.embedding, b.embedding) AS similarity
ORDER BY similarity DESC NULLS LAST
LIMIT 5'
expect "members with an embedding" "$(value "$karate" 'MATCH (m) WHERE m.embedding IS NOT NULL RETURN COUNT(*) AS c')" 34

step "The same on a social network" "2,513 people, interests, schools, employers and places; 8,037 edges of six kinds."
run wend import "$social" --nodes data/social/nodes.csv --edges data/social/edges.csv
gql "$social" 'MATCH (a)-[e]->(b) RETURN LABELS(a) AS source, TYPE(e) AS edge, LABELS(b) AS target, COUNT(*) AS edges ORDER BY edges DESC'
gql "$social" 'CALL algo.node2vec.write({dimensions: 64, walkLength: 40}, {db: {property: "embedding"}}) YIELD nodesWritten, computeTimeMs, writeTimeMs'
expect "nodes with an embedding" "$(value "$social" 'MATCH (n) WHERE n.embedding IS NOT NULL RETURN COUNT(*) AS c')" 2513

step "People like Bryn Davies" "Close by whom they know, what they like, where they live, study and work."
gql "$social" 'MATCH (a:Person {name: "Bryn Davies"}), (b:Person)
WHERE a._id <> b._id
RETURN b.name AS person, cosine_similarity(a.embedding, b.embedding) AS similarity
ORDER BY similarity DESC NULLS LAST
LIMIT 5'

step "Tags near Bryn Davies" "The vectors of people and tags lie in one space: the same query, another label."
gql "$social" 'MATCH (a:Person {name: "Bryn Davies"}), (t:Tag)
RETURN t.name AS tag, cosine_similarity(a.embedding, t.embedding) AS similarity
ORDER BY similarity DESC NULLS LAST
LIMIT 5'

printf '\n%sDone in %d s.%s Next: README.md has a tour; `make install` puts `wend` into your PATH.\n' "$bold" "$SECONDS" "$plain"
