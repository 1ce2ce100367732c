//! Printing result tables: one file per format, all behind [`TableWriter`].

mod csv;
mod fit;
mod json;
mod jsonl;
mod table;
mod text;

use std::io::{self, IsTerminal, Write};

pub use fit::{paragraph, shortened};
pub use text::quoted_name;
use wenddb::{Statement, StatementKind, Value, text as language};

use crate::args::Format;

/// A printer of one result table, row by row.
pub trait TableWriter {
    /// Prints a row, with a value per column.
    fn row(&mut self, out: &mut dyn Write, values: Vec<Value>) -> io::Result<()>;

    /// Prints the end of the table.
    fn end(&mut self, out: &mut dyn Write) -> io::Result<()>;
}

/// How results are shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The format of result tables.
    pub format: Format,
    /// Whether to print how long each statement took.
    pub timing: bool,
    /// Whether a person reads: what statements without a table did is said, and tables are cut to what a terminal shows.
    pub interactive: bool,
    /// The most rows of a table that an interactive terminal shows; 0 = all.
    pub max_rows: usize,
    /// The most characters of a line that an interactive terminal shows; 0 = no limit, none = those of the terminal.
    pub max_width: Option<u16>,
}

/// The rows that are shown unless `.maxrows` says otherwise.
pub const MAX_ROWS: usize = 40;

impl View {
    /// The view of a script or of the interactive shell.
    pub fn new(format: Format, interactive: bool) -> Self {
        View { format, timing: false, interactive, max_rows: MAX_ROWS, max_width: None }
    }

    /// What of a table the output shows. Files and pipes get everything; a terminal what fits its width, of a script all rows.
    pub fn screen(&self, statement: &str) -> Screen {
        if !io::stdout().is_terminal() {
            return Screen::default();
        }
        let width = match self.max_width {
            Some(0) => None,
            Some(width) => Some(width),
            None => terminal_width(),
        };
        let catalog = is_about_the_catalog(statement);
        let max_rows = if catalog || !self.interactive { 0 } else { self.max_rows };
        Screen { width, max_rows, whole_texts: catalog, interactive: self.interactive }
    }
}

/// What of a table is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Screen {
    /// The width of the terminal, when the output is one: what does not fit is left out.
    pub width: Option<u16>,
    /// Whether long texts are broken over lines instead of being cut.
    pub whole_texts: bool,
    /// The most rows that are shown; 0 = all.
    pub max_rows: usize,
    /// Whether a command of the shell can show the rest.
    pub interactive: bool,
}

/// Whether a statement asks about the catalog or a plan: its texts are read as a whole.
fn is_about_the_catalog(statement: &str) -> bool {
    is_one_of(first_words(statement).next(), &["SHOW", "DESCRIBE", "DESC", "EXPLAIN", "PROFILE"])
}

/// The words of a statement, without comments.
fn first_words(statement: &str) -> impl Iterator<Item = &str> {
    let tokens = language::tokens(statement).into_iter();
    let words = tokens.filter(|token| token.kind != language::TokenKind::Comment);
    words.map(move |token| statement.get(token.span.start..token.span.end).unwrap_or_default())
}

fn is_one_of(word: Option<&str>, known: &[&str]) -> bool {
    word.is_some_and(|word| known.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// The width of the terminal, when standard output is one.
pub fn terminal_width() -> Option<u16> {
    io::stdout()
        .is_terminal()
        .then(console::Term::stdout)
        .and_then(|term| term.size_checked())
        .map(|(_, columns)| columns)
        .filter(|columns| *columns > 0)
}

/// The width of the shell's own texts.
pub fn text_width() -> usize {
    terminal_width().map_or(100, |width| usize::from(width).clamp(40, 120))
}

/// Begins a table.
pub fn begin(
    format: Format,
    out: &mut dyn Write,
    columns: &[String],
    screen: Screen,
) -> io::Result<Box<dyn TableWriter>> {
    Ok(match format {
        Format::Table => Box::new(table::Table::new(columns, screen)),
        Format::Json => Box::new(json::Json::begin(out, columns)?),
        Format::Jsonl => Box::new(jsonl::Jsonl::new(columns)),
        Format::Csv => Box::new(csv::Csv::begin(out, columns)?),
    })
}

/// The results of a script as one JSON document: an array of rows when the script has one result, an array of such
/// arrays when it has several. When a statement fails, the document stays open, so that no reader takes a part for the
/// whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Document {
    several: bool,
    begun: bool,
}

impl Document {
    /// The document of scripts.
    pub fn of<'s>(format: Format, scripts: impl Iterator<Item = &'s str>) -> Self {
        if format != Format::Json {
            return Document::default();
        }
        let tables = scripts.flat_map(|script| {
            let ranges = language::split_statements(script).statements;
            ranges.into_iter().map(|range| gives_table(script.get(range).unwrap_or_default()))
        });
        Document { several: tables.filter(|table| *table).take(2).count() > 1, begun: false }
    }

    /// Prints what stands before a result.
    pub fn before_result(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.several {
            out.write_all(if self.begun { b"," } else { b"[\n" })?;
        }
        self.begun = true;
        Ok(())
    }

    /// Prints the end, when all statements have run.
    pub fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.several && self.begun { out.write_all(b"]\n") } else { Ok(()) }
    }
}

