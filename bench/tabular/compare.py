#!/usr/bin/env python3
"""compare.py BINARY [--tables FOLDER] [--seeds 5]   the learners of dense tables beside LightGBM: scores and seconds

BINARY is the example `tabular_bench` of the crate wend-algorithms. Sets: those that scikit-learn ships or makes, three fifths to learn
from, a fifth each for validation and test, drawn anew for each seed; a tenth of all values is then taken away. Both sides have the same
settings (learning rate 0.05, 31 leaves, 20 examples a leaf, lambda 1, half of the features a tree, four fifths of the rows, at most 1,000
rounds, 50 without progress on validation) and two threads. `--tables` adds feature tables of tasks over time: NAME.train.csv,
NAME.val.csv, NAME.test_*.csv and NAME.kind, a line "classes TARGET" or "numbers TARGET"; there ridge and trees of the settings of
LightGBM's table are compared. Prints a line of JSON per run and a table. Needs numpy, scikit-learn and lightgbm.
"""
import argparse
import glob
import json
import os
import subprocess
import tempfile
import time
import warnings

import lightgbm
import numpy as np
from sklearn import datasets
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error, roc_auc_score

warnings.filterwarnings("ignore")
SETTINGS = {"learning_rate": 0.05, "num_leaves": 31, "min_data_in_leaf": 20, "lambda_l2": 1.0, "feature_fraction": 0.5, "bagging_fraction": 0.8}
HERE = {"learningRate": 0.05, "leaves": 31, "leastExamples": 20, "lambda": 1, "features": 0.5, "rows": 0.8}
# As in the table that the tasks over time are held to.
TASKS = [(0.05, 15, 20, 1.0), (0.03, 31, 20, 0.6), (0.03, 7, 30, 0.5), (0.02, 15, 50, 0.4)]


def sets():
    """name: kind, features, target."""
    cancer, digits, diabetes = datasets.load_breast_cancer(), datasets.load_digits(), datasets.load_diabetes()
    friedman = datasets.make_friedman1(5000, 20, noise=1.0, random_state=1)
    two = datasets.make_classification(20000, 40, n_informative=12, flip_y=0.1, class_sep=0.7, random_state=1)
    five = datasets.make_classification(6000, 20, n_informative=10, n_classes=5, flip_y=0.1, random_state=1)
    return {
        "breast cancer": ("classes", cancer.data, cancer.target),
        "two classes": ("classes", *two),
        "digits": ("classes", digits.data, digits.target),
        "five classes": ("classes", *five),
        "diabetes": ("squared", diabetes.data, diabetes.target),
        "friedman": ("squared", *friedman),
        "friedman absolute": ("absolute", *friedman),
        "friedman huber": ("huber", *friedman),
    }


def judge(kind, truth, predicted):
    if kind == "classes":
        return roc_auc_score(truth, predicted) if predicted.ndim == 1 else accuracy_score(truth, predicted.argmax(1))
    return mean_squared_error(truth, predicted) if kind == "squared" else mean_absolute_error(truth, predicted)


def light(kind, parts, settings, seed):
    (x, y), (xv, yv), (xt, yt) = parts
    classes = int(max(y.max(), yv.max())) + 1 if kind == "classes" else 0
    objective = {"squared": "l2", "absolute": "l1", "huber": "huber"}.get(kind, "binary" if classes == 2 else "multiclass")
    given = {"objective": objective, "bagging_freq": 1, "num_threads": 2, "verbosity": -1, "seed": seed, **settings}
    given["metric"] = {"binary": "auc", "multiclass": "multi_error", "l2": "l2"}.get(objective, "l1")
    if objective == "multiclass":
        given["num_class"] = classes
    start = time.time()
    model = lightgbm.train(given, lightgbm.Dataset(x, y), 1000, valid_sets=[lightgbm.Dataset(xv, yv)],
                           callbacks=[lightgbm.early_stopping(50, verbose=False)])
    return judge(kind, yt, model.predict(xt)), time.time() - start, model.best_iteration


def save(path, x, y):
    with open(path, "w") as file:
        file.write(",".join([f"f{column}" for column in range(x.shape[1])] + ["y"]) + "\n")
        for row, target in zip(x, y):
            file.write(",".join("" if np.isnan(value) else repr(float(value)) for value in row) + f",{float(target)!r}\n")


