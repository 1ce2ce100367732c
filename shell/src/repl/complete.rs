//! Completion: the candidates for what `context` found at the cursor.

use rustyline::completion::Pair;
use wenddb::text::{self, TokenKind};

use super::catalog::{Catalog, MODES, Parameter};
use super::context::{self, Want};
use crate::format::quoted_name;

/// The names in the database, as of the last prompt.
#[derive(Debug, Default)]
pub struct KnownNames {
    /// Graphs.
    pub graphs: Vec<String>,
    /// Labels of nodes in the current graph.
    pub node_labels: Vec<String>,
    /// Labels of edges.
    pub edge_labels: Vec<String>,
    /// Property keys of both.
    pub property_keys: Vec<String>,
    /// Trained models.
    pub models: Vec<String>,
    /// Query parameters set in the shell.
    pub params: Vec<String>,
}

/// The candidates at the end of `text`, and the byte where the text that they replace begins.
pub fn complete(text: &str, catalog: &Catalog, names: &KnownNames) -> (usize, Vec<Pair>) {
    let cursor = context::cursor(text);
    let typed = &text[cursor.start.min(text.len())..];
    let mut pairs: Vec<Pair> = match &cursor.want {
        Want::Nothing => Vec::new(),
        Want::Word => words(text, typed, catalog),
        Want::NodeLabel => names.node_labels.iter().map(|name| quoted(name)).collect(),
        Want::EdgeLabel => names.edge_labels.iter().map(|name| quoted(name)).collect(),
        Want::Property | Want::PropertyKey => properties(names, cursor.want == Want::PropertyKey),
        Want::Procedure => catalog.procedures().map(|(name, _)| plain(&name)).collect(),
        Want::Argument { procedure, given } => arguments(catalog, procedure, given),
        Want::WriteKey { procedure, path } => write_keys(catalog, procedure, path),
        Want::Column { procedure } => {
            let (name, mode) = split_mode(procedure);
            let columns = catalog.algorithm(name).map(|algorithm| algorithm.mode_columns(mode));
            columns.unwrap_or_default().into_iter().map(plain).collect()
        }
        Want::Algorithm => catalog.algorithms.iter().map(|algorithm| plain(&algorithm.name)).collect(),
        Want::Model => names.models.iter().map(|name| quoted(name)).collect(),
        Want::Graph => names.graphs.iter().map(|name| quoted(name)).collect(),
        Want::QueryParameter => names.params.iter().map(|name| plain(name)).collect(),
    };
    pairs.retain(|pair| starts_with(&pair.replacement, typed));
    (cursor.start, pairs)
}

/// Whether a candidate begins with what was typed; case does not count.
pub fn starts_with(candidate: &str, typed: &str) -> bool {
    let mut chars = candidate.chars().flat_map(char::to_lowercase);
    typed.chars().flat_map(char::to_lowercase).all(|c| chars.next() == Some(c))
}

/// A candidate that is shown as it is inserted.
pub fn plain(name: &str) -> Pair {
    Pair { display: name.to_owned(), replacement: name.to_owned() }
}

/// A user's name, in back quotes where GQL needs them.
fn quoted(name: &str) -> Pair {
    Pair { display: name.to_owned(), replacement: quoted_name(name).into_owned() }
}

/// Property keys, with `_id`, which every node has.
fn properties(names: &KnownNames, key: bool) -> Vec<Pair> {
    let all = names.property_keys.iter().map(String::as_str).chain(std::iter::once("_id"));
    let pairs = all.map(quoted).map(|pair| {
        let end = if key { ": " } else { "" };
        Pair { replacement: pair.replacement + end, ..pair }
    });
    let mut pairs: Vec<Pair> = pairs.collect();
    pairs.dedup_by(|a, b| a.replacement == b.replacement);
    pairs
}

