// The scenarios of the Go driver; one line per scenario: name, tab, ok or what went wrong.
//
// usage: drivers URI USER PASSWORD
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/dbtype"
)

var (
	uri, user, password string
	ctx                 = context.Background()
)

type values = map[string]any

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func expect(got, wanted any) {
	if !reflect.DeepEqual(got, wanted) {
		panic(fmt.Errorf("%#v, not %#v", got, wanted))
	}
}

func connect(scheme string) neo4j.DriverWithContext {
	return must(neo4j.NewDriverWithContext(strings.Replace(uri, "bolt:", scheme+":", 1), neo4j.BasicAuth(user, password, "")))
}

func run(session neo4j.SessionWithContext, query string, params values) []*neo4j.Record {
	return must(must(session.Run(ctx, query, params)).Collect(ctx))
}

func one(session neo4j.SessionWithContext, query string, params values) any {
	return run(session, query, params)[0].Values[0]
}

func connectivity(driver neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	check(driver.VerifyConnectivity(ctx))
	routed := connect("neo4j")
	defer routed.Close(ctx)
	check(routed.VerifyConnectivity(ctx))
	other := routed.NewSession(ctx, neo4j.SessionConfig{})
	defer other.Close(ctx)
	expect(one(other, "RETURN $x AS x", values{"x": 3}), int64(3))
}

func autoCommit(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	summary := must(must(session.Run(ctx, "INSERT (:Auto {_id: 'auto', n: $n})", values{"n": 7})).Consume(ctx))
	expect(summary.Counters().NodesCreated(), 1)
	expect(one(session, "MATCH (a:Auto) RETURN a.n", nil), int64(7))
	for place, record := range run(session, "FOR x IN RANGE(1, 2500) RETURN x", nil) {
		expect(record.Values[0], int64(place+1))
	}
}

func work(query string) neo4j.ManagedTransactionWork {
	return func(tx neo4j.ManagedTransaction) (any, error) {
		result, err := tx.Run(ctx, query, nil)
		if err != nil {
			return nil, err
		}
		return result.Collect(ctx)
	}
}

func managedTransactions(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	must(session.ExecuteWrite(ctx, work("INSERT (:Managed {_id: 'm'})")))
	records := must(session.ExecuteRead(ctx, work("MATCH (m:Managed) RETURN COUNT(*) AS n"))).([]*neo4j.Record)
	expect(records[0].Values[0], int64(1))
	_, err := session.ExecuteRead(ctx, work("INSERT (:Managed)"))
	expect(code(err), "Neo.ClientError.Statement.AccessMode")
}

func explicitTransactions(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	for count, end := range []func(neo4j.ExplicitTransaction) error{
		func(tx neo4j.ExplicitTransaction) error { return tx.Rollback(ctx) },
		func(tx neo4j.ExplicitTransaction) error { return tx.Commit(ctx) },
	} {
		tx := must(session.BeginTransaction(ctx))
		must(tx.Run(ctx, "INSERT (:Explicit {_id: 'e'})", nil))
		check(end(tx))
		expect(one(session, "MATCH (e:Explicit) RETURN COUNT(*)", nil), int64(count))
	}
}

func interleavedStreams(driver neo4j.DriverWithContext, _ neo4j.SessionWithContext) {
	session := driver.NewSession(ctx, neo4j.SessionConfig{FetchSize: 10})
	defer session.Close(ctx)
	tx := must(session.BeginTransaction(ctx))
	defer tx.Close(ctx)
	left := must(tx.Run(ctx, "FOR x IN RANGE(1, 1000) RETURN x", nil))
	right := must(tx.Run(ctx, "FOR x IN RANGE(1, 1000) RETURN x * 1000", nil))
	for number := int64(1); number <= 1000; number++ {
		if !left.Next(ctx) || !right.Next(ctx) {
			panic(fmt.Errorf("%v, %v", left.Err(), right.Err()))
		}
		expect(left.Record().Values[0], number)
		expect(right.Record().Values[0], number*1000)
	}
}

