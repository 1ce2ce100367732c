"""Imports relational databases as they are, and compares the edges of every foreign key with the join in SQL: python joins.py FOLDER [ROWS].

FOLDER has a folder for each set, as their sources give them, packed with gzip: chinook (Chinook_Sqlite.sqlite, Chinook_PostgreSql.sql), northwind
(create.sql), sakila (sqlite-schema.sql, postgres-schema.sql, postgres-data-copy.sql), nycflights13 and f1 (CSV files). Those of files alone are also taken
as SQLite, Parquet (with pyarrow) and PostgreSQL, without a declared key, and must give the same numbers each time. PostgreSQL is a server of this
program's own, where it is installed. At last a SQLite file of ROWS rows (a million) is imported and timed.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import wenddb

wenddb.progress = False

FAILED: list[str] = []


def unpacked(path: pathlib.Path) -> str:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def csv_to_sqlite(folder: pathlib.Path, path: pathlib.Path) -> None:
    """CSV files as the tables of a SQLite file, with types and without keys, as programs write DataFrames."""
    connection = sqlite3.connect(path)
    for file in sorted(folder.glob("*.csv")):
        with file.open(newline="", encoding="utf-8") as opened:
            header, *rows = csv.reader(opened)
        values = [[None if cell in ("", "NA", "\\N") else cell for cell in row] for row in rows]
        types = [kind_of([row[at] for row in values]) for at in range(len(header))]
        names = ", ".join(f'"{name}" {kind}' for name, kind in zip(header, types))
        connection.execute(f'CREATE TABLE "{file.stem}" ({names})')
        connection.executemany(f'INSERT INTO "{file.stem}" VALUES ({", ".join("?" * len(header))})', values)
    connection.commit()
    connection.close()


def kind_of(cells: list[str | None]) -> str:
    found = [cell for cell in cells if cell is not None]

    def all_are(pattern: str) -> bool:
        return all(re.fullmatch(pattern, cell) for cell in found)

    if all_are(r"-?\d+"):
        return "INTEGER"
    if all_are(r"-?\d+(\.\d+)?(e[+-]?\d+)?"):
        return "REAL"
    if all_are(r"\d{4}-\d\d-\d\d"):
        return "DATE"
    return "TIMESTAMP" if all_are(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?") else "TEXT"


def csv_to_parquet(folder: pathlib.Path, into: pathlib.Path) -> bool:
    try:
        from pyarrow import csv as reader
        from pyarrow import parquet
    except ImportError:
        print("without Parquet: pyarrow is not installed")
        return False
    into.mkdir()
    for file in folder.glob("*.csv"):
        options = reader.ConvertOptions(strings_can_be_null=True, null_values=["", "NA", "\\N"])
        parquet.write_table(reader.read_csv(file, convert_options=options), into / f"{file.stem}.parquet")
    return True


def sqlite_to_postgres(path: pathlib.Path, run: Callable[[str, str], None], database: str) -> None:
    """The tables of a SQLite file in a database of the server, with the same types."""
    connection = sqlite3.connect(path)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    text = []
    for name in names:
        columns = [(row[1], {"REAL": "double precision"}.get(row[2], row[2])) for row in connection.execute(f'PRAGMA table_info("{name}")')]
        listed = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        text.append(f'CREATE TABLE "{name}" ({listed});\nCOPY "{name}" FROM stdin;\n')
        for row in connection.execute(f'SELECT * FROM "{name}"'):
            cells = ["\\N" if cell is None else str(cell).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for cell in row]
            text.append("\t".join(cells) + "\n")
        text.append("\\.\n")
    run(database, "".join(text))


@contextlib.contextmanager
def postgres() -> Iterator[tuple[Callable[[str, str], None], Callable[[str], str]] | None]:
    """A server: what runs a script in a database of it, which is made first, and the address of a database."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [pathlib.Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        print("without PostgreSQL: it is not installed")
        yield None
        return
    programs = found[-1].parent
    place = tempfile.mkdtemp(prefix="pg", dir="/tmp")
    as_owner = []
    if os.getuid() == 0:
        shutil.chown(place, "postgres")
        as_owner = ["runuser", "-u", "postgres", "--"]

    def tool(name: str, *arguments: str, **given: object) -> None:
        command = [*as_owner, str(programs / name), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **given)  # type: ignore[call-overload]

    tool("initdb", "-D", f"{place}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C")
    tool("pg_ctl", "-D", f"{place}/data", "-o", f"-k {place} -c listen_addresses='' -c fsync=off", "-l", f"{place}/log", "-w", "start")

    def run(database: str, script: str) -> None:
        tool("psql", "-h", place, "-U", "postgres", "-c", f'CREATE DATABASE "{database}"', "postgres")
        tool("psql", "-h", place, "-U", "postgres", "-q", database, input=script.encode())

    try:
        yield run, lambda database: f"postgresql://postgres@{place.replace('/', '%2F')}/{database}"
    finally:
        tool("pg_ctl", "-D", f"{place}/data", "-m", "immediate", "stop")
        shutil.rmtree(place)


