// The scenarios of the JavaScript driver, 5 and 6; one line per scenario: name, tab, ok or what went wrong.
// usage: node scenarios.mjs URI USER PASSWORD, in a folder whose node_modules has neo4j-driver
import { createRequire } from "node:module";
import assert from "node:assert/strict";

const require = createRequire(process.cwd() + "/");
const neo4j = require("neo4j-driver");
const major = Number(require("neo4j-driver/package.json").version.split(".")[0]);
const [uri, user, password] = process.argv.slice(2);
const auth = neo4j.auth.basic(user, password);
const open = (address = uri, config = {}) => neo4j.driver(address, auth, { disableLosslessIntegers: true, ...config });

const one = async (session, query, params) => (await session.run(query, params)).records[0].get(0);
const using = async (driver, work, config = {}) => {
  const session = driver.session(config);
  try { return await work(session); } finally { await session.close(); }
};

const scenarios = {
  async connectivity(driver) {
    await driver.getServerInfo();
    const routed = open(uri.replace("bolt://", "neo4j://"));
    await routed.getServerInfo();
    await using(routed, async (session) => assert.equal(await one(session, "RETURN 1 AS n"), 1));
    await routed.close();
  },
  async auto_commit(driver) {
    await using(driver, async (session) => {
      const result = await session.run("INSERT (:Auto {_id: 'auto', n: $n})", { n: neo4j.int(7) });
      assert.equal(result.summary.counters.updates().nodesCreated, 1);
      assert.equal(await one(session, "MATCH (a:Auto) RETURN a.n"), 7);
      assert.equal((await session.run("FOR x IN RANGE(1, 2500) RETURN x")).records.length, 2500);
    });
  },
  async managed_transactions(driver) {
    await using(driver, async (session) => {
      await session.executeWrite((tx) => tx.run("INSERT (:Managed {_id: 'm'})"));
      assert.equal(await session.executeRead(async (tx) => (await tx.run("MATCH (m:Managed) RETURN COUNT(*) AS n")).records[0].get("n")), 1);
      await assert.rejects(session.executeRead((tx) => tx.run("INSERT (:Managed)")), { code: "Neo.ClientError.Statement.AccessMode" });
    });
    const { records, summary } = await driver.executeQuery("RETURN $x AS x", { x: neo4j.int(3) });
    assert.equal(records[0].get("x"), 3);
    assert.equal(summary.queryType, "r");
  },
  async explicit_transactions(driver) {
    await using(driver, async (session) => {
      let tx = await session.beginTransaction();
      await tx.run("INSERT (:Explicit {_id: 'e'})");
      await tx.rollback();
      assert.equal(await one(session, "MATCH (e:Explicit) RETURN COUNT(*)"), 0);
      tx = await session.beginTransaction();
      await tx.run("INSERT (:Explicit {_id: 'e'})");
      await tx.commit();
      assert.equal(await one(session, "MATCH (e:Explicit) RETURN COUNT(*)"), 1);
    });
  },
  async interleaved_streams(driver) {
    await using(driver, async (session) => {
      const tx = await session.beginTransaction();
      const [left, right] = [1, 1000].map((f) => tx.run("FOR x IN RANGE(1, 1000) RETURN x * $f AS x", { f: neo4j.int(f) })[Symbol.asyncIterator]());
      for (let number = 1; number <= 1000; number++) {
        const [a, b] = [await left.next(), await right.next()];
        assert.deepEqual([a.value.get("x"), b.value.get("x")], [number, number * 1000]);
      }
      await tx.rollback();
    }, { fetchSize: 10 });
  },
  async values_there_and_back(driver) {
    const t = neo4j.types;
    const values = [
      null, true, false, neo4j.int(0), neo4j.int("9223372036854775807"), 1.5, Infinity, "", "Grüße 世界", new Int8Array([0, -1]), [], [1.5, ["x"]],
      { a: 1.5, b: { c: [null] } }, new t.Date(2026, 11, 20), new t.LocalTime(10, 30, 15, 123456789), new t.Time(10, 30, 15, 1, -3600),
      new t.LocalDateTime(2026, 11, 20, 10, 30, 15, 1), new t.DateTime(2026, 11, 20, 10, 30, 15, 1, 3600),
      new t.DateTime(2026, 11, 20, 10, 30, 15, 1, 3600, "Europe/Berlin"), new t.Duration(14, 3, 7, 9),
    ];
    const lossless = open(uri, { disableLosslessIntegers: false });
    await using(lossless, async (session) => {
      for (const value of values) {
        assert.equal(String(await one(session, "RETURN $x AS x", { x: value })), String(value));
      }
    });
    await lossless.close();
    await using(driver, async (session) => {
      const vector = await one(session, "RETURN VECTOR([1, 2.5]) AS v");
      if (major >= 6) {
        assert.deepEqual([...vector.asTypedArray()], [1, 2.5]);
        const back = await one(session, "RETURN $v AS v", { v: neo4j.vector(Float32Array.from([0.5, 1.5])) });
        assert.deepEqual([...back.asTypedArray()], [0.5, 1.5]);
      } else {
        assert.deepEqual(vector, [1, 2.5]);
      }
    });
  },
  async nodes_edges_paths(driver) {
    await using(driver, async (session) => {
      await session.run("INSERT (:G {_id: 'g1', x: 1})-[:E {w: 2}]->(:G&H {_id: 'g2'})");
      const record = (await session.run("MATCH p = (b:H)<-[e:E]-(a:G) RETURN a, e, b, p")).records[0];
      const [a, e, b, p] = ["a", "e", "b", "p"].map((key) => record.get(key));
      assert.deepEqual([a.elementId, a.properties.x, b.labels, e.type, e.properties.w], ["g1", 1, ["G", "H"], "E", 2]);
      assert.deepEqual([e.startNodeElementId, e.endNodeElementId, p.start.elementId, p.end.elementId, p.length], ["g1", "g2", "g2", "g1", 1]);
    });
  },
  async errors_and_recovery(driver) {
    await using(driver, async (session) => {
      for (const [query, code] of [
        ["RETURN", "Neo.ClientError.Statement.SyntaxError"],
        ["RETURN nobody", "Neo.ClientError.Statement.SemanticError"],
        ["FOR x IN [1, 0] RETURN 1 / x AS y", "Neo.ClientError.Statement.ArithmeticError"],
      ]) {
        await assert.rejects(session.run(query), { code });
        assert.equal(await one(session, "RETURN 1 AS n"), 1);
      }
    });
    const other = neo4j.driver(uri, neo4j.auth.basic(user, "wrong password"));
    await assert.rejects(other.getServerInfo(), { code: "Neo.ClientError.Security.Unauthorized" });
    await other.close();
  },
  async a_conflict_is_tried_again(driver) {
    let tries = 0;
    await using(driver, async (session) => {
      await session.run("INSERT (:Counter {_id: 'counter', n: 0})");
      await session.executeWrite(async (tx) => {
        tries += 1;
        await tx.run("MATCH (c:Counter) SET c.n = c.n + 1");
        if (tries === 1) await using(driver, (other) => other.run("MATCH (c:Counter) SET c.n = c.n + 10"));
      });
      assert.deepEqual([tries, await one(session, "MATCH (c:Counter) RETURN c.n")], [2, 11]);
    });
  },
  async a_batch_of_vectors(driver) {
    const rows = 100_000, row = new Array(128).fill(0.25);
    await using(driver, async (session) => {
      const result = await session.run("FOR v IN $vectors RETURN COUNT(*) AS n, SUM(v[127]) AS s", { vectors: new Array(rows).fill(row) });
      assert.deepEqual([result.records[0].get("n"), result.records[0].get("s")], [rows, rows * 0.25]);
    });
  },
  async closing_cancels(driver) {
    await using(driver, async (session) => {
      await session.run("FOR i IN RANGE(1, 2000) INSERT (:Cancel {_id: 'c' || CAST(i AS STRING), i: i})");
      await session.run("MATCH (a:Cancel), (b:Cancel) FILTER a.i < b.i AND b.i < a.i + 20 INSERT (a)-[:C]->(b)");
      const running = "SHOW TASKS YIELD status FILTER status = 'running' RETURN COUNT(*) AS n";
      const other = open();
      const call = other.session().run("CALL algo.node2vec.write({nodeLabels: ['Cancel'], walksPerNode: 1000000}, {db: {property: 'never'}})");
      call.catch(() => {});
      const until = async (count) => {
        for (let i = 0; i < 600 && (await one(session, running)) !== count; i++) await new Promise((done) => setTimeout(done, 50));
        assert.equal(await one(session, running), count);
      };
      await until(1);
      await other.close();
      await until(0);
    });
  },
  async embeddings_as_a_matrix(driver) {
    await using(driver, async (session) => {
      await session.run("FOR i IN RANGE(1, 500) INSERT (:Main {_id: 'p' || CAST(i AS STRING), i: i})");
      await session.run("MATCH (a:Main), (b:Main) FILTER a.i < b.i AND b.i < a.i + 5 INSERT (a)-[:KNOWS]->(b)");
      assert.equal(await one(session, "CALL algo.node2vec.write({nodeLabels: ['Main'], dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten"), 500);
      const rows = (await session.run("MATCH (p:Main) RETURN p.embedding AS v")).records.map((record) => record.get("v"));
      const lengths = rows.map((row) => Math.hypot(...(major >= 6 ? row.asTypedArray() : row)));
      assert.ok(rows.length === 500 && lengths.every((length) => Math.abs(length - 1) < 1e-5));
      const blocks = (await session.run("CALL algo.node2vec.stream({nodeLabels: ['Main'], dimensions: 64, blockSize: 200}) YIELD nodeIds, matrix")).records;
      assert.deepEqual(blocks.map((block) => block.get("matrix").length), [200, 200, 100].map((nodes) => nodes * 64 * 4));
    });
  },
};

let failed = 0;
const driver = open();
for (const [name, work] of Object.entries(scenarios)) {
  try {
    await using(driver, (session) => session.run("MATCH (n) DETACH DELETE n"));
    await work(driver);
    console.log(`${name}\tok`);
  } catch (error) {
    failed += 1;
    console.error(error);
    console.log(`${name}\t${error.name}: ${JSON.stringify(String(error.message).slice(0, 200))}`);
  }
}
await driver.close();
process.exit(failed ? 1 : 0);
