#!/usr/bin/env python3
"""A copy of the tiny social network for the repository, of a third of its size, with the same answers.

usage: bench/ldbc/shrink.py DIRECTORY OUT
Left out: tags that nothing has, but for those of the classes that BI2 asks for, organisations without students and staff, the tags of forums,
and the properties that no query reads (url, the address and browser of messages). OUT gets nodes.csv.gz and edges.csv.gz, the same bytes in every run."""
import csv, gzip, io, json, pathlib, sys

import reference

READ = ["firstName", "lastName", "gender", "birthday", "creationDate", "locationIP", "browserUsed", "language", "email", "title", "imageFile",
        "content", "length", "name", "type"]
MESSAGE = {"locationIP", "browserUsed"}


def write(path, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    with open(path, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=9, mtime=0) as packed:
        packed.write(text.getvalue().encode())


def main():
    source, out = map(pathlib.Path, sys.argv[1:])
    parameters = json.loads((reference.HERE / "parameters.json").read_text())
    classes = {given["tagClass"] for given in parameters["bi2"]}  # It gives a row to a tag that nothing has.
    nodes, edges = list(reference.table(source, "nodes")), list(reference.table(source, "edges"))
    edges = [edge for edge in edges if not (edge["_label"] == "HAS_TAG" and edge["_from"].startswith("forum:"))]
    used = {edge["_to"] for edge in edges if edge["_label"] in ("HAS_TAG", "HAS_INTEREST", "STUDY_AT", "WORK_AT")}
    named = {node["_id"] for node in nodes if node["_labels"] == "TagClass" and node["name"] in classes}
    used |= {edge["_from"] for edge in edges if edge["_label"] == "HAS_TYPE" and edge["_to"] in named}
    kept = [node for node in nodes if node["_labels"] not in ("Tag", "Organisation") or node["_id"] in used]
    ids = {node["_id"] for node in kept}

    def value(node, key):
        return "" if key in MESSAGE and node["_labels"] in ("Post", "Comment") else node.get(key, "")

    write(out / "nodes.csv.gz", [["_id", "_labels", *READ]] + [[n["_id"], n["_labels"], *(value(n, key) for key in READ)] for n in kept])
    header = ["_from", "_to", "_label", "creationDate", "joinDate", "classYear", "workFrom"]
    write(out / "edges.csv.gz", [header] + [[e.get(key, "") for key in header] for e in edges if e["_from"] in ids and e["_to"] in ids])


if __name__ == "__main__":
    main()