def joined(connection: sqlite3.Connection, edge: wenddb.PlannedEdge, tables: dict[str, str]) -> int:
    """The rows of the join that an edge stands for."""
    quote = lambda name: f'"{name}"'  # noqa: E731
    sql = f"SELECT COUNT(*) FROM {quote(tables[edge.table])} x"
    for number, end in enumerate(end for end in (edge.source, edge.destination) if end is not None):
        on = " AND ".join(f"x.{quote(own)} = y{number}.{quote(other)}" for own, other in zip(end.columns, end.referenced))
        sql += f" JOIN {quote(tables[end.table])} y{number} ON {on}"
    return int(connection.execute(sql).fetchone()[0])


def check(name: str, source: str | pathlib.Path, oracle: pathlib.Path, declared: int | None) -> tuple[int, int]:
    """Imports a source and compares each of its edges with SQLite; `declared` is the number of foreign keys that it has to find."""
    connection = sqlite3.connect(oracle)
    tables = {row[0].lower(): row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    with tempfile.TemporaryDirectory() as place, wenddb.connect(f"{place}/db.wend") as db:
        began = time.perf_counter()
        done = db.import_from(source)
        took = time.perf_counter() - began
        in_graph = db.gql("MATCH ()-[e]->() RETURN COUNT(*)").value()
        keys, wrong = 0, []
        for edge in done.edge_tables:
            keys += 1 if edge.source is None else 2
            of = {one: tables[one.lower()] for one in {edge.table, edge.destination.table, *([edge.source.table] if edge.source else [])}}
            expected = joined(connection, edge, of)
            begins = edge.table if edge.source is None else edge.source.table
            stored = db.gql(f"MATCH (:`{begins}`)-[e:`{edge.label}`]->(:`{edge.destination.table}`) RETURN COUNT(*)").value()
            if not expected == edge.edges == stored:
                wrong.append(f"{edge.table} [:{edge.label}]: {edge.edges} told, {stored} stored, {expected} in SQL")
        rows = sum(int(connection.execute(f'SELECT COUNT(*) FROM "{tables[table.table.lower()]}"').fetchone()[0]) for table in done.tables)
        if rows != done.nodes:
            wrong.append(f"{done.nodes} nodes, {rows} rows")
        if in_graph != done.edges:
            wrong.append(f"{done.edges} edges told, {in_graph} stored")
        if declared is not None and keys != declared:
            wrong.append(f"{keys} foreign keys of {declared}")
    connection.close()
    print(f"{name:28} {done.nodes:8} nodes {done.edges:8} edges {keys:4} foreign keys {took:6.2f} s {'; '.join(wrong) or 'as in SQL'}", flush=True)
    FAILED.extend(f"{name}: {one}" for one in wrong)
    return done.nodes, done.edges


def foreign_keys(path: pathlib.Path) -> int:
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return sum(len({row[0] for row in connection.execute(f'PRAGMA foreign_key_list("{table}")')}) for table in tables)


def sakila_to_sqlite(schema: str, data: str, path: pathlib.Path) -> None:
    """SQLite's schema with the rows of PostgreSQL's script."""
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA foreign_keys = OFF;" + re.sub(r"CREATE TRIGGER.*?END\s*;", "", schema, flags=re.DOTALL))
    plain = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    for table, columns, rows in re.findall(r"^COPY (?:public\.)?(\w+) \((.*?)\) FROM stdin;\n(.*?)^\\\.$", data, flags=re.DOTALL | re.MULTILINE):
        of = re.match(r"payment_p\d", table)
        table = "payment" if of else table
        about = list(connection.execute(f"PRAGMA table_info({table})"))
        given, known = columns.split(", "), [row[1] for row in about]
        wanted = [at for at, column in enumerate(given) if column in known]
        # What SQLite's schema has beside, and must not be NULL: times of the last change.
        beside = [row[1] for row in about if row[3] and row[4] is None and not row[5] and row[1] not in given]
        names = ", ".join([given[at] for at in wanted] + beside)
        made = []
        for line in rows.splitlines():
            cells = line.split("\t")
            row = [None if cells[at] == "\\N" else re.sub(r"\\.", lambda found: plain.get(found[0], found[0]), cells[at]) for at in wanted]
            made.append(row + ["2022-01-01 00:00:00"] * len(beside))
        connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * (len(wanted) + len(beside)))})", made)
    connection.commit()
    rows = connection.execute("SELECT COUNT(*) FROM rental").fetchone()[0]
    connection.close()
    if rows == 0:
        raise SystemExit("sakila: the script of PostgreSQL has no rows of `rental` that were understood")


