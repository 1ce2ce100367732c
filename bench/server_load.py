"""Load on a server, and bad clients: 200 connections that read and write, 10,000 that come and go, those that never end or
bring a byte at a time, those that do not read, those whose process is killed. The server has to allow 300 connections, and as
many from one address.

usage: server_load.py HOST:PORT USER PASSWORD PID [SECONDS [PART...]]; with the Python driver neo4j. The parts are mix, visits,
stuck, unread, killed, long and large, by default all. Prints requests per second, p50 and p99 in milliseconds, and the server's memory,
threads, connections, sessions and statements before and after.
"""

import base64
import logging
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from bolt import BEGIN, PULL, RECORD, RUN, SUCCESS, Bolt
from neo4j import GraphDatabase

# Of 200 clients that change 1,000 nodes some meet, and the driver tells of each transaction that it runs again.
logging.getLogger("neo4j").setLevel(logging.ERROR)
address, user, password, pid = sys.argv[1:5]
seconds = float(sys.argv[5]) if len(sys.argv) > 5 else 60
parts = sys.argv[6:] or ["mix", "visits", "stuck", "unread", "killed", "long", "large"]
host, port = address.rsplit(":", 1)
CONNECTIONS = 200
STATEMENTS = {
    "RETURN 1": "RETURN 1 AS n",
    "point lookup": "MATCH (p:Load {_id: $id}) RETURN p.n",
    "1-hop": "MATCH (p:Load {_id: $id})-[:NEXT]->(q) RETURN q._id",
    "write": "MATCH (p:Load {_id: $id}) SET p.n = p.n + 1",
}


def footprint():
    fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status") if ":" in line)
    sockets = sum(1 for line in open("/proc/net/tcp") if line.split()[1].endswith(f":{int(port):04X}") and line.split()[3] == "01")
    return f"{int(fields['VmRSS'].split()[0]) >> 10} MiB, {fields['Threads'].strip()} threads, {sockets} connections"


def mixed(driver):
    times, errors, lock = {name: [] for name in STATEMENTS}, [], threading.Lock()
    end = time.time() + seconds

    def client(seed):
        chance = random.Random(seed)
        with driver.session() as session:
            while time.time() < end:
                name = chance.choice(list(STATEMENTS))
                begun = time.perf_counter()
                try:
                    work = lambda tx: tx.run(STATEMENTS[name], id=f"n{chance.randrange(1000)}").consume()
                    (session.execute_write if name == "write" else session.execute_read)(work)
                except Exception as error:
                    with lock:
                        errors.append(repr(error))
                with lock:
                    times[name].append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(CONNECTIONS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for name, taken in times.items():
        taken.sort()
        p50, p99 = (taken[int(len(taken) * part)] * 1000 for part in (0.5, 0.99))
        print(f"{name:14} {len(taken) / seconds:8.0f}/s  p50 {p50:7.2f} ms  p99 {p99:7.2f} ms")
    print(f"errors: {len(errors)} {errors[:3]}")


def connect():
    client = socket.create_connection((host, int(port)))
    client.settimeout(20)
    return client


LOGIN = base64.b64encode(f"{user}:{password}".encode()).decode()
BODY = b'{"statement":"FOR x IN RANGE(1, 1000000) FOR y IN RANGE(1, 1000000) RETURN x, y"}'
ENDLESS = (
    f"POST /db/default/query/v2 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {LOGIN}\r\nContent-Type: application/json\r\n"
    f"Accept: application/jsonl\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY
HANDSHAKE = bytes.fromhex("6060b017" + "00000404" + "00000000" * 3)


FAREWELL = """
import sys, time
from neo4j import GraphDatabase
driver = GraphDatabase.driver(sys.argv[1], auth=(sys.argv[2], sys.argv[3]), fetch_size=10)
held = []
for place in range(20):
    session = driver.session()
    tx = session.begin_transaction()
    tx.run("INSERT (:Killed {_id: $id})", id=f"k{place}").consume()
    result = tx.run("FOR x IN RANGE(1, 100000) RETURN x")
    held.append((session, tx, result, next(iter(result))))
print("held", flush=True)
time.sleep(1000)
"""


def told(driver, when):
    with driver.session() as session:
        count = lambda query: session.run(query).single()[0]
        others = count("SHOW SESSIONS YIELD sessionId RETURN COUNT(*)") - 1
        running = count("SHOW QUERIES YIELD query AS q FILTER NOT q STARTS WITH 'SHOW' RETURN COUNT(*)")
    print(f"{when}: {footprint()}, {others} other sessions, {running} statements", flush=True)


def mix(driver):
    with driver.session() as session:
        session.run("FOR i IN RANGE(0, 999) INSERT (:Load {_id: 'n' || CAST(i AS STRING), n: 0, i: i})").consume()
        session.run("MATCH (p:Load), (q:Load) FILTER q.i = p.i + 1 INSERT (p)-[:NEXT]->(q)").consume()
    told(driver, "before the mix")
    with GraphDatabase.driver(f"bolt://{address}", auth=(user, password), max_connection_pool_size=CONNECTIONS) as many:
        # Memory that stays flat is the same after the first third and after the last.
        watch = threading.Timer(seconds / 3, lambda: print("after a third of it:", footprint(), flush=True))
        watch.start()
        mixed(many)
        print("at its end:", footprint(), flush=True)


def visits(_):
    for _ in range(10_000):
        connect().close()


def stuck(driver):
    """Nothing, half a handshake, no login, half a message, and a message a byte at a time, before the login and after."""
    bad = []
    for kind in range(60):
        client = connect()
        if kind % 6 > 0:
            client.sendall(HANDSHAKE[:7] if kind % 6 == 1 else HANDSHAKE)
        if kind % 6 == 3:
            client.sendall(b"\x00")
        bad.append(client)
    begun, bytes_sent, gone = time.time(), 0, set()
    hello = b"\x00\x40" + b"\xb1\x01\xa1\x8auser_agent\xd0\x30" + b"x" * 40
    while time.time() - begun < 14:
        for place, client in enumerate(bad):
            if place % 6 >= 4 and place not in gone:
                try:
                    client.sendall(hello[bytes_sent : bytes_sent + 1])
                except OSError:
                    gone.add(place)
        bytes_sent += 1
        if bytes_sent == 10:
            print("60 that do not get to a login:", footprint(), flush=True)
        time.sleep(0.25)
    told(driver, "14 seconds later")
    [client.close() for client in bad]


def unread(driver):
    clients = [connect() for _ in range(20)]
    [client.sendall(ENDLESS) for client in clients]
    time.sleep(3)
    told(driver, "20 that do not read an endless result")
    # As of a process that was killed with bytes unread.
    [client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)) for client in clients]
    [client.close() for client in clients]


