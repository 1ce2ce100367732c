#!/usr/bin/env python3
"""quality.py [--seeds 10] [--only NAME ...] [--wend BINARY] [--set name=JSON ...]   scores of algo.gnn_embed on Cora, AIFB, papers

Imports the data sets of $WEND_SHARED/datasets, and the made network of papers.py, with the `wend` binary, trains with the seeds 0, 1, .. and prints a line of JSON per
row and a table in the end: mean and sample deviation of the test score. Rows with a target take the score that the procedure
reports for the test part; the others write the embedding into the database, read it back and fit scikit-learn's logistic
regression on the training part, its C chosen on the validation part. Nothing is chosen by a test label. `--set` adds or replaces
parameters of every row, to try others. Needs numpy and scikit-learn.
"""
import argparse
import json
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "2")
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import papers
from common import ROOT, Wend, datasets, gql, open_text, rows, spread, work_folder

warnings.filterwarnings("ignore", category=ConvergenceWarning)
# As the reference code of each paper: rows of features sum to 1.
WORDS = {"features": [{"property": "features", "scale": "l1"}]}
CLASS = {"target": "class", "split": "split"}
# name: data set, parameters, whether logistic regression judges, the score that must be reached
ROWS = {
    "cora gcn": ("cora", {"model": "gcn", **CLASS, **WORDS}, False, 81.0),
    # Heads and dropout of the paper, learning rate by default; width and patience chosen on the validation part.
    "cora gat": (
        "cora",
        {"model": "gat", "heads": 8, "dropout": 0.6, "dimensions": 128, "patience": 50, **CLASS, **WORDS},
        False,
        82.0,
    ),
    "cora graphsage": ("cora", {"model": "graphsage", **CLASS, **WORDS}, False, 79.5),
    # The width of the paper.
    "cora gcn 16": ("cora", {"model": "gcn", "hiddenDimensions": 16, **CLASS, **WORDS}, False, 81.0),
    "papers gcn 16": ("papers", {"model": "gcn", "hiddenDimensions": 16, **CLASS, **WORDS}, False, 73.0),
    "papers gcn": ("papers", {"model": "gcn", **CLASS, **WORDS}, False, 78.0),
    "cora dgi": ("cora", {"model": "gcn", "layers": 1, "dimensions": 512, "loss": "dgi", **WORDS}, True, 80.5),
    "cora graphsage unsupervised": ("cora", {"model": "graphsage", "dimensions": 128, **WORDS}, True, 78.0),
    "cora sgc": ("cora", {"model": "sgc", "layers": 4, **WORDS}, True, 79.5),
    "aifb rgcn": ("aifb", {"model": "rgcn", "features": [], **CLASS}, False, 90.0),
}


def cora(folder):
    """nodes.csv with the words of each paper as one VECTOR."""
    source = os.path.join(datasets(), "cora")
    words = {}
    with open_text(os.path.join(source, "features.txt")) as file:
        for line in file:
            node, *entries = line.split()
            words[node] = {int(key): float(value) for key, value in (entry.split(":") for entry in entries)}
    width = 1 + max(max(entry) for entry in words.values() if entry)
    path = os.path.join(folder, "nodes.csv")
    with open(path, "w") as file:
        file.write("_id,_labels,class:INT64,split,features:VECTOR\n")
        for row in rows(os.path.join(source, "nodes.csv")):
            entry = words.get(row["_id"], {})
            vector = ",".join(f"{entry.get(column, 0):g}" for column in range(width))
            file.write(f'{row["_id"]},{row["_labels"]},{row["class"]},{row["split"]},"[{vector}]"\n')
    return path, os.path.join(source, "edges.csv")


def aifb(_folder):
    source = os.path.join(datasets(), "aifb")
    return tuple(os.path.join(source, name + ".csv.gz") for name in ("nodes", "edges"))


def judged(found):
    """Validation and test accuracy of logistic regression, its C chosen on the validation part."""
    vectors = np.array([row["e"] for row in found], np.float32)
    # One centring and one scale for all columns, so that the same C suits every method.
    vectors -= vectors.mean(0)
    vectors *= np.sqrt(vectors.shape[1] / (vectors**2).sum(1).mean())
    labels = np.array([row["class"] for row in found])
    part = np.array([row["split"] or "" for row in found])
    best = (-1.0, 0.0)
    for c in (0.001, 0.01, 0.1, 1.0):
        model = LogisticRegression(C=c, max_iter=300).fit(vectors[part == "train"], labels[part == "train"])
        valid = model.score(vectors[part == "val"], labels[part == "val"])
        best = max(best, (valid, model.score(vectors[part == "test"], labels[part == "test"])), key=lambda pair: pair[0])
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="*", default=list(ROWS))
    parser.add_argument("--set", nargs="*", default=[])
    parser.add_argument("--wend", default=os.path.join(ROOT, "target", "release", "wend"))
    given = parser.parse_args()
    changes = {name: json.loads(value) for name, value in (item.split("=", 1) for item in given.set)}
    made, table = {}, []
    for name in given.only:
        data, options, judge, must = ROWS[name]
        if data not in made:
            folder = work_folder(f"quality-{os.getpid()}-{data}")
            made[data] = Wend(given.wend, os.path.join(folder, "db")).imported(*{"cora": cora, "aifb": aifb, "papers": papers.write}[data](folder))
        scores, valids, epochs, started = [], [], [], time.time()
        for seed in range(given.seeds):
            call = gql({**options, **changes, "seed": seed})
            if judge:
                answer = made[data].ask(
                    f"CALL algo.gnn_embed.write({call}, {{db: {{property: 'e'}}}}) YIELD nodesWritten",
                    "MATCH (n) RETURN n.e AS e, n.class AS class, n.split AS split",
                    "MATCH (n) REMOVE n.e",
                )
                valid, score = judged([row for row in answer if "e" in row])
                valids.append(100 * valid)
                scores.append(100 * score)
            else:
                stats = made[data].ask(f"CALL algo.gnn_embed.stats({call}) YIELD testScore, validationScore, epochsRun")[0]
                scores.append(100 * stats["testScore"])
                valids.append(100 * (stats["validationScore"] or 0))
                epochs.append(stats["epochsRun"])
            print(f"{name}, seed {seed}: {scores[-1]:.1f}, on validation {valids[-1]:.1f}", file=sys.stderr, flush=True)
            if data == "cora" and options["model"] == "sgc":
                break  # Nothing is drawn at random.
        mean, deviation = spread(scores)
        row = {"row": name, "mean": round(mean, 2), "sd": round(deviation, 2), "min": round(min(scores), 2),
               "validation": round(sum(valids) / len(valids), 2), "must": must,
               "runs": len(scores), "epochs": round(sum(epochs) / len(epochs)) if epochs else None,
               "seconds": round((time.time() - started) / len(scores), 1), "set": changes}
        print(json.dumps(row), flush=True)
        table.append(f"| {name} | {mean:.1f} ± {deviation:.1f} | {must} | {row['runs']} | `{gql({**options, **changes})}` |")
    print("\n| row | test accuracy | must | runs | parameters |\n|---|---|---|---|---|\n" + "\n".join(table))


if __name__ == "__main__":
    main()
