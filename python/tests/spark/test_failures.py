"""What is lost on the way is done again, and what does not belong together is refused."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest
from conftest import ENGINE, Case, bits

import wenddb
from wenddb.spark import Graph
from wenddb.spark._mail import Box, Refused, received, sent

EXACT = {"sampling": "exact", "dimensions": 8, "walkLength": 6, "window": 3}


def test_messages_are_put_together() -> None:
    long = os.urandom(2_500_000)
    batches = list(sent([(1, "rows", 0, long), (0, "rows", 3, b""), (1, "rows", 2, b"x")]))
    assert max(batch.nbytes for batch in batches) < 1_200_000
    zero, one = received(batches)
    assert (zero.to, zero.of("rows"), one.of("rows"), one.of("state")) == (0, [(3, b"")], [(0, long), (2, b"x")], [])
    with pytest.raises(Refused, match="the message 'rows' of 0 is there twice"):
        received([*batches, batches[0]])
    with pytest.raises(Refused, match="1 of 3 pieces of the message 'rows' of 0 are missing"):
        received(batches[1:])[-1].of("rows")
    with pytest.raises(Refused, match="the message 'rows' of 1 is missing"):
        one.from_each("rows", 3)
    box = Box(0)
    box.put("rows", 0, 0, 1, b"a")
    with pytest.raises(Refused, match="two messages 'rows' of 0"):
        box.put("rows", 0, 1, 2, b"a")


def until(steps: pathlib.Path, last: int) -> None:
    """Forgets the steps after one."""
    for file in (steps / "written").iterdir():
        if not file.name.startswith((".", "_")) and int(json.loads(file.read_text())["step"]) > last:
            file.unlink()


@pytest.fixture
def stepped(spark: Any, case: Any, tmp_path: pathlib.Path) -> Any:
    """A graph, its steps, and what the last exchange but one left as a table that can be changed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    one, steps = case("weighted", 3), tmp_path / "steps"
    g = Graph.read(spark, one.path)
    run = lambda: bits(g.node2vec(plan="blocks", steps=str(steps), write_every=2, **EXACT))  # noqa: E731
    assert run() == one.expected("node2vec", **EXACT)
    until(steps, 4)
    files = [file for file in (steps / "step-00004").rglob("*.parquet") if not file.name.startswith((".", "_"))]
    rows = pa.concat_tables([pq.read_table(file) for file in files]).to_pylist()

    def change(changed: list[Any]) -> None:
        # A run before has written later steps.
        until(steps, 4)
        for file in files[1:]:
            file.unlink(missing_ok=True)
        for file in (steps / "step-00004").glob(".*.crc"):
            file.unlink()
        schema = pq.read_schema(files[0])
        pq.write_table(pa.Table.from_pylist(changed, schema=schema), files[0])

    return one, run, rows, change


def test_steps_are_gone_on_from_and_checked(stepped: Any) -> None:
    one, run, rows, change = stepped
    expected = one.expected("node2vec", **EXACT)
    assert run() == expected

    def refused(changed: list[Any]) -> str:
        change(changed)
        with pytest.raises(Exception, match="Refused|Error") as error:
            run()
        return str(error.value)

    letter = next(row for row in rows if row["kind"] == "rows" and row["to"] == 1)
    state = next(row for row in rows if row["kind"] == "state" and row["to"] == 1)
    sender = letter["sender"]
    assert f"the message 'rows' of {sender} is there twice" in refused([*rows, letter])
    assert f"block 1: exchange 4 has no message of block {sender}" in refused([row for row in rows if row is not letter])
    assert "block 1: states of [] came, and its own is due" in refused([row for row in rows if row is not state])
    swapped = [{**row, "data": letter["data"]} if row["kind"] == "rows" and row["to"] == 0 else row for row in rows]
    assert "that is another's" in refused(swapped)
    short = [{**row, "data": row["data"][:-4]} if row is letter else row for row in rows]
    assert "where" in (text := refused(short)) and "are due" in text
    change(rows)
    assert run() == expected