def here(binary, learner, kind, target, train, validation, tests, settings):
    command = [binary, learner, "classes" if kind == "classes" else "numbers", target, train, validation, *tests]
    command += [f"{name}={value}" for name, value in settings.items()]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def made(arguments):
    table = {}
    for name, (kind, x, y) in sets().items():
        for seed in range(arguments.seeds):
            draw = np.random.default_rng(seed)
            x = np.where(draw.random(x.shape) < 0.1, np.nan, x)
            order = draw.permutation(len(y))
            cuts = np.split(order, [len(y) * 3 // 5, len(y) * 4 // 5])
            parts = [(x[cut], y[cut]) for cut in cuts]
            with tempfile.TemporaryDirectory() as folder:
                paths = [os.path.join(folder, f"{part}.csv") for part in range(3)]
                for path, part in zip(paths, parts):
                    save(path, *part)
                loss = {"huber": "0.9", "classes": "squared"}.get(kind, kind)
                own = here(arguments.binary, "trees", kind, "y", paths[0], paths[1], paths[2:], {**HERE, "seed": seed, "loss": loss})
                ridge = here(arguments.binary, "ridge", kind, "y", paths[0], "-", paths[2:], {"loss": loss})
            score, seconds, rounds = light(kind, parts, SETTINGS, seed)
            row = {"set": name, "seed": seed, "trees": own["test"][0], "lightgbm": score, "ridge": ridge["test"][0],
                   "seconds": [own["seconds"], round(seconds, 3), ridge["seconds"]], "rounds": [own["rounds"], rounds]}
            print(json.dumps(row), flush=True)
            table.setdefault(name, []).append((own["test"][0], score, ridge["test"][0], own["seconds"], seconds, ridge["seconds"]))
    print(f"{'':20}{'trees':>18}{'LightGBM':>18}{'ridge':>18}   seconds: trees, LightGBM, ridge")
    for name, rows in table.items():
        rows = np.array(rows)
        spread = rows.std(0, ddof=1) if len(rows) > 1 else 0 * rows[0]
        scores = "".join(f"{mean:10.4f} +-{one:6.4f}" for mean, one in zip(rows.mean(0)[:3], spread))
        print(f"{name:20}{scores}   " + " ".join(f"{seconds:.2f}" for seconds in rows.mean(0)[3:]))


def tasks(arguments):
    for path in sorted(glob.glob(os.path.join(arguments.tables, "*.kind"))):
        name = path.removesuffix(".kind")
        kind, target = open(path).read().split()
        train, validation, tests = f"{name}.train.csv", f"{name}.val.csv", sorted(glob.glob(f"{name}.test_*.csv"))
        better = max if kind == "classes" else min
        kind = "classes" if kind == "classes" else "absolute"
        loss = "squared" if kind == "classes" else "absolute"
        trees = []
        for rate, leaves, least, share in TASKS:
            settings = {"learningRate": rate, "leaves": leaves, "leastExamples": least, "lambda": 0, "features": share, "rows": 0.8, "loss": loss}
            trees.append((settings, here(arguments.binary, "trees", kind, target, train, validation, tests, settings)))
        ridge = []
        for last in (500, 1000, 2000, 5000, 20000):
            for choose in ({"choose": "leaveOneOut"}, {"choose": "validation"}):
                settings = {"last": last, "loss": "absolute", **choose}
                ridge.append((settings, here(arguments.binary, "ridge", kind, target, train, validation, tests, settings)))
        for learner, runs in (("trees", trees), ("ridge", ridge)):
            for settings, run in runs:
                print(json.dumps({"task": os.path.basename(name), "learner": learner, "settings": settings, **run}))
            settings, run = better(runs, key=lambda run: run[1]["validation"])
            seconds = sum(run["seconds"] for _, run in runs)
            # Learned again from both parts, with the settings that validation has chosen.
            both = {key: value for key, value in settings.items() if key != "choose"}
            if settings.get("choose") == "validation":
                both["lambda"] = run["lambdas"][0]
            if learner == "trees":
                both["trees"] = int(1.1 * max(20, run["rounds"]))
            again = here(arguments.binary, learner, kind, target, f"{name}.both.csv", "-", tests, both) if os.path.exists(f"{name}.both.csv") else None
            print(json.dumps({"task": os.path.basename(name), "learner": learner, "chosen": settings, "validation": run["validation"],
                              "test": run["test"], "test, learned from both": again and again["test"], "seconds of all": round(seconds, 2)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--tables")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.tables:
        tasks(arguments)
    else:
        made(arguments)


main()