/// Keywords, functions, and the names in the statement. Without a first letter, only at the beginning of a statement.
fn words(text: &str, typed: &str, catalog: &Catalog) -> Vec<Pair> {
    const BEGINNINGS: [&str; 12] =
        ["CALL", "CREATE", "DESCRIBE", "DROP", "EXPLAIN", "FOR", "INSERT", "LET", "MATCH", "RETURN", "SHOW", "USE"];
    if typed.is_empty() {
        let fresh = text.trim_end().is_empty() || text.trim_end().ends_with(';');
        return if fresh { BEGINNINGS.iter().map(|word| plain(word)).collect() } else { Vec::new() };
    }
    let lower = !typed.contains(char::is_uppercase);
    let mut pairs = Vec::new();
    let before = &text[..text.len() - typed.len()];
    let mut variables: Vec<&str> = text::tokens(before)
        .iter()
        .filter(|token| token.kind == TokenKind::Identifier)
        .filter_map(|token| before.get(token.span.start..token.span.end))
        .collect();
    variables.sort_unstable();
    variables.dedup();
    // Variables are case-sensitive: they are completed in their own case.
    pairs.extend(variables.into_iter().filter(|name| name.starts_with(typed) && *name != typed).map(plain));
    pairs.extend(
        catalog.keywords.iter().map(|word| plain(&if lower { word.to_ascii_lowercase() } else { word.clone() })),
    );
    pairs.extend(catalog.functions.iter().map(|function| {
        let name = if function.name.starts_with(typed) {
            function.name.clone()
        } else if lower {
            function.name.to_ascii_lowercase()
        } else {
            function.name.to_ascii_uppercase()
        };
        Pair { display: function.signature.clone(), replacement: format!("{name}(") }
    }));
    pairs
}

/// The parameters of an algorithm that are not given yet, with type and default.
fn arguments(catalog: &Catalog, procedure: &str, given: &[String]) -> Vec<Pair> {
    let Some(algorithm) = catalog.algorithm(split_mode(procedure).0) else { return Vec::new() };
    let missing = algorithm.parameters.iter().filter(|parameter| !given.contains(&parameter.name));
    missing.map(|parameter| Pair { display: shown(parameter), replacement: format!("{}: ", parameter.name) }).collect()
}

/// `dimensions: INT 1..4096 = 128`
fn shown(parameter: &Parameter) -> String {
    let range = if parameter.range.is_empty() { String::new() } else { format!(" {}", parameter.range) };
    format!("{}: {}{range} = {}", parameter.name, parameter.type_name, parameter.default)
}

/// Keys of the second record of `.write`.
fn write_keys(catalog: &Catalog, procedure: &str, path: &[String]) -> Vec<Pair> {
    let (name, mode) = split_mode(procedure);
    if !mode.is_some_and(|mode| mode.eq_ignore_ascii_case("write")) {
        return Vec::new();
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        [] => [("db: {…}", "db: {"), ("wait: BOOL = true", "wait: ")]
            .map(|(display, replacement)| Pair { display: display.to_owned(), replacement: replacement.to_owned() })
            .to_vec(),
        ["db"] => vec![Pair { display: "property: STRING".to_owned(), replacement: "property: ".to_owned() }],
        ["db", "property"] => {
            let columns = catalog.algorithm(name).map_or(&[][..], |algorithm| algorithm.columns.as_slice());
            let stored = columns.iter().filter(|column| !column.identity);
            let pair = |name: &str| Pair { display: name.to_owned(), replacement: format!("{name}: ") };
            stored.map(|column| pair(&column.name)).collect()
        }
        _ => Vec::new(),
    }
}

