#!/usr/bin/env python3
"""The 41 LDBC SNB reads on WendDB: rows compared with reference.py, and the median time of warm runs.

usage: bench/ldbc/run.py DIRECTORY [--wend BINARY] [--runs 5] [--only bi11,ic14] [--parameters FILE]
DIRECTORY has the nodes.csv[.gz] and edges.csv[.gz] of a social network in the shape of shared/datasets/ldbc_snb_tiny. The data are imported
into a new database by `wend import`. Every set of parameters is run and compared, the first one is timed: in a process of its own, which
runs the statement once cold and then --runs times; a time is from writing the statement to the shell to reading the end of its table. The
exit status is 1 on any difference."""
import argparse, json, math, pathlib, re, selectors, statistics, subprocess, sys, tempfile, time

import reference

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT = 120


def same(a, b):
    """Whether two values are equal; floats but for the last digits."""
    if isinstance(a, float) or isinstance(b, float):
        return type(a) in (int, float) and type(b) in (int, float) and math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


class Wend:
    def __init__(self, binary, database):
        self.command = [binary, str(database), "--read-only", "--format", "json"]

    def arguments(self, given):
        return [part for name, value in given.items() for part in ("--param", f"{name}={json.dumps(value)}")]

    def rows(self, text, given):
        done = subprocess.run([*self.command, *self.arguments(given), "-c", text], capture_output=True, text=True, timeout=TIMEOUT)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        return [list(row.values()) for row in json.loads(done.stdout)]

    def seconds(self, text, given, runs):
        """The times of the warm runs. The shell runs a statement when its end has come; a small one after it marks the end of its table."""
        process = subprocess.Popen([*self.command, *self.arguments(given)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True, bufsize=1)
        times = []
        for run in range(runs + 1):
            began = time.perf_counter()
            process.stdin.write(f"{text.strip()};\nRETURN 'end {run}' AS marker;\n")
            process.stdin.flush()
            while f"end {run}" not in process.stdout.readline():
                if process.poll() is not None:
                    raise RuntimeError("wend has ended")
            times.append(time.perf_counter() - began)
        process.stdin.close()
        process.wait()
        return times[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--wend", default="wend")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", type=lambda text: text.split(","), default=reference.QUERIES)
    parser.add_argument("--parameters", type=pathlib.Path, default=HERE / "parameters.json")
    options = parser.parse_args()
    parameters = json.loads(options.parameters.read_text())
    graph = reference.Graph(options.directory)
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        database = pathlib.Path(temporary) / "ldbc.wend"
        files = {kind: next(options.directory.glob(f"{kind}.csv*")) for kind in ("nodes", "edges")}
        subprocess.run([options.wend, "import", database, "--nodes", files["nodes"], "--edges", files["edges"]], check=True)
        wend = Wend(options.wend, database)
        print(f"{'query':6} {'rows':>5} {'median ms':>10}")
        for name in options.only:
            text = (HERE / "queries" / f"{name}.gql").read_text()
            try:
                for given in parameters[name]:
                    expected, found = getattr(reference, name)(graph, **given), wend.rows(text, given)
                    if not same(found, expected):
                        at = next((i for i, pair in enumerate(zip(found, expected)) if not same(*pair)), min(len(found), len(expected)))
                        raise ValueError(f"{len(found)} rows, expected {len(expected)}; the first that differs is row {at + 1}:\n"
                                         f"  found    {found[at:at + 1]}\n  expected {expected[at:at + 1]}\n  with {given}")
                rows = len(getattr(reference, name)(graph, **parameters[name][0]))
                milliseconds = 1000 * statistics.median(wend.seconds(text, parameters[name][0], options.runs)) if options.runs else math.nan
                print(f"{name:6} {rows:5} {milliseconds:10.2f}", flush=True)
            except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
                wrong += 1
                print(f"{name:6} WRONG: {error}", flush=True)
    print(f"{wrong} of {len(options.only)} differ" if wrong else f"{len(options.only)} queries, no difference")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
