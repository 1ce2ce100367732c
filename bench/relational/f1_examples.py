"""Measures algo.gnn_embed with examples on RelBench's task tables of rel-f1: each row of a task is a node with a time of its own.

usage: f1_examples.py WEND DIRECTORY [--models ridge,aggregate,graphsage,auto] [--seeds 42] [--tasks dnf,top3,position]

DIRECTORY has the nine tables and a folder `tasks` with driver-dnf.train.csv and its kin, as RelBench has them; see f1.py for their terms.
The tables are imported, each task's rows become nodes with an edge to their driver, and one statement scores the test part by both
protocols. Models and settings are chosen on the validation part; the test part is scored once.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

TASKS = {
    "dnf": ("driver-dnf", "DriverDnf", "did_not_finish"),
    "top3": ("driver-top3", "DriverTop3", "qualifying"),
    "position": ("driver-position", "DriverPosition", "position"),
}


def load(wend, database, directory, tasks, scratch):
    """Imports the tables, then the tasks as nodes and edges."""
    tables = pathlib.Path(scratch) / "tables"
    tables.mkdir()
    for table in directory.glob("*.csv"):
        (tables / table.name).symlink_to(table)
    subprocess.run([wend, "import", database, "--from", str(tables)], check=True, stdout=subprocess.DEVNULL)
    for task in tasks:
        file, label, target = TASKS[task]
        nodes, edges = pathlib.Path(scratch) / f"{label}.csv", pathlib.Path(scratch) / f"{label}_edges.csv"
        with open(nodes, "w", newline="") as rows, open(edges, "w", newline="") as ends:
            node, edge = csv.writer(rows), csv.writer(ends)
            node.writerow(["_id", "date:DATE", target, "split"])
            edge.writerow(["_from", "_to"])
            for part, name in (("train", "train"), ("val", "validation"), ("test", "test")):
                with open(directory / "tasks" / f"{file}.{part}.csv") as table:
                    for number, row in enumerate(csv.DictReader(table)):
                        key = f"{label}:{part}.{number}"
                        node.writerow([key, row["date"][:10], row[target], name])
                        edge.writerow([key, f"drivers:{row['driverId']}"])
        subprocess.run([wend, "import", database, "--nodes", f"{label}={nodes}", "--edges", f"ABOUT={edges}"], check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wend")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--models", default="ridge,aggregate,graphsage,auto")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--seeds", default="42")
    given = parser.parse_args()
    tasks = given.tasks.split(",")
    labels = json.dumps(["circuits", "constructor_results", "constructor_standings", "constructors", "drivers", "qualifying", "races", "results", "standings"])
    with tempfile.TemporaryDirectory() as scratch:
        database = f"{scratch}/f1.wend"
        load(given.wend, database, given.directory.resolve(), tasks, scratch)
        print(f"{'task':10}{'model':12}{'database':10}{'seed':>6}{'train':>8}{'val':>6}{'test':>6}{'val':>9}{'test':>9}{'entity':>9}{'s':>8}")
        for task in tasks:
            _, label, target = TASKS[task]
            for model in given.models.split(","):
                for view in ("frozen", "rolling"):
                    for seed in given.seeds.split(","):
                        kind = "regression" if task == "position" else "classification"
                        call = (
                            f"CALL algo.gnn_embed.stats({{examples: '{label}', exampleTime: 'date', target: '{target}', split: 'split', "
                            f"task: '{kind}', nodeLabels: {labels}, model: '{model}', database: '{view}', seed: {seed}}})"
                        )
                        run = subprocess.run([given.wend, database, "--read-only", "--format", "jsonl", "-c", call], capture_output=True, text=True)
                        if run.returncode != 0:
                            sys.exit(f"{task} {model} {view}: {run.stderr}")
                        row = json.loads(run.stdout)
                        print(
                            f"{task:10}{model:12}{view:10}{seed:>6}{row['trainExamples']:>8}{row['validationExamples']:>6}"
                            f"{row['testExamples']:>6}{row['validationScore']:>9.4f}{row['testScore']:>9.4f}"
                            f"{row['entityBaseline']:>9.4f}{row['computeTimeMs'] / 1000:>8.1f}",
                            flush=True,
                        )


if __name__ == "__main__":
    main()