def test_steps_of_another_computation_are_refused(spark: Any, case: Any, tmp_path: pathlib.Path) -> None:
    g, steps = Graph.read(spark, case("plain", 2).path), str(tmp_path / "steps")
    bits(g.fastrp(plan="blocks", steps=steps, write_every=1, dimensions=4))
    with pytest.raises(wenddb.DataError, match="are of another graph, algorithm or parameters"):
        g.fastrp(plan="blocks", steps=steps, dimensions=5)


@pytest.mark.skipif(ENGINE != "classic", reason="a driver of its own needs Spark")
def test_a_driver_that_was_killed_goes_on(tmp_path: pathlib.Path) -> None:
    one, steps, out = Case("weighted", 4, tmp_path), tmp_path / "steps", tmp_path / "out"
    parameters = {**EXACT, "walkLength": 8}
    sets = [word for name, value in parameters.items() for word in ("--set", f"{name}={json.dumps(value)}")]
    command = [sys.executable, "-m", "wenddb.spark", "embed", one.path, "--algorithm", "node2vec", "--to", str(out)]
    command += ["--plan", "blocks", "--steps", str(steps), "--write-every", "1", *sets]

    def notes() -> list[int]:
        files = (steps / "written").glob("part-*")
        return [int(json.loads(file.read_text())["step"]) for file in files]

    first = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    end = time.monotonic() + 300
    while len(notes()) < 3 and time.monotonic() < end and first.poll() is None:
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    done = max(notes())
    assert 3 <= done < 9
    written = (steps / f"step-{done:05}" / "_SUCCESS").stat().st_mtime_ns
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr[-3000:]
    assert (steps / f"step-{done:05}" / "_SUCCESS").stat().st_mtime_ns == written
    assert sorted(notes()) == list(range(1, 10))
    assert one.db.import_vectors("e", out) == 120
    ids, matrix = one.db.vectors(None, "e")
    assert {node: row.tobytes() for node, row in zip(ids.tolist(), matrix)} == one.expected("node2vec", **parameters)


def executors() -> list[int]:
    """The processes of executors that this one's Spark has begun."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and f"wend-kill-{os.getpid()}".encode() in command:
            found.append(int(entry.name))
    return found


@pytest.mark.skipif(ENGINE != "kill", reason="executors that can be killed need a cluster")
@pytest.mark.parametrize("plan", ["columns", "starts", "blocks"])
def test_an_executor_killed_in_any_phase_changes_no_bit(plan: str, tmp_path: pathlib.Path) -> None:
    """Two executors on this machine; each stage that is met has one of them killed while it runs, once."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    one = Case("weighted", 4, tmp_path)
    parameters = {"dimensions": 96, "walksPerNode": 400, "walkLength": 60} if plan == "starts" else {**EXACT, "walkLength": 4, "window": 2, "dimensions": 256}
    expected = one.expected("node2vec", **parameters)
    builder = SparkSession.builder.master("local-cluster[2,1,900]").appName("wend-kill")
    for name, value in {
        "spark.executor.memory": "900m",
        "spark.executor.extraJavaOptions": f"-Dwend=wend-kill-{os.getpid()}",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.task.maxFailures": "20",
        "spark.stage.maxConsecutiveAttempts": "20",
        "spark.deploy.maxExecutorRetries": "-1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        tracker, killed, over = session.sparkContext.statusTracker(), {}, threading.Event()

        def kill() -> None:
            """Of each stage that has a task running, an executor is killed, at most one every few seconds."""
            met: set[str] = set()
            while not over.wait(0.02):
                for stage in tracker.getActiveStageIds():
                    about = tracker.getStageInfo(stage)
                    if about is None or about.numActiveTasks == 0 or stage in met:
                        continue
                    met.add(stage)
                    there = executors()
                    if len(there) == 2:
                        victim = there[len(killed) % 2]
                        os.kill(victim, signal.SIGKILL)
                        killed[stage] = victim
                    break

        # Both executors have to be there first.
        session.range(0, 8, 1, 8).repartition(4).count()
        watcher = threading.Thread(target=kill)
        watcher.start()
        try:
            found = bits(Graph.read(session, one.path).node2vec(plan=plan, **parameters))
        finally:
            over.set()
            watcher.join()
        print(f"{plan}: executors were killed in the stages {sorted(killed)}")
        assert found == expected
        assert len(killed) >= 3
    finally:
        session.stop()
