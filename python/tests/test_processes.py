"""What a process does to a database: Ctrl-C, forks, paths, closing, the interpreter's lock, event loops."""

from __future__ import annotations

import asyncio
import gc
import os
import pickle
import subprocess
import sys
import threading
import time

import pytest

import wenddb

LONG = "FOR a IN RANGE(1, 100000) FOR b IN RANGE(1, 100000) FILTER a * b = -1 RETURN COUNT(*)"


def run(code: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=timeout)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("what", ["statement", "rows", "algorithm"])
def test_ctrl_c_ends_within_a_second_and_the_session_goes_on(what):
    code = f"""
import os, signal, sys, threading, time, wenddb
db = wenddb.connect()
db.gql("FOR x IN RANGE(1, 3000) INSERT ({{_id: CAST(x AS STRING)}})")
db.gql("FOR x IN RANGE(1, 2999) MATCH (a {{_id: CAST(x AS STRING)}}), (b {{_id: CAST(x + 1 AS STRING)}}) INSERT (a)-[:R]->(b)")
rows = iter(db.gql("FOR a IN RANGE(1, 1000000) FOR b IN RANGE(1, 100000) FILTER a * b = 1 OR a * b = -1 RETURN a"))
next(rows)
work = dict(
    statement=lambda: db.gql({LONG!r}).value(),
    rows=lambda: next(rows),
    algorithm=lambda: db.algo.node2vec(walksPerNode=100000, dimensions=512),
)[{what!r}]
sent = []
def interrupt():
    sent.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(1.0, interrupt).start()
try:
    work()
except KeyboardInterrupt:
    print(time.monotonic() - sent[0])
else:
    sys.exit("it ended by itself")
assert db.gql("RETURN 1").value() == 1
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1.0


def test_other_threads_run_beside_a_statement(db):
    counted = 0
    session = db.session()
    ended = threading.Event()
    thread = threading.Thread(target=lambda: (pytest.raises(wenddb.CancelledError, session.gql, LONG), ended.set()))
    thread.start()
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        counted += 1
    assert not ended.is_set() and counted > 10_000
    while not ended.is_set():
        session.interrupt()
        time.sleep(0.01)
    thread.join()
    assert session.gql("RETURN 1").value() == 1


def test_the_same_path_is_the_same_database(tmp_path):
    path = tmp_path / "one.wend"
    db = wenddb.connect(path)
    os.chdir(tmp_path)
    assert wenddb.connect("one.wend") is db
    db.gql("INSERT ({_id: 'a'})")
    reader = wenddb.connect(path, read_only=True)
    assert reader.read_only and reader.gql("MATCH (n) RETURN n._id").value() == "a"
    with pytest.raises(wenddb.TransactionError):
        reader.gql("INSERT ()")
    with pytest.raises(wenddb.TransactionError):
        reader.insert_nodes("A", [{"_id": "x"}])
    db.close()
    assert db.closed and reader.closed
    with pytest.raises(wenddb.UsageError, match="closed"):
        db.gql("RETURN 1")
    with wenddb.connect(path, read_only=True) as other:
        with pytest.raises(wenddb.LockedError, match="reading only"):
            wenddb.connect(path)
        assert other.gql("MATCH (n) RETURN n._id").value() == "a"
    again = wenddb.connect(path)
    assert again is not db and again.gql("MATCH (n) RETURN COUNT(*)").value() == 1
    rows = again.gql("MATCH (n) RETURN n._id")
    stream = iter(again.gql("FOR x IN RANGE(1, 100000) RETURN x"))
    next(stream)
    kept = again.gql("RETURN 7 AS x")
    assert kept.numpy("x")[0] == 7
    again.close()
    with pytest.raises(wenddb.UsageError, match="closed"):
        rows.fetchall()
    with pytest.raises(wenddb.UsageError, match="closed"):
        for _ in stream:
            pass
    assert kept.numpy("x")[0] == 7
    wenddb.connect(path).close()


def test_with_in_with_closes_at_the_end(tmp_path):
    with wenddb.connect(tmp_path / "d") as outer:
        with wenddb.connect(tmp_path / "d") as inner:
            assert inner is outer
        assert outer.gql("RETURN 1").value() == 1
    assert outer.closed


def test_a_forgotten_database_is_closed(tmp_path):
    db = wenddb.connect(tmp_path / "d")
    result = db.gql("RETURN 1")
    del db
    gc.collect()
    assert wenddb.connect(tmp_path / "d").gql("RETURN 1").value() == result.value()
    del result
    gc.collect()
    with wenddb.connect(tmp_path / "d") as db:
        code = "import sys, wenddb\ntry: wenddb.connect(sys.argv[1])\nexcept wenddb.LockedError as error: print('locked', error)"
        assert run(code, str(db.path)).stdout.startswith("locked")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_is_refused_and_harms_nothing(tmp_path):
    code = """
