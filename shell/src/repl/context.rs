//! The context of the cursor: where in a statement it is, and so what can be completed.
//!
//! The context is found by tokens, since the text before the cursor is rarely a complete statement.

use wenddb::text::{self, Token, TokenKind};

/// What can be completed at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Nothing: a string, a comment, a number.
    Nothing,
    /// A keyword, a function, a variable.
    Word,
    /// The label of a node.
    NodeLabel,
    /// The label of an edge.
    EdgeLabel,
    /// A property after a dot.
    Property,
    /// A property as the key of a map in a pattern.
    PropertyKey,
    /// The name of a procedure, with its dots.
    Procedure,
    /// A parameter of an algorithm.
    Argument {
        /// The procedure, as called.
        procedure: String,
        /// The parameters that are given already.
        given: Vec<String>,
    },
    /// A key of the second record of `.write`, or of a record inside of it.
    WriteKey {
        /// The procedure, as called.
        procedure: String,
        /// The keys of the enclosing records, the outermost first.
        path: Vec<String>,
    },
    /// A column of a procedure.
    Column {
        /// The procedure, as called.
        procedure: String,
    },
    /// The name of an algorithm.
    Algorithm,
    /// The name of a trained model.
    Model,
    /// The name of a graph.
    Graph,
    /// The name of a query parameter, after its `$`.
    QueryParameter,
}

/// The context of the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// What can be completed.
    pub want: Want,
    /// The start of the text to replace, in bytes of the whole text.
    pub start: usize,
}

/// A token with its text.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    kind: TokenKind,
    text: &'a str,
    start: usize,
}

impl Item<'_> {
    fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Identifier | TokenKind::Keyword | TokenKind::Function)
    }

    fn is_word(&self, word: &str) -> bool {
        self.is_name() && self.text.eq_ignore_ascii_case(word)
    }

    fn is_sign(&self) -> bool {
        matches!(self.kind, TokenKind::Operator | TokenKind::Punctuation | TokenKind::Unknown)
    }

    fn ends_with(&self, sign: char) -> bool {
        self.is_sign() && self.text.ends_with(sign)
    }
}

/// An open bracket.
#[derive(Clone, Copy, Debug)]
struct Open {
    bracket: char,
    /// The index of its token.
    at: usize,
    /// The commas since the bracket, at its own depth.
    commas: usize,
}

/// Finds the context at the end of `text`.
pub fn cursor(text: &str) -> Cursor {
    let tokens = text::tokens(text);
    let last_token = tokens.last().copied().filter(|token| token.span.end >= text.len());
    if let Some(token) = last_token {
        match token.kind {
            TokenKind::String | TokenKind::Comment | TokenKind::Number => {
                return Cursor { want: Want::Nothing, start: text.len() };
            }
            TokenKind::Parameter => return Cursor { want: Want::QueryParameter, start: token.span.start + 1 },
            _ => {}
        }
    }
    if text.ends_with('$') {
        return Cursor { want: Want::QueryParameter, start: text.len() };
    }
    let mut items = statement(text, &tokens);
    let mut start = text.len();
    if last_token.is_some()
        && let Some(item) = items.last().copied().filter(Item::is_name)
    {
        start = item.start;
        items.pop();
    }
    let (want, moved) = want(&items);
    Cursor { want, start: moved.unwrap_or(start) }
}

/// The tokens of the statement that the text ends in, without comments.
fn statement<'a>(text: &'a str, tokens: &[Token]) -> Vec<Item<'a>> {
    let items = tokens.iter().filter(|token| token.kind != TokenKind::Comment).filter_map(|token| {
        let content = text.get(token.span.start..token.span.end)?;
        Some(Item { kind: token.kind, text: content, start: token.span.start })
    });
    let items: Vec<Item<'a>> = items.collect();
    let begin = items.iter().rposition(|item| item.is_sign() && item.text == ";").map_or(0, |index| index + 1);
    items[begin..].to_vec()
}

