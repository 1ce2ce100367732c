//! Results as JSON: one document, or JSON lines; both with plain values or typed values.

use serde_json::{Map, Value as Json, json};
use wenddb::{PlanDescription, Row, Rows, Summary, Value};

use super::{
    plain::{self, list},
    problem::errors,
};
use crate::{bolt::summary::stats, failure::Failure};

/// A format of results: turns rows into bytes.
pub(super) trait Format: Send {
    /// Writes what precedes the rows.
    fn begin(&mut self, out: &mut Vec<u8>, columns: &[String]);

    /// Writes the next row, or the next rows: so many as the format takes at a time. Says how many they were; `None`
    /// after the last.
    ///
    /// # Errors
    /// Those of the statement, whose text is needed for them, and when the format cannot hold a value.
    fn next(&mut self, out: &mut Vec<u8>, rows: &mut Rows, statement: &str) -> Result<Option<usize>, Failure>;

    /// Writes what follows the rows.
    ///
    /// # Errors
    /// When the format cannot hold a value.
    fn end(&mut self, out: &mut Vec<u8>, tail: Map<String, Json>) -> Result<(), Failure>;

    /// Writes a failure that came after the beginning was sent; `false` when the format has no place for it.
    fn failed(&mut self, out: &mut Vec<u8>, failure: &Failure) -> bool;
}

pub(super) type WriteValue = fn(&mut Vec<u8>, &Value);

/// The next row of a statement with this text.
fn next_row(rows: &mut Rows, statement: &str) -> Result<Option<Row>, Failure> {
    rows.next().transpose().map_err(|error| Failure::engine(&error, statement))
}

/// The format of one JSON document.
pub(super) fn document(write: WriteValue) -> Box<dyn Format> {
    Box::new(Document { write, rows: 0 })
}

/// The format of JSON lines.
pub(super) fn lines(write: WriteValue) -> Box<dyn Format> {
    Box::new(Lines { write })
}

/// `{"data": {"fields": [...], "values": [[...], ...]}, ...}`
struct Document {
    write: WriteValue,
    rows: u64,
}

impl Format for Document {
    fn begin(&mut self, out: &mut Vec<u8>, columns: &[String]) {
        out.extend_from_slice(b"{\"data\":{\"fields\":");
        list(out, columns.iter(), |out, column| plain::text(out, column));
        out.extend_from_slice(b",\"values\":[");
    }

    fn next(&mut self, out: &mut Vec<u8>, rows: &mut Rows, statement: &str) -> Result<Option<usize>, Failure> {
        let Some(row) = next_row(rows, statement)? else { return Ok(None) };
        if self.rows > 0 {
            out.push(b',');
        }
        self.rows += 1;
        list(out, row.values().iter(), self.write);
        Ok(Some(1))
    }

    fn end(&mut self, out: &mut Vec<u8>, tail: Map<String, Json>) -> Result<(), Failure> {
        out.extend_from_slice(b"]}");
        for (name, value) in tail {
            out.push(b',');
            plain::text(out, &name);
            out.push(b':');
            out.extend_from_slice(value.to_string().as_bytes());
        }
        out.push(b'}');
        Ok(())
    }

    fn failed(&mut self, out: &mut Vec<u8>, failure: &Failure) -> bool {
        out.extend_from_slice(b"]},\"errors\":");
        out.extend_from_slice(errors(failure).to_string().as_bytes());
        out.push(b'}');
        true
    }
}

/// Lines of `{"$event": "Header" | "Record" | "Summary" | "Error", "_body": ...}`.
struct Lines {
    write: WriteValue,
}

fn line(out: &mut Vec<u8>, event: &str, body: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(b"{\"$event\":\"");
    out.extend_from_slice(event.as_bytes());
    out.extend_from_slice(b"\",\"_body\":");
    body(out);
    out.extend_from_slice(b"}\n");
}

impl Format for Lines {
    fn begin(&mut self, out: &mut Vec<u8>, columns: &[String]) {
        line(out, "Header", |out| {
            out.extend_from_slice(b"{\"fields\":");
            list(out, columns.iter(), |out, column| plain::text(out, column));
            out.push(b'}');
        });
    }

    fn next(&mut self, out: &mut Vec<u8>, rows: &mut Rows, statement: &str) -> Result<Option<usize>, Failure> {
        let Some(row) = next_row(rows, statement)? else { return Ok(None) };
        line(out, "Record", |out| list(out, row.values().iter(), self.write));
        Ok(Some(1))
    }

