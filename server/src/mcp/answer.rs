//! Answers that fit into a model's context: tables of rows up to so many bytes, texts cut at a line, and a note how to go on.

use serde_json::{Map, Value as Json};
use wenddb::{Error, Rows, Summary};

use super::{show::Shower, tokens::tokens};

/// The most tokens of an answer.
pub(crate) const MOST: usize = 8_000;

/// The most tokens of a short answer.
pub(crate) const SHORT: usize = 2_000;

/// The room that a note and a summary have beyond the rows, in tokens and in bytes.
const TAIL: usize = 500;
const TAIL_BYTES: usize = 1_500;

/// The rows of a result as JSON, one row a line, without the first `skip` and no more than `most` or than the answer has room
/// for.
pub(crate) fn table(mut rows: Rows, skip: u64, most: u64) -> Result<String, Error> {
    let columns = rows.columns().to_vec();
    let head = Json::from(columns.clone()).to_string();
    let mut used = tokens(&head);
    if used > MOST / 2 {
        let columns = columns.len();
        return Ok(format!("{{\"note\":\"the result has {columns} columns, too many to show: RETURN fewer\"}}"));
    }
    let mut out = format!("{{\"columns\":{head},\"rows\":[");
    let (mut shown, mut more, mut cut) = (0, false, false);
    let mut passed = 0;
    for row in rows.by_ref() {
        let row = row?;
        if passed < skip {
            passed += 1;
            continue;
        }
        // One row has all the room when it is the first.
        let room = if shown == 0 { MOST.saturating_sub(used + TAIL) } else { MOST };
        let mut shower = Shower::new(room);
        let values: Vec<Json> = row.values().iter().map(|value| shower.show(value)).collect();
        let line = Json::Array(values).to_string();
        used += tokens(&line) + 1;
        if shown >= most || (shown > 0 && used + TAIL > MOST) {
            more = true;
            break;
        }
        out.push_str(if shown == 0 { "\n" } else { ",\n" });
        out.push_str(&line);
        cut |= shower.cut;
        shown += 1;
    }
    out.push_str(if shown == 0 { "]" } else { "\n]" });
    let mut notes = Vec::new();
    if more {
        let (first, next) = (skip + 1, skip + shown);
        notes.push(format!(
            "rows {first} to {next}; there are more: call again with offset {next} (the order is sure only with ORDER BY), or \
             count, filter, or return fewer columns"
        ));
    } else if skip > 0 && shown == 0 {
        notes.push(format!("there are no rows after the first {passed}"));
    }
    if cut {
        notes.push(
            "long values are cut; return a part of them, such as LEFT(text, n), list[0..n] or SIZE(x)".to_owned(),
        );
    }
    let mut tail = summary(rows.summary());
    if !notes.is_empty() {
        tail.insert("note".to_owned(), Json::from(notes.join("; ")));
    }
    for (name, value) in tail {
        out.push_str(&format!(",\n{}:{value}", Json::from(name)));
    }
    out.push('}');
    Ok(out)
}

/// What a statement without a table did.
pub(crate) fn done(rows: &Rows) -> String {
    let mut fields = Map::from_iter([("done".to_owned(), Json::Bool(true))]);
    fields.append(&mut summary(rows.summary()));
    Json::Object(fields).to_string()
}

/// The changes and warnings of a statement, where there are any.
fn summary(summary: &Summary) -> Map<String, Json> {
    const MOST_WARNINGS: usize = 5;
    let changes = &summary.changes;
    let counts = [
        ("nodesInserted", changes.nodes_inserted),
        ("nodesDeleted", changes.nodes_deleted),
        ("edgesInserted", changes.edges_inserted),
        ("edgesDeleted", changes.edges_deleted),
        ("labelsAdded", changes.labels_added),
        ("labelsRemoved", changes.labels_removed),
        ("propertiesSet", changes.properties_set),
        ("propertiesRemoved", changes.properties_removed),
    ];
    let counts: Map<String, Json> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| (name.to_owned(), Json::from(count)))
        .collect();
    let mut tail = Map::new();
    if !counts.is_empty() {
        tail.insert("changes".to_owned(), Json::Object(counts));
    }
    let warnings: Vec<String> = summary
        .warnings
        .iter()
        .take(MOST_WARNINGS)
        .map(|warning| warning.message.chars().take(TAIL_BYTES / MOST_WARNINGS / 2).collect())
        .collect();
    if !warnings.is_empty() {
        tail.insert("warnings".to_owned(), Json::from(warnings));
    }
    tail
}

/// A text of no more than so many tokens, cut after a line; `more` says how to go on.
pub(crate) fn cut(text: String, most: usize, more: &str) -> String {
    if tokens(&text) <= most {
        return text;
    }
    let room = most.saturating_sub(tokens(more) + 5);
    let (mut used, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        used += tokens(line);
        if used > room {
            break;
        }
        end += line.len();
    }
    format!("{}... {more}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(gql: &str, skip: u64, most: u64) -> (String, Json) {
        let mut session = wenddb::Database::in_memory().unwrap().session();
        let text = table(session.execute(gql, ()).unwrap(), skip, most).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        (text, json)
    }

    #[test]
    fn answers_end_at_their_limits_and_say_how_to_go_on() {
        let (text, json) = answer("FOR x IN RANGE(1, 3) RETURN x", 0, 100);
        assert_eq!(text, "{\"columns\":[\"x\"],\"rows\":[\n[1],\n[2],\n[3]\n]}");
        assert!(json.get("note").is_none());
        let (_, json) = answer("FOR x IN RANGE(1, 300) RETURN x", 0, 100);
        assert_eq!(json["rows"].as_array().unwrap().len(), 100);
        assert!(json["note"].as_str().unwrap().contains("offset 100"));
        let (_, json) = answer("FOR x IN RANGE(1, 300) RETURN x", 200, 1000);
        assert_eq!((json["rows"][0][0].as_u64(), json["rows"].as_array().unwrap().len()), (Some(201), 100));
        assert!(json.get("note").is_none());
        let (_, json) = answer("FOR x IN RANGE(1, 3) RETURN x", 5, 10);
        assert!(json["note"].as_str().unwrap().contains("no rows after the first 3"));
        let (text, json) = answer("FOR x IN RANGE(1, 100000) RETURN x, 'some text', [x, x + 1]", 0, 100_000);
        assert!(tokens(&text) <= MOST && tokens(&text) > MOST / 2, "{}", tokens(&text));
        assert!(json["note"].as_str().unwrap().contains("there are more"));
        let (text, json) = answer(
            "RETURN [x IN RANGE(1, 1000) | [y IN RANGE(1, 1000) | 'a text ' || CAST(x * y AS STRING)]] AS x",
            0,
            10,
        );
        assert!(tokens(&text) <= MOST, "{}", tokens(&text));
        assert!(json["note"].as_str().unwrap().contains("long values are cut"));
    }

    #[test]
    fn texts_are_cut_after_a_line() {
        assert_eq!(cut("a\nb\n".to_owned(), 100, "more"), "a\nb\n");
        let lines = "one line of words\n".repeat(100);
        let short = cut(lines.clone(), 50, "more");
        assert!(short.ends_with("words\n... more") && tokens(&short) <= 50 && tokens(&short) > 40, "{short}");
        assert_eq!(cut("ä".repeat(200), 21, "x"), "... x");
    }
}
