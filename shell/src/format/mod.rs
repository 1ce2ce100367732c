//! Printing result tables: one file per format, all behind [`TableWriter`].

mod csv;
mod json;
mod jsonl;
mod table;
mod text;

use std::io::{self, Write};

pub use text::quoted_name;
use wenddb::Value;

use crate::args::Format;

/// A printer of one result table, row by row.
pub trait TableWriter {
    /// Prints a row, with a value per column.
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()>;

    /// Prints the end of the table.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// Begins a table. `width` is the width of the terminal, when the output is one.
pub fn begin(
    format: Format,
    out: &mut dyn Write,
    columns: &[String],
    width: Option<u16>,
) -> io::Result<Box<dyn TableWriter>> {
    Ok(match format {
        Format::Table => Box::new(table::Table::new(columns, width)),
        Format::Json => Box::new(json::Json::begin(out, columns)?),
        Format::Jsonl => Box::new(jsonl::Jsonl::new(columns)),
        Format::Csv => Box::new(csv::Csv::begin(out, columns)?),
    })
}

/// A number with a noun: `1 row`, `11 rows`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A small table of texts, for the shell's own lists.
pub fn list(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    table::list(header, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same values in each format.
    fn printed(format: Format, columns: &[&str], rows: Vec<Vec<Value>>) -> String {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let mut out = Vec::new();
        let mut writer = begin(format, &mut out, &columns, None).unwrap();
        for row in rows {
            writer.row(&mut out, row).unwrap();
        }
        writer.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![Value::String("a\"b,\nc".into()), Value::Int(1)],
            vec![Value::Null, Value::Vector([0.5, -1.0].into())],
        ]
    }

    #[test]
    fn jsonl_has_one_object_per_row() {
        assert_eq!(
            printed(Format::Jsonl, &["s", "n"], rows()),
            "{\"s\":\"a\\\"b,\\nc\",\"n\":1}\n{\"s\":null,\"n\":[0.5,-1.0]}\n"
        );
        assert_eq!(printed(Format::Jsonl, &["s"], Vec::new()), "");
    }

    #[test]
    fn json_is_one_array() {
        assert_eq!(printed(Format::Json, &["s"], Vec::new()), "[]\n");
        let text = printed(Format::Json, &["s", "n"], rows());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value.as_array().map(Vec::len), Some(2));
        assert_eq!(value[0]["n"], 1);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(printed(Format::Csv, &["s", "n"], rows()), "s,n\n\"a\"\"b,\nc\",1\n,\"[0.5,-1.0]\"\n");
        let list = Value::List(vec![Value::String("x".into()), Value::Null].into());
        assert_eq!(
            printed(Format::Csv, &["l", "b"], vec![vec![list, Value::Bool(true)]]),
            "l,b\n\"[\"\"x\"\",null]\",true\n"
        );
        // A single NULL is quoted, so that it is not taken for a blank line.
        assert_eq!(printed(Format::Csv, &["l"], vec![vec![Value::Null]]), "l\n\"\"\n");
    }

    #[test]
    fn tables_have_a_box_and_a_count() {
        assert_eq!(
            printed(
                Format::Table,
                &["name", "n"],
                vec![vec![Value::String("Zoë".into()), Value::Int(7)], vec![Value::Null, Value::Int(1000)],]
            ),
            "\
┌──────┬──────┐
│ name │ n    │
╞══════╪══════╡
│ Zoë  │    7 │
│ NULL │ 1000 │
└──────┴──────┘
2 rows
"
            .replace("│ n    │", "│    n │")
        );
    }

    #[test]
    fn empty_tables_show_their_columns() {
        let text = printed(Format::Table, &["name"], Vec::new());
        assert!(text.contains("│ name │") && text.ends_with("0 rows\n"), "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
    }

    #[test]
    fn large_tables_come_in_pages_that_line_up() {
        let rows = (0..2500).map(|i| vec![Value::Int(i), Value::String("x".into())]).collect();
        let text = printed(Format::Table, &["number", "s"], rows);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2500 + 3 + 1 + 1);
        let width = lines[0].chars().count();
        assert!(lines[..lines.len() - 1].iter().all(|line| line.chars().count() == width), "{text}");
        assert_eq!(lines.last(), Some(&"2500 rows"));
    }

    #[test]
    fn exactly_one_page_ends_once() {
        let rows = (0..1000).map(|i| vec![Value::Int(i)]).collect();
        let text = printed(Format::Table, &["number"], rows);
        assert_eq!(text.lines().count(), 1000 + 3 + 1 + 1);
    }

    #[test]
    fn counts_have_a_plural() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(0, "row"), "0 rows");
    }
}
