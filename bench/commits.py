#!/usr/bin/env python3
"""Commits per second, each durable by itself, of WendDB (engine/benches/commits.rs) and of SQLite in WAL mode with
synchronous=FULL, in turn on one directory: bench/commits.py DIRECTORY [ROUNDS]. Run it on a quiet machine with a real
disk; /tmp in memory measures no disk."""
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time

SECONDS = 3.0


def sqlite(directory):
    path = os.path.join(directory, "commits.sqlite")
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.remove(path + end)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE n (id TEXT PRIMARY KEY, x INTEGER)")
    begun, number = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        db.execute("INSERT INTO n VALUES (?, 1)", (f"0-{number}",))
        number += 1
    db.close()
    return number / SECONDS


def wend(directory):
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = f". scripts/env.sh; cargo bench --workspace --bench commits -- '{directory}'"
    out = subprocess.run(["sh", "-c", command], cwd=root, check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^ *(\d+) +(\d+) +[\d.]+$", out, re.M)
    return {int(threads): float(rate) for threads, rate in rows}


def main():
    directory = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found = {}
    for _ in range(rounds):
        found.setdefault("SQLite, 1", []).append(sqlite(directory))
        for threads, rate in wend(directory).items():
            found.setdefault(f"WendDB, {threads}", []).append(rate)
    base = statistics.median(found["SQLite, 1"])
    for name, rates in found.items():
        print(f"{name:12} {statistics.median(rates):8.0f} commits/s  {statistics.median(rates) / base:.2f}")


if __name__ == "__main__":
    main()