/// Whether a statement has a result table, as far as its text tells.
fn gives_table(statement: &str) -> bool {
    const WITHOUT: [&str; 10] =
        ["CREATE", "DROP", "ALTER", "USE", "SESSION", "SET", "DELETE", "STOP", "KILL", "REFRESH"];
    if is_about_the_catalog(statement) {
        return true;
    }
    // What cannot be parsed ends the script.
    let Ok(parsed) = Statement::parse(statement) else { return true };
    match parsed.single() {
        Some(StatementKind::Read | StatementKind::ReadWrite) => true,
        // CREATE TOKEN gives the text of the token.
        Some(StatementKind::Schema) => {
            let mut words = first_words(statement);
            !is_one_of(words.next(), &WITHOUT) || is_one_of(words.next(), &["TOKEN"])
        }
        _ => false,
    }
}

/// A number with a noun: `1 row`, `11 rows`.
pub fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A number with its thousands apart: `6,852`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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
        let mut writer = begin(format, &mut out, &columns, Screen::default()).unwrap();
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

    fn on_screen(columns: &[&str], rows: Vec<Vec<Value>>, screen: Screen) -> String {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let mut out = Vec::new();
        let mut writer = begin(Format::Table, &mut out, &columns, screen).unwrap();
        for row in rows {
            writer.row(&mut out, row).unwrap();
        }
        writer.end(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_results_are_cut_with_a_count() {
        let rows = (0..6892).map(|i| vec![Value::Int(i)]).collect();
        let screen = Screen { width: Some(80), max_rows: 40, interactive: true, ..Screen::default() };
        let text = on_screen(&["n"], rows, screen);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 40 + 4 + 2, "{text}");
        assert_eq!(lines[44], "... 6,852 more rows; .maxrows 0 shows all");
        assert_eq!(lines[45], "6892 rows");
        let all = on_screen(&["n"], (0..50).map(|i| vec![Value::Int(i)]).collect(), Screen { max_rows: 0, ..screen });
        assert_eq!(all.lines().count(), 50 + 5);
        let just = on_screen(&["n"], (0..40).map(|i| vec![Value::Int(i)]).collect(), screen);
        assert!(just.ends_with("40 rows\n") && !just.contains("..."), "{just}");
    }

    #[test]
    fn wide_results_keep_to_the_width() {
        let names: Vec<String> = (0..12).map(|i| format!("column_{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let row = |i: i64| {
            (0..12).map(|_| Value::String("long text ".repeat(7 + usize::try_from(i).unwrap()).into())).collect()
        };
        let screen = Screen { width: Some(80), max_rows: 40, interactive: true, ..Screen::default() };
        for (rows, screen) in [(20, screen), (2, screen), (20, Screen { whole_texts: true, ..screen })] {
            let text = on_screen(&names, (0..rows).map(row).collect(), screen);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(text.contains("column_0") && text.contains("column_11") && text.contains("│ … │"), "{text}");
            assert!(text.contains(" more columns: column_"), "{text}");
        }
        // Texts of a few rows, and of the catalog, are broken over lines instead of being cut.
        let text = || Value::String(format!("{}end", "word ".repeat(50)).into());
        let few = on_screen(&["a", "b"], vec![vec![Value::Int(1), text()]], screen);
        assert!(few.contains("end") && few.lines().count() > 6, "{few}");
        let many = on_screen(&["a", "b"], (0..9).map(|i| vec![Value::Int(i), text()]).collect(), screen);
        assert!(!many.contains("end") && many.contains('…') && many.lines().count() == 9 + 5, "{many}");
    }

    #[test]
    fn documents_are_told_from_the_statements() {
        let several = |script: &str| Document::of(Format::Json, std::iter::once(script)).several;
        assert!(several("RETURN 1 AS a; RETURN 2 AS b"));
        assert!(several("SHOW GRAPHS; CALL algo.degree()"));
        assert!(several("EXPLAIN INSERT (:A); RETURN 2 AS b"));
        assert!(several("CREATE TOKEN t FOR u; RETURN 2 AS b"));
        assert!(!several("/* one */ CREATE GRAPH g; // two\n RETURN 2 AS b"));
        assert!(!several("INSERT (:A); RETURN 2 AS b"));
        assert!(!several("CREATE GRAPH g; USE g; MATCH (n) RETURN n"));
        assert!(!several("START TRANSACTION; MATCH (n) DELETE n; MATCH (n) RETURN n; COMMIT"));
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 6852, 1_234_567].map(thousands), ["0", "999", "1,000", "6,852", "1,234,567"]);
    }
}