func valuesThereAndBack(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	moment := time.Date(2026, 11, 20, 10, 30, 15, 123456789, time.FixedZone("Offset", 3600))
	for _, value := range []any{
		nil, true, false, int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), 1.5, math.Inf(1), "", "Grüße 世界",
		[]byte{0, 255}, []any{}, []any{int64(1), []any{int64(2), "x"}}, values{"a": int64(1), "b": values{"c": []any{nil}}},
		dbtype.Duration{Months: 14, Days: 3, Seconds: 7, Nanos: 9},
	} {
		expect(one(session, "RETURN $x AS x", values{"x": value}), value)
	}
	expect(one(session, "RETURN $x AS x", values{"x": moment}).(time.Time).Equal(moment), true)
	expect(one(session, "RETURN DATE '2026-11-20' AS x", nil).(dbtype.Date).Time().Format("2006-01-02"), "2026-11-20")
	expect(one(session, "RETURN $x AS x", values{"x": dbtype.LocalTime(moment)}).(dbtype.LocalTime).Time().Nanosecond(), 123456789)
	expect(math.IsNaN(one(session, "RETURN $x AS x", values{"x": math.NaN()}).(float64)), true)
	expect(one(session, "RETURN VECTOR([1, 2.5]) AS v", nil), []any{1.0, 2.5})
}

func nodesEdgesPaths(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	run(session, "INSERT (:G {_id: 'g1', x: 1})-[:E {w: 2}]->(:G&H {_id: 'g2'})", nil)
	row := run(session, "MATCH p = (b:H)<-[e:E]-(a:G) RETURN a, e, b, p", nil)[0].Values
	a, e, b, p := row[0].(dbtype.Node), row[1].(dbtype.Relationship), row[2].(dbtype.Node), row[3].(dbtype.Path)
	expect([]any{a.ElementId, a.Props["x"], e.Type, e.Props["w"], len(b.Labels)}, []any{"g1", int64(1), "E", int64(2), 2})
	expect([]any{e.StartElementId, e.EndElementId, len(p.Nodes), len(p.Relationships)}, []any{"g1", "g2", 2, 1})
}

func code(err error) string {
	var failure *neo4j.Neo4jError
	if errors.As(err, &failure) {
		return failure.Code
	}
	return fmt.Sprint(err)
}

func errorsAndRecovery(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	for query, wanted := range map[string]string{
		"RETURN":                            "Neo.ClientError.Statement.SyntaxError",
		"RETURN nobody":                     "Neo.ClientError.Statement.SemanticError",
		"FOR x IN [1, 0] RETURN 1 / x AS y": "Neo.ClientError.Statement.ArithmeticError",
	} {
		result, err := session.Run(ctx, query, nil)
		if err == nil {
			_, err = result.Collect(ctx)
		}
		expect(code(err), wanted)
		expect(one(session, "RETURN 1 AS n", nil), int64(1))
	}
	other := must(neo4j.NewDriverWithContext(uri, neo4j.BasicAuth(user, "wrong password", "")))
	defer other.Close(ctx)
	expect(code(other.VerifyConnectivity(ctx)), "Neo.ClientError.Security.Unauthorized")
}

func aConflictIsTriedAgain(driver neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	other := driver.NewSession(ctx, neo4j.SessionConfig{})
	defer other.Close(ctx)
	run(session, "INSERT (:Counter {_id: 'counter', n: 0})", nil)
	tries := 0
	must(session.ExecuteWrite(ctx, func(tx neo4j.ManagedTransaction) (any, error) {
		tries++
		_, err := work("MATCH (c:Counter) SET c.n = c.n + 1")(tx)
		if tries == 1 {
			run(other, "MATCH (c:Counter) SET c.n = c.n + 10", nil)
		}
		return nil, err
	}))
	expect(tries, 2)
	expect(one(session, "MATCH (c:Counter) RETURN c.n", nil), int64(11))
}

