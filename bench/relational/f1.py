"""Measures algo.predict on the three tasks of RelBench's rel-f1, each model by itself, by both protocols.

usage: f1.py WEND DIRECTORY [--models ridge,aggregate,graphsage,auto] [--seeds 42] [--tasks dnf,top3,position]

DIRECTORY has the nine tables as CSV files, one for each (races.csv, results.csv, ...), as RelBench has them. They come from
Ergast, whose terms are non-commercial: they are for measuring, and none of them is here. The tasks are written as targets; the
numbers of examples are those of RelBench: 11,411 / 566 / 702, 1,353 / 588 / 726 and 7,453 / 499 / 760. `frozen` is
RelBench's own protocol, in which examples of the test see nothing later than 2010-01-01; `rolling` lets each see all up to its time.
Models and settings are chosen on the validation part; the test part is scored once.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

TASKS = {
    "dnf": ("P30D", "VALUE { MATCH (n)<-[:DRIVER]-(r:results) RETURN MAX(CASE WHEN r.statusId <> 1 THEN 1 ELSE 0 END) } = 1"),
    "top3": ("P30D", "VALUE { MATCH (n)<-[:DRIVER]-(q:qualifying) RETURN MIN(q.position) } <= 3"),
    "position": ("P60D", "VALUE { MATCH (n)<-[:DRIVER]-(r:results) RETURN AVG(r.positionOrder) }"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wend")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--models", default="ridge,aggregate,graphsage,auto")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--seeds", default="42")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        database = f"{scratch}/f1.wend"
        subprocess.run([given.wend, "import", database, "--from", str(given.directory)], check=True, stdout=subprocess.DEVNULL)
        print(f"{'task':10}{'model':12}{'database':10}{'seed':>6}{'train':>8}{'val':>6}{'test':>6}{'val':>9}{'test':>9}{'entity':>9}{'s':>8}")
        for task in given.tasks.split(","):
            horizon, target = TASKS[task]
            for model in given.models.split(","):
                for view in ("frozen", "rolling"):
                    for seed in given.seeds.split(","):
                        call = (
                            "CALL algo.predict.stats({entity: 'drivers', target: $target, "
                            f"horizon: DURATION '{horizon}', validationFrom: DATE '2005-01-01', testFrom: DATE '2010-01-01', "
                            f"model: '{model}', database: '{view}', seed: {seed}}})"
                        )
                        run = subprocess.run(
                            [given.wend, database, "--read-only", "--format", "jsonl", "--param", "target=" + json.dumps(target), "-c", call],
                            capture_output=True, text=True,
                        )
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
