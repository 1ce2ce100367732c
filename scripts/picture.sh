#!/usr/bin/env bash
# Draws docs/images/karate.svg, the picture in README.md: the members of Zachary's karate club where the first two principal
# components of their node2vec vectors place them. Run it from the root of the repository with `wend` in PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wend import "$work/club.wend" --nodes data/karate/nodes.csv --edges data/karate/edges.csv >/dev/null
wend "$work/club.wend" -c "CALL algo.node2vec.write({method: 'spectral', dimensions: 16}, {db: {property: 'embedding'}})" >/dev/null
wend "$work/club.wend" --format csv -c "
    CALL algo.pca({property: 'embedding'}) YIELD nodeId, coordinates
    MATCH (n {_id: nodeId})
    RETURN nodeId, coordinates[0] AS x, coordinates[1] AS y, n.club AS club" | tail -n +2 >"$work/nodes"
wend "$work/club.wend" --format csv -c "MATCH (a)-[:KNOWS]->(b) RETURN a._id, b._id" | tail -n +2 >"$work/edges"

awk -F, -v width=640 -v height=300 -v margin=24 '
    FNR == NR {
        id[++count] = $1; x[$1] = $2; y[$1] = $3; club[$1] = $4
        if (count == 1 || $2 < left) left = $2
        if (count == 1 || $2 > right) right = $2
        if (count == 1 || $3 < low) low = $3
        if (count == 1 || $3 > high) high = $3
        next
    }
    { from[++edges] = $1; to[edges] = $2 }
    function px(n) { return margin + (x[n] - left) / (right - left) * (width - 2 * margin) }
    function py(n) { return height - margin - (y[n] - low) / (high - low) * (height - 2 * margin) }
    END {
        printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", width, height, width, height
        print "<title>The karate club: members placed by their embeddings, coloured by the club they joined later</title>"
        print "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
        print "<g stroke=\"#bbb\" stroke-opacity=\".6\">"
        for (e = 1; e <= edges; e++)
            printf "<path d=\"M%.0f %.0fL%.0f %.0f\"/>\n", px(from[e]), py(from[e]), px(to[e]), py(to[e])
        print "</g>"
        print "<g font-family=\"sans-serif\" font-size=\"9\" text-anchor=\"middle\" fill=\"#fff\">"
        for (n = 1; n <= count; n++) {
            member = id[n]
            colour = club[member] ~ /Hi/ ? "#2b6cb0" : "#c05621"
            printf "<circle cx=\"%.0f\" cy=\"%.0f\" r=\"9\" fill=\"%s\"/>", px(member), py(member), colour
            printf "<text x=\"%.0f\" y=\"%.0f\">%s</text>\n", px(member), py(member) + 3, member
        }
        print "</g>\n</svg>"
    }' "$work/nodes" "$work/edges" >docs/images/karate.svg
echo "docs/images/karate.svg"