def timed(rows: int, place: pathlib.Path) -> None:
    """A SQLite file of two tables, with a foreign key between them."""
    path = place / "large.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT, city TEXT)")
    connection.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id), amount REAL, placed TEXT)")
    people = rows // 10
    connection.executemany("INSERT INTO person VALUES (?, ?, ?)", ((n, f"name {n}", f"city {n % 97}") for n in range(people)))
    orders = ((n, n * 7919 % people, n / 8, f"text {n % 1000}") for n in range(rows - people))
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", orders)
    connection.commit()
    connection.close()
    taken = []
    for number in range(3):
        with wenddb.connect(place / f"large{number}.wend") as db:
            began = time.perf_counter()
            done = db.import_from(path)
            taken.append(time.perf_counter() - began)
            assert (done.nodes, done.edges) == (rows, rows - people), done
    print(f"a SQLite file of {rows} rows: {min(taken):.2f} s (of {', '.join(f'{one:.2f}' for one in taken)})")


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as text, postgres() as server:
        place = pathlib.Path(text)
        chinook = place / "chinook.sqlite"
        chinook.write_bytes(gzip.decompress((folder / "chinook/Chinook_Sqlite.sqlite.gz").read_bytes()))
        check("chinook, SQLite", chinook, chinook, foreign_keys(chinook))
        northwind = place / "northwind.sqlite"
        connection = sqlite3.connect(northwind)
        connection.executescript(unpacked(folder / "northwind/create.sql.gz"))
        connection.close()
        check("northwind, SQLite", northwind, northwind, foreign_keys(northwind))
        sakila = place / "sakila.sqlite"
        data = unpacked(folder / "sakila/postgres-data-copy.sql.gz")
        sakila_to_sqlite(unpacked(folder / "sakila/sqlite-schema.sql.gz"), data, sakila)
        check("sakila, SQLite", sakila, sakila, foreign_keys(sakila))
        if server is not None:
            run, address = server
            script = unpacked(folder / "chinook/Chinook_PostgreSql.sql.gz")
            run("chinook_", re.sub(r"(?m)^(DROP|CREATE) DATABASE.*$|^\\c .*$", "", script))
            done = wenddb.connect().import_from(address("chinook_"))
            print(f"chinook, PostgreSQL          {done.nodes:8} nodes {done.edges:8} edges")
            run("sakila", unpacked(folder / "sakila/postgres-schema.sql.gz") + data)
            done = wenddb.connect().import_from(address("sakila"))
            print(f"sakila, PostgreSQL           {done.nodes:8} nodes {done.edges:8} edges")
        for name, keys in (("nycflights13", None), ("f1", 13)):
            plain = place / name
            plain.mkdir()
            for file in (folder / name).glob("*.csv.gz"):
                (plain / file.stem).write_bytes(gzip.decompress(file.read_bytes()))
            made = place / f"{name}.sqlite"
            csv_to_sqlite(plain, made)
            numbers = {check(f"{name}, CSV", plain, made, keys), check(f"{name}, SQLite", made, made, keys)}
            if csv_to_parquet(plain, place / f"{name}-parquet"):
                numbers.add(check(f"{name}, Parquet", place / f"{name}-parquet", made, keys))
            if server is not None:
                sqlite_to_postgres(made, run, name)
                numbers.add(check(f"{name}, PostgreSQL", address(name), made, keys))
            if len(numbers) > 1:
                FAILED.append(f"{name}: not the same each time: {sorted(numbers)}")
        timed(rows, place)
    print("\n".join(["all as in SQL"] if not FAILED else ["", *FAILED]))
    sys.exit(bool(FAILED))


if __name__ == "__main__":
    main()