import os, sys, wenddb
db = wenddb.connect(sys.argv[1])
db.gql("INSERT ({_id: 'before'})")
db.algo.degree()
rows = db.gql("MATCH (n) RETURN n._id")
def child():
    for work in [
        lambda: db.gql("INSERT ({_id: 'child'})"),
        lambda: db.gql("RETURN 1"),
        lambda: db.algo.degree(),
        lambda: db.insert_nodes("A", [{"_id": "x"}]),
        lambda: rows.fetchall(),
        lambda: db.transaction(),
        lambda: db.csr(),
        lambda: db.close(),
    ]:
        try:
            work()
        except wenddb.ForkedError as error:
            assert "spawn" in str(error)
        else:
            os._exit(3)
    try:
        wenddb.connect(sys.argv[1])
    except wenddb.LockedError:
        pass
    else:
        os._exit(4)
pid = os.fork()
if pid == 0:
    child()
    # By the way of an exit that drops all that there is.
    del rows
    sys.exit(0)
status = os.waitpid(pid, 0)[1]
assert status == 0, status
assert rows.fetchall() == [("before",)]
db.gql("INSERT ({_id: 'after'})")
db.close()
db = wenddb.connect(sys.argv[1])
print(sorted(row[0] for row in db.gql("MATCH (n) RETURN n._id")), db.check()["problems"])
"""
    done = run(code, str(tmp_path / "d"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['after', 'before'] []"


def test_pickles(tmp_path):
    with wenddb.connect(tmp_path / "d") as db:
        db.gql("INSERT ({_id: 'a'})")
        with pytest.raises(TypeError, match="read_only=True"):
            pickle.dumps(db)
    with wenddb.connect(tmp_path / "d", read_only=True) as db:
        code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).gql('MATCH (n) RETURN n._id').value())"
        done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(db), capture_output=True, check=True)
        assert done.stdout.decode().strip() == "a"
    with wenddb.connect() as db, pytest.raises(TypeError, match="in memory"):
        pickle.dumps(db)


def test_event_loops(db):
    async def main():
        one, two = await asyncio.gather(db.agql("RETURN $x AS x", x=1), db.agql("RETURN 2 AS x"))
        assert (one.value(), two.value()) == (1, 2)
        with pytest.raises(wenddb.SyntaxError):
            await db.agql("RETRUN 1")
        began = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(db.agql(LONG), 0.3)
        assert time.monotonic() - began < 2
        return (await db.agql("RETURN 3")).value()

    assert asyncio.run(main()) == 3
    assert db.gql("RETURN 4").value() == 4


def test_progress_is_shown_only_when_it_takes_long(db, monkeypatch):
    import wenddb._progress

    seen = []
    monkeypatch.setattr(wenddb, "progress", True)
    monkeypatch.setattr(wenddb._progress, "shower", lambda: None)
    monkeypatch.setattr(wenddb._database, "shower", lambda: lambda stage, fraction: seen.append((stage, fraction)))
    db.gql("RETURN 1")
    assert seen == []


def test_interpreters_end_with_open_databases(tmp_path):
    code = """
import sys, wenddb
db = wenddb.connect(sys.argv[1])
db.gql("INSERT ({_id: 'a'})")
rows = iter(db.gql("FOR x IN RANGE(1, 100000) RETURN x"))
next(rows)
mem = wenddb.connect()
mem.gql("RETURN 1")
"""
    done = run(code, str(tmp_path / "d"))
    assert (done.returncode, done.stderr) == (0, "")
    assert wenddb.connect(tmp_path / "d").gql("MATCH (n) RETURN n._id").value() == "a"
