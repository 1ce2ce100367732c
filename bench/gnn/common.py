"""What the benches of graph neural networks share: the binary, databases made of CSV files, and statements as JSON rows."""
import csv
import gzip
import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def datasets():
    """The folder of data sets that do not ship."""
    shared = os.environ.get("WEND_SHARED")
    if not shared:
        sys.exit("set WEND_SHARED to the folder that holds datasets/ (bench/README.md)")
    return os.path.join(shared, "datasets")


def work_folder(name):
    path = os.path.join(os.environ.get("OUT", os.path.join(ROOT, "bench", "out")), "gnn", name)
    os.makedirs(path, exist_ok=True)
    return path


def open_text(path):
    return gzip.open(path + ".gz", "rt") if os.path.exists(path + ".gz") else open(path)


def rows(path):
    with open_text(path) as file:
        return list(csv.DictReader(file))


class Wend:
    """A database and the binary that opens it."""

    def __init__(self, binary, path):
        self.binary, self.path = binary, path

    def imported(self, nodes, edges):
        shutil.rmtree(self.path, ignore_errors=True)
        command = [self.binary, "import", self.path, "--nodes", nodes, "--edges", edges]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def ask(self, *statements, **parameters):
        """The rows of all statements, in order."""
        command = [self.binary, self.path, "--format", "jsonl"]
        for name, value in parameters.items():
            command += ["--param", f"{name}={json.dumps(value)}"]
        for statement in statements:
            command += ["-c", statement]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            sys.exit(f"{statements[0][:200]}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def gql(value):
    """A value as GQL writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {gql(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(gql, value)) + "]"
    return "'" + value + "'" if isinstance(value, str) else repr(value)


def spread(values):
    mean = sum(values) / len(values)
    return mean, (sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)) ** 0.5
