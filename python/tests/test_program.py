"""The program `wend` that an installation of the package brings."""

from __future__ import annotations

import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import sysconfig
import time

import pytest

WEND = pathlib.Path(sysconfig.get_path("scripts")) / "wend"

#: A statement that takes long.
LONG = "FOR a IN RANGE(1, 100000) FOR b IN RANGE(1, 100000) FILTER a * b = -1 RETURN COUNT(*)"


def run(*arguments, **given):
    return subprocess.run([str(WEND), *arguments], capture_output=True, text=True, timeout=120, **given)


def test_it_is_installed_and_runs():
    done = run("--version")
    import wenddb

    assert (done.returncode, done.stdout) == (0, f"wend {wenddb.__version__}\n")
    as_module = subprocess.run([sys.executable, "-m", "wenddb", "--version"], capture_output=True, text=True)
    assert as_module.stdout == done.stdout


def test_it_does_without_numpy():
    code = "import sys; from wenddb.__main__ import main; print([name for name in ('numpy', 'pandas') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_statements_results_and_exit_statuses(tmp_path):
    path = str(tmp_path / "db.wend")
    done = run(path, "-c", "INSERT (:A {_id: 'ä', x: 1})", "--format", "jsonl")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    done = run(path, "--format", "jsonl", "-f", "-", input="MATCH (n:A) RETURN n._id AS id, n.x AS x")
    assert json.loads(done.stdout) == {"id": "ä", "x": 1}
    wrong = run(path, "-c", "RETURN 1 / 0 AS x")
    assert wrong.returncode == 1 and "22012" in wrong.stderr and wrong.stdout == ""
    assert run("--no-such-option").returncode == 2
    assert run("check", str(tmp_path / "nowhere")).returncode == 2
    # Arguments that are no UTF-8 arrive as they are.
    strange = os.fsencode(tmp_path) + b"/\xff.gql"
    with open(strange, "w") as file:
        file.write("RETURN 7 AS seven")
    done = subprocess.run([os.fsencode(WEND), b"--format", b"csv", b"-f", strange], capture_output=True, timeout=60)
    assert done.stdout.split() == [b"seven", b"7"], done.stderr
    # The database is closed at the end, so that the package can open it.
    import wenddb

    with wenddb.connect(path) as db:
        assert db.gql("MATCH (n) RETURN COUNT(*)").value() == 1


def test_a_closed_pipe_ends_it_quietly():
    first, second = os.pipe()
    os.close(first)
    text = "FOR i IN RANGE(1, 200000) RETURN i"
    done = subprocess.run([str(WEND), "--format", "csv", "-c", text], stdout=second, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(second)
    assert "Traceback" not in done.stderr and "panicked" not in done.stderr


def test_ctrl_c_cancels_a_statement():
    running = subprocess.Popen([str(WEND), "-c", LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(1.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 1 and "cancelled" in err and "Traceback" not in err and out == ""


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_what_does_not_take_them_over(which, tmp_path):
    """The server for the tools of language models reads standard input, and ends by any signal as a program does."""
    path = str(tmp_path / "db.wend")
    assert run(path, "-c", "INSERT (:A)").returncode == 0
    running = subprocess.Popen([str(WEND), "mcp", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.5)
    assert running.poll() is None
    running.send_signal(which)
    running.communicate(timeout=30)
    assert running.returncode == -which


def test_a_server_ends_by_a_signal(tmp_path):
    path = str(tmp_path / "db.wend")
    command = [str(WEND), "serve", path, "--no-auth", "--listen", "127.0.0.1:0"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 0, err


def test_the_shell_on_a_terminal():
    """Lines are edited, Ctrl-C ends a statement and not the shell, `.quit` ends it."""
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "HOME": "/nonexistent"}
    running = subprocess.Popen([str(WEND)], stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True)
    os.close(other)
    seen = b""

    def until(text: bytes, seconds: float = 30) -> bytes:
        nonlocal seen
        end = time.monotonic() + seconds
        while text not in seen:
            left = end - time.monotonic()
            assert left > 0 and select.select([main], [], [], left)[0], (text, seen)
            seen += os.read(main, 65536)
        before, seen = seen[: seen.index(text)], seen[seen.index(text) + len(text) :]
        return before

    try:
        until(b"wend")
        # A mistyped letter is taken back.
        os.write(main, b"RETURN 40 + 3\x7f2 AS answer;\r")
        until(b"42")
        os.write(main, LONG.encode() + b";\r")
        time.sleep(1.5)
        running.send_signal(signal.SIGINT)
        until(b"cancelled")
        os.write(main, b"RETURN 'still ' || 'here' AS x;\r")
        until(b"still here")
        os.write(main, b".quit\r")
        assert running.wait(timeout=30) == 0
    finally:
        running.kill()
        running.wait()
        os.close(main)