/// `algo.x.write` is the mode `write` of `algo.x`; `algo.x.y` is an algorithm of its own.
fn split_mode(procedure: &str) -> (&str, Option<&str>) {
    let is_mode = |mode: &str| MODES.iter().any(|known| known.eq_ignore_ascii_case(mode));
    match procedure.rsplit_once('.') {
        Some((name, mode)) if name.contains('.') && is_mode(mode) => (name, Some(mode)),
        _ => (procedure, None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalog::{Algorithm, Column, Function};
    use super::*;

    fn catalog() -> Catalog {
        let parameter = |name: &str, default: &str| Parameter {
            name: name.into(),
            type_name: "INT".into(),
            default: default.into(),
            range: "1..9".into(),
            ..Parameter::default()
        };
        let column = |name: &str| Column { name: name.into(), ..Column::default() };
        Catalog {
            keywords: ["MATCH", "RETURN", "REMOVE"].map(str::to_owned).to_vec(),
            functions: vec![Function { name: "size".into(), signature: "size(x)".into(), ..Function::default() }],
            algorithms: vec![Algorithm {
                name: "node2vec".into(),
                modes: super::super::catalog::MODES.to_vec(),
                parameters: vec![parameter("dimensions", "128"), parameter("walkLength", "80")],
                columns: vec![Column { identity: true, ..column("nodeId") }, column("embedding")],
                stats: vec![column("nodeCount")],
                ..Algorithm::default()
            }],
        }
    }

    fn names() -> KnownNames {
        KnownNames {
            graphs: vec!["default".into(), "my graph".into()],
            node_labels: vec!["Company".into(), "Person".into()],
            edge_labels: vec!["KNOWS".into()],
            property_keys: vec!["age".into(), "name".into()],
            models: vec!["cora".into(), "my model".into()],
            params: vec!["id".into()],
        }
    }

    fn completed(text: &str) -> Vec<String> {
        let (start, pairs) = complete(text, &catalog(), &names());
        pairs.into_iter().map(|pair| format!("{}{}", &text[..start], pair.replacement)).collect()
    }

    #[test]
    fn keywords_follow_the_case_typed() {
        assert_eq!(completed("MAT"), ["MATCH"]);
        assert_eq!(completed("match (n) re"), ["match (n) return", "match (n) remove"]);
    }

    #[test]
    fn functions_and_variables() {
        assert_eq!(completed("RETURN SI"), ["RETURN SIZE("]);
        assert_eq!(completed("MATCH (person) RETURN pe"), ["MATCH (person) RETURN person"]);
    }

    #[test]
    fn names_of_the_database() {
        assert_eq!(completed("MATCH (n:p"), ["MATCH (n:Person"]);
        assert_eq!(completed("DESCRIBE MODEL c"), ["DESCRIBE MODEL cora"]);
        assert_eq!(completed("DROP MODEL m"), [""; 0]);
        assert_eq!(completed("MATCH ()-[:"), ["MATCH ()-[:KNOWS"]);
        assert_eq!(completed("MATCH (n) RETURN n.n"), ["MATCH (n) RETURN n.name"]);
        assert_eq!(completed("MATCH (n {a"), ["MATCH (n {age: "]);
        assert_eq!(completed("MATCH (n {_"), ["MATCH (n {_id: "]);
        assert_eq!(completed("USE "), ["USE default", "USE `my graph`"]);
        assert_eq!(completed("RETURN $"), ["RETURN $id"]);
    }

    #[test]
    fn procedures_and_their_parameters() {
        assert_eq!(completed("CALL algo.").len(), 5);
        assert_eq!(completed("CALL algo.node2vec.w"), ["CALL algo.node2vec.write"]);
        assert_eq!(completed("CALL algo.node2vec({d"), ["CALL algo.node2vec({dimensions: "]);
        assert_eq!(
            completed("CALL algo.node2vec.stream({dimensions: 3, "),
            ["CALL algo.node2vec.stream({dimensions: 3, walkLength: "]
        );
        let (_, pairs) = complete("CALL algo.node2vec({d", &catalog(), &names());
        assert_eq!(pairs[0].display, "dimensions: INT 1..9 = 128");
        assert_eq!(
            completed("CALL algo.node2vec() YIELD "),
            ["CALL algo.node2vec() YIELD nodeId", "CALL algo.node2vec() YIELD embedding"]
        );
        assert_eq!(completed("CALL algo.node2vec.stats() YIELD n"), ["CALL algo.node2vec.stats() YIELD nodeCount"]);
        assert_eq!(completed("CALL algo.node2vec.write({}, {d"), ["CALL algo.node2vec.write({}, {db: {"]);
        assert_eq!(completed("CALL algo.node2vec.write({}, {db: {").len(), 1);
    }

    #[test]
    fn letters_of_any_script() {
        assert!(starts_with("Äpfel", "ä"));
        assert!(!starts_with("a", "ab"));
    }
}