def killed(driver):
    process = subprocess.Popen([sys.executable, "-c", FAREWELL, f"bolt://{address}", user, password], stdout=subprocess.PIPE)
    process.stdout.readline()
    told(driver, "a process with 20 transactions and open results")
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1)
    with driver.session() as session:
        assert session.run("MATCH (k:Killed) RETURN COUNT(*)").single()[0] == 0


def long(driver):
    """10 million rows, read as bytes; then in a transaction that has written."""
    body = b'{"statement":"FOR x IN RANGE(1, 10000000) RETURN x"}'
    head = ENDLESS.split(b"Content-Length")[0] + f"Content-Length: {len(body)}\r\n\r\n".encode()
    client = connect()
    client.sendall(head + body)
    begun, length, pieces, most = time.time(), 0, 0, 0
    while True:
        piece = client.recv(1 << 20)
        length += len(piece)
        if piece.endswith(b"0\r\n\r\n") or not piece:
            break
        pieces += 1
        if pieces % 20 == 1:
            most = max(most, int(footprint().split()[0]))
    print(f"10 million rows, {length >> 20} MiB in {time.time() - begun:.1f} s; at most {most} MiB", flush=True)
    client.close()
    client, rows, most = Bolt(address, user, password), 0, 0
    client.send(BEGIN, {})
    for statement in ["INSERT (:Long {_id: 'long'})", "MATCH (l:Long) FOR x IN RANGE(1, 10000000) RETURN l._id, x"]:
        client.send(RUN, statement, {}, {})
        client.send(PULL, {"n": -1})
    # Of the login, of BEGIN, of each RUN and the first PULL.
    assert [client.reply() for _ in range(5)] == [SUCCESS] * 5
    begun = time.time()
    while client.reply() == RECORD:
        rows += 1
        if rows % 200_000 == 0:
            most = max(most, int(footprint().split()[0]))
    print(f"{rows} rows in a transaction that writes, in {time.time() - begun:.1f} s; at most {most} MiB", flush=True)
    client.close()


def large(driver):
    """A statement that holds much, and what is left of it."""
    with driver.session() as session:
        begun = time.time()
        text = "FOR i IN RANGE(1, 3000000) RETURN CAST(i AS STRING) AS s, COUNT(*) AS c ORDER BY c, s DESC LIMIT 1"
        watch = threading.Timer(2, lambda: print("two seconds into a large statement:", footprint(), flush=True))
        watch.start()
        session.run(text).consume()
        print(f"it took {time.time() - begun:.1f} s", flush=True)


def main():
    with GraphDatabase.driver(f"bolt://{address}", auth=(user, password)) as driver:
        told(driver, "before")
        for part in parts:
            {"mix": mix, "visits": visits, "stuck": stuck, "unread": unread, "killed": killed, "long": long, "large": large}[part](driver)
            time.sleep(2)
            told(driver, f"after {part}")


main()
