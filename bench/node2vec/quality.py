#!/usr/bin/env python3
"""quality.py [--seeds 5] [--only METHOD ...] [--sets SET ...] [--log FILE] [--wend BINARY] [--docs FILE]   scores of algo.node2vec's methods

Embeds the data sets of $WEND_SHARED/datasets with each method through the `wend` binary, with the seeds 0, 1, .., and has the
vectors scored by $WEND_SHARED/bench/judge.py: accuracy and F1 of logistic regression, or the area under the ROC curve over hidden
edges. Prints a line of JSON per run and a table of means in the end; --log keeps the lines, and runs that it has are not made again; --docs writes the table into a Markdown file, between its
markers. skipgram (gensim) stands beside it as measured once with the same walks and judge. Needs numpy and scipy for the judge.
"""
import argparse
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "gnn"))
from common import ROOT, Wend, datasets, gql, spread  # noqa: E402

METHODS = {
    "projection": {},
    "projection, log1p": {"transform": "log1p"},
    "projection, exact": {"sampling": "exact"},
    "projection, exact, distanceNorm": {"sampling": "exact", "distanceNorm": True},
    "spectral": {"method": "spectral"},
    "spectral, smoothing 0": {"method": "spectral", "smoothing": 0},
    "spectral, exact": {"method": "spectral", "sampling": "exact"},
    "skipgram": {"method": "skipgram"},
}
# name of the score: data set, task of the judge, what to take of its answer, gensim's skip-gram
SCORES = {
    "Cora public": ("cora", "class", lambda answer: answer["public"], 71.3),
    "Cora 50 %": ("cora", "class", lambda answer: answer["random 0.5"], 81.5),
    "PPI micro": ("ppi", "multilabel", lambda answer: answer["micro, macro F1"]["0.5"][0], 23.3),
    "PPI macro": ("ppi", "multilabel", lambda answer: answer["micro, macro F1"]["0.5"][1], 19.1),
    "PPI link": ("ppi", "link", lambda answer: answer["AUC cosine"], 66.9),
    "ca-GrQc link": ("ca_grqc", "link", lambda answer: answer["AUC cosine"], 96.8),
    "ego-Facebook link": ("facebook_ego", "link", lambda answer: answer["AUC cosine"], 98.8),
    "airports 50 %": ("airports_usa", "class", lambda answer: answer["random 0.5"], None),
}


def judge(*arguments):
    script = os.path.join(os.path.dirname(datasets()), "bench", "judge.py")
    done = subprocess.run([sys.executable, script, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def database(binary, work, name, task):
    source = os.path.join(datasets(), name)
    if task == "link":
        # A fifth of the edges is hidden, the same for every method.
        hidden = os.path.join(work, f"hidden-{name}")
        judge("hide", source, hidden)
        source = hidden
    nodes, edges = (os.path.join(source, file) for file in ("nodes.csv", "edges.csv"))
    return Wend(binary, os.path.join(work, f"{name}-{task}")).imported(f"N={nodes}", f"E={edges}")


def embed(wend, work, parameters):
    vectors = os.path.join(work, "vectors.jsonl")
    statement = f"CALL algo.node2vec.stream({gql(parameters)}) YIELD nodeId, embedding RETURN nodeId, embedding"
    with open(vectors, "w") as file:
        command = [wend.binary, wend.path, "--format", "jsonl", "-c", statement]
        subprocess.run(command, check=True, stdout=file, stderr=subprocess.DEVNULL)
    return vectors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=METHODS)
    parser.add_argument("--sets", nargs="*")
    parser.add_argument("--log")
    parser.add_argument("--wend", default=os.path.expanduser("~/.cache/wend-target/release/wend"))
    parser.add_argument("--docs")
    given = parser.parse_args()
    work = os.path.join(os.environ.get("OUT", os.path.join(ROOT, "bench", "out")), "node2vec")
    os.makedirs(work, exist_ok=True)
    tasks = {(name, task) for name, task, _, _ in SCORES.values() if not given.sets or name in given.sets}
    found, known = {}, {}
    if given.log and os.path.exists(given.log):
        with open(given.log) as file:
            for answer in map(json.loads, file):
                known[answer["set"], answer["task"], answer["method"], answer["seed"]] = answer
    for name, task in sorted(tasks):
        wend = None
        for method in given.only or METHODS:
            for seed in range(given.seeds):
                answer = known.get((name, task, method, seed))
                if answer is None:
                    wend = wend or database(given.wend, work, name, task)
                    scores = judge(task, os.path.join(datasets(), name), embed(wend, work, {"seed": seed, **METHODS[method]}))
                    answer = {"set": name, "task": task, "method": method, "seed": seed, **scores}
                    print(json.dumps(answer), flush=True)
                    if given.log:
                        with open(given.log, "a") as file:
                            file.write(json.dumps(answer) + "\n")
                found.setdefault((name, task, method), []).append(answer)
    columns = [score for score, (name, task, _, _) in SCORES.items() if (name, task) in tasks]
    lines = ["| method | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for method in given.only or METHODS:
        cells = []
        for score in columns:
            name, task, take, _ = SCORES[score]
            mean, deviation = spread([take(answer) for answer in found[name, task, method]])
            cells.append(f"{mean:.1f} ± {deviation:.1f}")
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    gensim = [SCORES[score][3] for score in columns]
    lines.append("| skip-gram of gensim 4.4 | " + " | ".join("" if x is None else f"{x:.1f}" for x in gensim) + " |")
    table = "\n".join(lines)
    print(table)
    if given.docs:
        with open(given.docs) as file:
            text = file.read()
        pattern = r"(<!-- quality: [^\n]*-->\n).*?(<!-- end of quality -->)"
        text, count = re.subn(pattern, lambda m: m[1] + table + "\n" + m[2], text, flags=re.S)
        if count != 1:
            sys.exit(f"{given.docs} has no place for the table")
        with open(given.docs, "w") as file:
            file.write(text)


main()