/// The context after these tokens, and the start of the text to replace if it is not the word itself.
fn want(items: &[Item<'_>]) -> (Want, Option<usize>) {
    let Some(last) = items.last() else { return (Want::Word, None) };
    if last.ends_with('.') {
        return after_dot(items);
    }
    if last.is_word("CALL") {
        return (Want::Procedure, None);
    }
    if last.is_word("ALGO") && items.len() >= 2 && items[items.len() - 2].is_name() {
        return (Want::Algorithm, None);
    }
    let before = items.len().checked_sub(2).map(|index| items[index]);
    if last.is_word("MODEL")
        && before.is_some_and(|item| ["DROP", "DESCRIBE", "DESC"].iter().any(|word| item.is_word(word)))
    {
        return (Want::Model, None);
    }
    let use_graph = last.is_word("USE")
        || (last.is_word("GRAPH")
            && before.is_some_and(|item| ["DROP", "USE", "SET"].iter().any(|word| item.is_word(word))));
    if use_graph {
        return (Want::Graph, None);
    }
    if let Some(procedure) = yielding(items) {
        return (Want::Column { procedure }, None);
    }
    let open = open_brackets(items);
    if let Some(innermost) = open.last() {
        if innermost.bracket == '{' {
            return (in_record(items, &open), None);
        }
        if expects_label(items) {
            return (if is_edge(items, &open) { Want::EdgeLabel } else { Want::NodeLabel }, None);
        }
    } else if expects_label(items) {
        return (Want::NodeLabel, None);
    }
    (Want::Word, None)
}

/// After a dot: the rest of a procedure's name, or a property.
fn after_dot(items: &[Item<'_>]) -> (Want, Option<usize>) {
    let mut first = items.len();
    while first >= 2 && items[first - 1].ends_with('.') && items[first - 2].is_name() {
        first -= 2;
    }
    if first == items.len() {
        // After a bracket: `nodes[0].name`, `$p.x`.
        return (Want::Property, None);
    }
    match first.checked_sub(1).map(|index| items[index]) {
        Some(item) if item.is_word("CALL") => (Want::Procedure, Some(items[first].start)),
        _ => (Want::Property, None),
    }
}

/// Whether a label comes next: after `:`, or after an operator of a label expression that began with one.
fn expects_label(items: &[Item<'_>]) -> bool {
    let Some(last) = items.last() else { return false };
    if last.ends_with(':') || last.is_word("LABELED") {
        return true;
    }
    let operator = |item: &Item<'_>| item.is_sign() && ["&", "|", "!", "%"].contains(&item.text);
    if !operator(last) {
        return false;
    }
    let rest = items.iter().rposition(|item| !operator(item) && !item.is_name());
    rest.is_some_and(|index| items[index].ends_with(':'))
}

/// Whether the innermost bracket is that of an edge: `-[`, `~[`, or a token that holds both.
fn is_edge(items: &[Item<'_>], open: &[Open]) -> bool {
    let Some(innermost) = open.last().filter(|open| open.bracket == '[') else { return false };
    let text = items[innermost.at].text;
    let before = text.strip_suffix('[').unwrap_or_default();
    let sign = |text: &str| text.ends_with(['-', '~', '<']);
    sign(before) || innermost.at.checked_sub(1).is_some_and(|index| items[index].is_sign() && sign(items[index].text))
}

/// The brackets that are open at the end, the innermost last.
fn open_brackets(items: &[Item<'_>]) -> Vec<Open> {
    let mut open: Vec<Open> = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_sign()) {
        for sign in item.text.chars() {
            match sign {
                '(' | '[' | '{' => open.push(Open { bracket: sign, at, commas: 0 }),
                ')' | ']' | '}' => {
                    open.pop();
                }
                ',' => {
                    if let Some(innermost) = open.last_mut() {
                        innermost.commas += 1;
                    }
                }
                _ => {}
            }
        }
    }
    open
}

/// Inside `{ }`: an argument of a procedure, the property map of a pattern, a record or a block.
fn in_record(items: &[Item<'_>], open: &[Open]) -> Want {
    let (Some(innermost), Some(last)) = (open.last(), items.last()) else { return Want::Word };
    let at_key = last.ends_with('{') || last.ends_with(',');
    // The records around, up to the first other bracket.
    let records = open.iter().rev().take_while(|open| open.bracket == '{').count();
    let around = open.len().checked_sub(records + 1).map(|index| open[index]);
    let Some(around) = around else { return Want::Word };
    if around.bracket == '('
        && let Some(procedure) = called(&items[..around.at])
    {
        if !at_key {
            return Want::Word;
        }
        let path = record_path(items, &open[open.len() - records..]);
        return match around.commas {
            0 if records == 1 => Want::Argument { procedure, given: given_keys(items, innermost.at) },
            1 => Want::WriteKey { procedure, path },
            _ => Want::Nothing,
        };
    }
    let pattern = records == 1 && items[around.at..innermost.at].iter().all(|item| !item.ends_with('='));
    if at_key && pattern { Want::PropertyKey } else { Want::Word }
}

/// The keys under which inner records stand in outer ones.
fn record_path(items: &[Item<'_>], records: &[Open]) -> Vec<String> {
    let inner = records.iter().skip(1);
    let keys = inner.filter_map(|open| open.at.checked_sub(2).map(|index| items[index].text.to_owned()));
    keys.collect()
}

/// The keys of the record that begins at `open`, as far as it goes.
fn given_keys(items: &[Item<'_>], open: usize) -> Vec<String> {
    let pairs = items[open..].windows(2);
    pairs.filter(|pair| pair[0].is_name() && pair[1].ends_with(':')).map(|pair| pair[0].text.to_owned()).collect()
}

/// The procedure that these tokens end in calling: `... CALL algo.node2vec`.
fn called(items: &[Item<'_>]) -> Option<String> {
    let call = items.iter().rposition(|item| item.is_word("CALL"))?;
    let name = &items[call + 1..];
    let dotted =
        name.iter().enumerate().all(|(index, item)| if index % 2 == 0 { item.is_name() } else { item.text == "." });
    (dotted && name.len() % 2 == 1).then(|| name.iter().map(|item| item.text).collect())
}

/// The procedure whose columns come next: after `YIELD`, or a comma in its list.
fn yielding(items: &[Item<'_>]) -> Option<String> {
    let last = items.last()?;
    if !last.is_word("YIELD") && !last.ends_with(',') {
        return None;
    }
    let yield_at = items.iter().rposition(|item| item.is_word("YIELD"))?;
    let list = &items[yield_at + 1..];
    if !list.iter().all(|item| item.is_word("AS") || item.text == "," || item.is_name()) {
        return None;
    }
    // A keyword other than AS in a list with a comma at its end belongs to a later clause: `YIELD a RETURN a,`.
    if list
        .windows(2)
        .any(|pair| pair[0].is_name() && pair[1].is_name() && !pair[0].is_word("AS") && !pair[1].is_word("AS"))
    {
        return None;
    }
    let mut end = yield_at;
    if items[..end].last().is_some_and(|item| item.ends_with(')')) {
        let mut depth = 0i32;
        end = items[..end].iter().rposition(|item| {
            for sign in item.text.chars().rev().filter(|_| item.is_sign()) {
                match sign {
                    ')' => depth += 1,
                    '(' => depth -= 1,
                    _ => {}
                }
            }
            depth == 0
        })?;
    }
    called(&items[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Want {
        cursor(text).want
    }

    #[test]
    fn words() {
        assert_eq!(cursor("MAT"), Cursor { want: Want::Word, start: 0 });
        assert_eq!(cursor("MATCH (n) RET"), Cursor { want: Want::Word, start: 10 });
        assert_eq!(at(""), Want::Word);
        assert_eq!(at("RETURN 1; MA"), Want::Word);
    }

    #[test]
    fn labels_of_nodes_and_edges() {
        assert_eq!(cursor("MATCH (n:Per"), Cursor { want: Want::NodeLabel, start: 9 });
        assert_eq!(at("MATCH (:"), Want::NodeLabel);
        assert_eq!(at("MATCH (n:A&"), Want::NodeLabel);
        assert_eq!(at("MATCH (n:A|B&!"), Want::NodeLabel);
        assert_eq!(at("MATCH (n)-[e:KN"), Want::EdgeLabel);
        assert_eq!(at("MATCH (n)-[:"), Want::EdgeLabel);
        assert_eq!(at("MATCH (n)<-[:"), Want::EdgeLabel);
        assert_eq!(at("MATCH (n) WHERE n IS LABELED "), Want::NodeLabel);
    }

    #[test]
    fn properties() {
        assert_eq!(cursor("MATCH (n) RETURN n.na"), Cursor { want: Want::Property, start: 19 });
        assert_eq!(at("MATCH (n) RETURN n."), Want::Property);
        assert_eq!(at("MATCH (n:P {na"), Want::PropertyKey);
        assert_eq!(at("MATCH (n:P {a: 1, "), Want::PropertyKey);
        assert_eq!(at("MATCH (n:P {a: "), Want::Word);
        assert_eq!(at("MATCH ()-[e:K {"), Want::PropertyKey);
    }

    #[test]
    fn procedures() {
        assert_eq!(cursor("CALL al"), Cursor { want: Want::Procedure, start: 5 });
        assert_eq!(cursor("CALL algo."), Cursor { want: Want::Procedure, start: 5 });
        assert_eq!(cursor("CALL algo.node2vec.st"), Cursor { want: Want::Procedure, start: 5 });
    }

    #[test]
    fn arguments() {
        let argument = |given: &[&str]| Want::Argument {
            procedure: "algo.node2vec".into(),
            given: given.iter().map(|key| (*key).to_owned()).collect(),
        };
        assert_eq!(at("CALL algo.node2vec({"), argument(&[]));
        assert_eq!(at("CALL algo.node2vec({ dim"), argument(&[]));
        assert_eq!(at("CALL algo.node2vec({ p: 1, q: 2, "), argument(&["p", "q"]));
        assert_eq!(at("CALL algo.node2vec({\n  p: 1,\n  wa"), argument(&["p"]));
        assert_eq!(at("CALL algo.node2vec({ p: "), Want::Word);
    }

    #[test]
    fn keys_of_write() {
        let key = |path: &[&str]| Want::WriteKey {
            procedure: "algo.x.write".into(),
            path: path.iter().map(|key| (*key).to_owned()).collect(),
        };
        assert_eq!(at("CALL algo.x.write({p: 1}, {"), key(&[]));
        assert_eq!(at("CALL algo.x.write({}, {db: {"), key(&["db"]));
        assert_eq!(at("CALL algo.x.write({}, {db: {property: {"), key(&["db", "property"]));
        assert_eq!(at("CALL algo.x.write({}, {db: {property: 'e'}, "), key(&[]));
    }

    #[test]
    fn columns() {
        let column = Want::Column { procedure: "algo.x.stats".into() };
        assert_eq!(at("CALL algo.x.stats({a: 1}) YIELD "), column);
        assert_eq!(at("CALL algo.x.stats() YIELD no"), column);
        assert_eq!(at("CALL algo.x.stats({a: [1, 2]}) YIELD a AS b, "), column);
        assert_eq!(at("CALL algo.x.stats({}) YIELD a "), Want::Word);
        assert_eq!(at("CALL algo.x.stats({}) YIELD a RETURN a, "), Want::Word);
    }

    #[test]
    fn names_of_graphs_and_algorithms() {
        assert_eq!(at("USE "), Want::Graph);
        assert_eq!(at("DROP GRAPH so"), Want::Graph);
        assert_eq!(at("DESCRIBE ALGO no"), Want::Algorithm);
        assert_eq!(at("DESCRIBE MODEL "), Want::Model);
        assert_eq!(at("DROP MODEL co"), Want::Model);
    }

    #[test]
    fn nothing_in_strings_and_comments() {
        assert_eq!(at("RETURN 'MAT"), Want::Nothing);
        assert_eq!(at("RETURN 1 // MAT"), Want::Nothing);
        assert_eq!(at("RETURN 12"), Want::Nothing);
    }

    #[test]
    fn query_parameters() {
        assert_eq!(cursor("RETURN $na"), Cursor { want: Want::QueryParameter, start: 8 });
        assert_eq!(cursor("RETURN $"), Cursor { want: Want::QueryParameter, start: 8 });
    }

    #[test]
    fn any_text_is_survived() {
        for text in [
            "}",
            "{",
            "({",
            "CALL",
            "CALL (",
            "CALL .",
            ".",
            "..",
            ":",
            "{{{{",
            ")))",
            "YIELD ,",
            "CALL a.b) YIELD ",
            "ä{ö:",
        ] {
            cursor(text);
        }
    }
}