func aBatchOfVectors(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	const rows, width = 100_000, 128
	vectors := make([][]float64, rows)
	for row := range vectors {
		vectors[row] = make([]float64, width)
		vectors[row][width-1] = 0.25
	}
	record := run(session, "FOR v IN $vectors RETURN COUNT(*) AS n, SUM(v[127]) AS s", values{"vectors": vectors})[0]
	expect(record.Values, []any{int64(rows), rows * 0.25})
}

// A second driver asks for what takes minutes and goes away; the server is soon as free as before. The driver is closed, and not
// only its session: a context that is done leaves the connection open in some versions.
func closingCancels(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	run(session, "FOR i IN RANGE(1, 2000) INSERT (:Cancel {_id: 'c' || CAST(i AS STRING), i: i})", nil)
	run(session, "MATCH (a:Cancel), (b:Cancel) FILTER a.i < b.i AND b.i < a.i + 20 INSERT (a)-[:C]->(b)", nil)
	other := connect("bolt")
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		session := other.NewSession(limited, neo4j.SessionConfig{})
		call := "CALL algo.node2vec.write({nodeLabels: ['Cancel'], walksPerNode: 1000000}, {db: {property: 'never'}})"
		if result, err := session.Run(limited, call, nil); err == nil {
			_, _ = result.Consume(limited)
		}
		_ = session.Close(ctx)
	}()
	running := func(wanted int64) {
		begun := time.Now()
		for one(session, "SHOW TASKS YIELD status FILTER status = 'running' RETURN COUNT(*) AS n", nil) != wanted {
			if time.Since(begun) > 30*time.Second {
				panic(fmt.Errorf("not %d tasks", wanted))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	running(1)
	cancel()
	check(other.Close(ctx))
	running(0)
	<-ended
}

func embeddingsAsAMatrix(_ neo4j.DriverWithContext, session neo4j.SessionWithContext) {
	run(session, "FOR i IN RANGE(1, 500) INSERT (:Main {_id: 'p' || CAST(i AS STRING), i: i})", nil)
	run(session, "MATCH (a:Main), (b:Main) FILTER a.i < b.i AND b.i < a.i + 5 INSERT (a)-[:KNOWS]->(b)", nil)
	call := "CALL algo.node2vec.write({nodeLabels: ['Main'], dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten"
	expect(one(session, call, nil), int64(500))
	for _, record := range run(session, "MATCH (p:Main) RETURN p.embedding AS v", nil) {
		square := 0.0
		for _, x := range record.Values[0].([]any) {
			square += x.(float64) * x.(float64)
		}
		expect(math.Abs(square-1) < 1e-5, true)
	}
}

type scenario func(neo4j.DriverWithContext, neo4j.SessionWithContext)

func try(driver neo4j.DriverWithContext, name string, run_ scenario) (good bool) {
	session := driver.NewSession(ctx, neo4j.SessionConfig{})
	defer session.Close(ctx)
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Printf("%s\t%q\n", name, fmt.Sprint(problem))
		}
	}()
	run(session, "MATCH (n) DETACH DELETE n", nil)
	run_(driver, session)
	fmt.Printf("%s\tok\n", name)
	return true
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: drivers URI USER PASSWORD")
		os.Exit(2)
	}
	uri, user, password = os.Args[1], os.Args[2], os.Args[3]
	driver := connect("bolt")
	good := true
	for _, each := range []struct {
		name string
		run  scenario
	}{
		{"connectivity", connectivity},
		{"auto_commit", autoCommit},
		{"managed_transactions", managedTransactions},
		{"explicit_transactions", explicitTransactions},
		{"interleaved_streams", interleavedStreams},
		{"values_there_and_back", valuesThereAndBack},
		{"nodes_edges_paths", nodesEdgesPaths},
		{"errors_and_recovery", errorsAndRecovery},
		{"a_conflict_is_tried_again", aConflictIsTriedAgain},
		{"a_batch_of_vectors", aBatchOfVectors},
		{"closing_cancels", closingCancels},
		{"embeddings_as_a_matrix", embeddingsAsAMatrix},
	} {
		good = try(driver, each.name, each.run) && good
	}
	_ = driver.Close(ctx)
	if !good {
		os.Exit(1)
	}
}
