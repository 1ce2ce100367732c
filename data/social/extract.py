#!/usr/bin/env python3
"""Makes nodes.csv and edges.csv of this folder from the tiny test data of LDBC SNB.

usage: extract.py SOURCE_DIR OUT_DIR

SOURCE_DIR holds the whole data set as two files of the form that `wend import` reads, nodes.csv.gz and edges.csv.gz, with
ids like person:94. Kept are the persons, the organisations they study or work at, the places they live in, the tags they
are interested in with the tags' classes, and the edges between these; of the properties only names and a few facts.
"""
import csv
import gzip
import sys
from datetime import datetime, timezone

EDGES = {  # label of the edge: (kind of the start, kind of the end)
    "KNOWS": ("person", "person"),
    "HAS_INTEREST": ("person", "tag"),
    "STUDY_AT": ("person", "organisation"),
    "WORK_AT": ("person", "organisation"),
    "IS_LOCATED_IN": ("person", "place"),
    "HAS_TYPE": ("tag", "tagclass"),
}


def rows(path):
    with gzip.open(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def kind(node):
    return node.split(":")[0]


def day(milliseconds):
    return datetime.fromtimestamp(int(milliseconds) / 1000, timezone.utc).strftime("%Y-%m-%d") if milliseconds else ""


source, out = sys.argv[1:3]
edges = [row for row in rows(f"{source}/edges.csv.gz") if EDGES.get(row["_label"]) == (kind(row["_from"]), kind(row["_to"]))]
kept = {row["_from"] for row in edges if kind(row["_from"]) == "person"} | {row["_to"] for row in edges if kind(row["_from"]) == "person"}
edges = [row for row in edges if row["_from"] in kept]
kept |= {row["_to"] for row in edges}

with open(f"{out}/nodes.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["_id", "_labels", "name:STRING", "gender:STRING", "birthday:DATE", "type:STRING"])
    for row in rows(f"{source}/nodes.csv.gz"):
        if row["_id"] in kept:
            name = f"{row['firstName']} {row['lastName']}".strip() or row["name"]
            writer.writerow([row["_id"], row["_labels"], name, row["gender"], day(row["birthday"]), row["type"]])
with open(f"{out}/edges.csv", "w", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["_from", "_to", "_label", "since:DATE", "year:INT64"])
    for row in edges:
        since = day(row["creationDate"]) if row["_label"] == "KNOWS" else ""
        writer.writerow([row["_from"], row["_to"], row["_label"], since, row["classYear"] or row["workFrom"]])
