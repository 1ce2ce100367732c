#!/usr/bin/env bash
# Turns a list of edges, `u<TAB>v` a line with node numbers from 0, into the CSV files of `wend import`.
# usage: bench/tsv_to_csv.sh GRAPH.tsv OUT_DIR     writes OUT_DIR/nodes.csv and OUT_DIR/edges.csv
set -euo pipefail

if [ $# != 2 ]; then
    sed -n '2,3s/^# //p' "$0" >&2
    exit 2
fi
mkdir -p "$2"
awk -F '\t' -v nodes="$2/nodes.csv" -v edges="$2/edges.csv" '
    BEGIN { print "_id,_labels" > nodes; print "_from,_to,_label" > edges; last = -1 }
    NF < 2 || $1 !~ /^[0-9]+$/ || $2 !~ /^[0-9]+$/ { printf "%s:%d: not an edge: %s\n", FILENAME, NR, $0 > "/dev/stderr"; bad = 1; exit 1 }
    { print $1 "," $2 ",E" > edges; if ($1 + 0 > last) last = $1 + 0; if ($2 + 0 > last) last = $2 + 0 }
    END { if (bad) exit 1; for (i = 0; i <= last; i++) print i ",N" > nodes }
' "$1"