    fn end(&mut self, out: &mut Vec<u8>, tail: Map<String, Json>) -> Result<(), Failure> {
        line(out, "Summary", |out| out.extend_from_slice(Json::Object(tail).to_string().as_bytes()));
        Ok(())
    }

    fn failed(&mut self, out: &mut Vec<u8>, failure: &Failure) -> bool {
        line(out, "Error", |out| out.extend_from_slice(errors(failure).to_string().as_bytes()));
        true
    }
}

/// The summary: counters, plan and warnings.
pub(super) fn summary(summary: &Summary, wants_counters: bool) -> Map<String, Json> {
    let mut tail = Map::new();
    if wants_counters {
        tail.insert("counters".to_owned(), counters(summary));
    }
    if !summary.warnings.is_empty() {
        let warnings = summary.warnings.iter().map(|warning| {
            json!({
                "code": "Neo.ClientNotification.Statement.Warning",
                "title": "Warning",
                "description": warning.message,
                "severity": "WARNING",
                "category": "GENERIC",
                "position": null,
                "gqlStatus": warning.gqlstatus,
            })
        });
        tail.insert("notifications".to_owned(), warnings.collect());
    }
    if let Some(found) = &summary.plan {
        let profiled = found.figures.is_some();
        tail.insert(if profiled { "profiledQueryPlan" } else { "queryPlan" }.to_owned(), plan(found, profiled));
    }
    tail
}

/// All counters by their names in Neo4j's Query API.
fn counters(summary: &Summary) -> Json {
    const NAMES: [&str; 11] = [
        "nodesCreated",
        "nodesDeleted",
        "propertiesSet",
        "relationshipsCreated",
        "relationshipsDeleted",
        "labelsAdded",
        "labelsRemoved",
        "indexesAdded",
        "indexesRemoved",
        "constraintsAdded",
        "constraintsRemoved",
    ];
    let changed = stats(summary);
    let mut counters = Map::new();
    counters.insert("containsUpdates".to_owned(), Json::from(!changed.is_empty()));
    for name in NAMES {
        let count = changed.iter().find(|(known, _)| camel(known) == name).map_or(0, |(_, count)| *count);
        counters.insert(name.to_owned(), Json::from(count));
    }
    counters.insert("containsSystemUpdates".to_owned(), Json::from(false));
    counters.insert("systemUpdates".to_owned(), Json::from(0));
    Json::Object(counters)
}

/// `nodesCreated` from `nodes-created`.
fn camel(name: &str) -> String {
    let mut upper = false;
    let letters = name.chars().filter_map(|letter| {
        let shown = if upper { letter.to_ascii_uppercase() } else { letter };
        upper = letter == '-';
        (!upper).then_some(shown)
    });
    letters.collect()
}

fn plan(plan_: &PlanDescription, profiled: bool) -> Json {
    let name = plan_.operator.split(' ').next().unwrap_or(&plan_.operator);
    let children: Vec<Json> = plan_.inputs.iter().map(|input| plan(input, profiled)).collect();
    let mut out = json!({
        "operatorType": name,
        "identifiers": [],
        "arguments": {"Details": plan_.operator},
        "children": children,
    });
    if let (true, Some(map)) = (profiled, out.as_object_mut()) {
        let (rows, milliseconds) = plan_.figures.unwrap_or((0, 0.0));
        map.insert("records".to_owned(), Json::from(rows));
        map.insert("dbHits".to_owned(), Json::from(0));
        map.insert("time".to_owned(), Json::from((milliseconds * 1e6) as i64));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_counters() {
        assert_eq!(camel("relationships-created"), "relationshipsCreated");
        let counters = counters(&Summary::default());
        assert_eq!(counters["containsUpdates"], false);
        assert_eq!(counters.as_object().unwrap().len(), 14);
    }

    #[test]
    fn a_failure_after_rows_leaves_json() {
        let mut format = document(plain::write);
        let mut out = Vec::new();
        let mut session = wenddb::Database::in_memory().unwrap().session();
        let text = "FOR x IN [1, $nan] RETURN x AS `a\"b`";
        let mut rows = session.execute(text, wenddb::params! {"nan" => f64::NAN}).unwrap();
        format.begin(&mut out, rows.columns());
        while format.next(&mut out, &mut rows, text).unwrap().is_some() {}
        assert!(format.failed(&mut out, &Failure::timed_out()));
        let json: Json = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["data"], json!({"fields": ["a\"b"], "values": [[1], ["NaN"]]}));
        assert_eq!(json["errors"][0]["code"], "Neo.ClientError.Transaction.TransactionTimedOut");
    }
}
