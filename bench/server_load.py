"""Load on a server, and bad clients: 200 connections that read and write, 10,000 that come and go, those that never end, those
that do not read and are killed. The server has to allow 300 connections, and as many from one address.

usage: server_load.py HOST:PORT USER PASSWORD PID [SECONDS]; with the Python driver neo4j. Prints requests per second, p50
and p99 in milliseconds, and the server's memory and threads before and after.
"""

import base64
import random
import socket
import struct
import sys
import threading
import time

from neo4j import GraphDatabase

address, user, password, pid = sys.argv[1:5]
seconds = float(sys.argv[5]) if len(sys.argv) > 5 else 60
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


def main():
    driver = GraphDatabase.driver(f"bolt://{address}", auth=(user, password), max_connection_pool_size=CONNECTIONS)
    with driver.session() as session:
        session.run("FOR i IN RANGE(0, 999) INSERT (:Load {_id: 'n' || CAST(i AS STRING), n: 0, i: i})").consume()
        session.run("MATCH (p:Load), (q:Load) FILTER q.i = p.i + 1 INSERT (p)-[:NEXT]->(q)").consume()
    print("before:", footprint())
    mixed(driver)
    driver.close()
    time.sleep(1)
    print("after the mix:", footprint())
    for _ in range(10_000):
        connect().close()
    time.sleep(1)
    print("after 10,000 that came and went:", footprint())
    bad = []
    for kind in range(40):
        client = connect()
        if kind % 4 == 0:
            client.sendall(HANDSHAKE[:7])
        elif kind % 4 == 1:
            client.sendall(HANDSHAKE)
        elif kind % 4 == 2:
            client.sendall(HANDSHAKE + b"\x00")
        bad.append(client)
    print("with 40 that do not log in:", footprint())
    time.sleep(12)
    print("12 seconds later:", footprint())
    [client.close() for client in bad]
    unread = [connect() for _ in range(20)]
    [client.sendall(ENDLESS) for client in unread]
    time.sleep(2)
    print("with 20 that do not read an endless result:", footprint())
    # As of a process that was killed with bytes unread.
    [client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)) for client in unread]
    [client.close() for client in unread]
    time.sleep(2)
    print("after these were killed:", footprint())


main()
