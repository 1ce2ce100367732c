//! Diagnoses of syntax errors: pest's error in the user's words, with a hint.

use pest::error::{ErrorVariant, InputLocation};

use crate::ast::Span;
use crate::error::SyntaxError;
use crate::lex::{Kind, Lexer};
use crate::parser::{PestError, Rule};
use crate::words::{FUNCTION_WORDS, is_hard, is_keyword, is_reserved};
use wend_names::suggest;

/// The words that begin a statement or a clause.
const STARTERS: &[&str] = &[
    "BACKUP",
    "BEGIN",
    "CALL",
    "CHECK",
    "COMMIT",
    "CREATE",
    "DELETE",
    "DESCRIBE",
    "DETACH",
    "DROP",
    "EXCEPT",
    "EXPLAIN",
    "FILTER",
    "FINISH",
    "FOR",
    "FOREACH",
    "GROUP",
    "INSERT",
    "INTERSECT",
    "KILL",
    "LET",
    "LIMIT",
    "LOAD",
    "MATCH",
    "MERGE",
    "NEXT",
    "OFFSET",
    "OPTIONAL",
    "ORDER",
    "OTHERWISE",
    "PROFILE",
    "REFRESH",
    "REMOVE",
    "RETURN",
    "ROLLBACK",
    "SESSION",
    "SET",
    "SHOW",
    "SKIP",
    "START",
    "STOP",
    "UNION",
    "UNWIND",
    "UPSERT",
    "USE",
    "WHERE",
    "WITH",
    "YIELD",
];

/// The words that may follow an operand.
const AFTER_OPERANDS: &[&str] = &[
    "AND",
    "AS",
    "ASC",
    "ASCENDING",
    "CONTAINS",
    "DESC",
    "DESCENDING",
    "ELSE",
    "END",
    "ENDS",
    "IN",
    "IS",
    "NOT",
    "NULLS",
    "OR",
    "STARTS",
    "THEN",
    "WHEN",
    "XOR",
];

/// The words that are operators.
const OPERATORS: &[&str] = &["AND", "CONTAINS", "ENDS", "IN", "IS", "NOT", "OR", "STARTS", "XOR"];

/// The words that precede an operand.
const BEFORE_OPERANDS: &[&str] = &["CASE", "DISTINCT", "EXISTS", "NOT", "RECORD", "WHEN"];

/// What is at the place where the parser stopped.
struct Found<'a> {
    text: &'a str,
    span: Span,
    kind: Option<Kind>,
}

impl Found<'_> {
    fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn is_word(&self) -> bool {
        self.kind == Some(Kind::Word)
    }

    fn shown(&self) -> String {
        const LONGEST: usize = 32;
        if self.text.chars().count() <= LONGEST {
            return format!("`{}`", self.text);
        }
        let start: String = self.text.chars().take(LONGEST).collect();
        format!("`{start}...`")
    }
}

pub(crate) fn diagnose(text: &str, error: &PestError) -> SyntaxError {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    // What stands before it tells an edge from a comment.
    let found = match Lexer::new(text).find(|lexeme| lexeme.end > at) {
        Some(lexeme) => {
            let start = lexeme.start.max(at);
            Found {
                text: text.get(start..lexeme.end).unwrap_or_default(),
                span: Span { start, end: lexeme.end },
                kind: Some(lexeme.kind),
            }
        }
        None => Found {
            text: "",
            span: Span { start: text.trim_end().len().max(at.min(text.len())), end: text.len() },
            kind: None,
        },
    };
    let rules: &[Rule] = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    };
    let before = text.get(..found.span.start).unwrap_or_default().trim_end();
    let after = text.get(found.span.end..).unwrap_or_default();
    if let Some(error) = unsupported(&found, before, after) {
        return error;
    }
    let expected = match expected(rules) {
        none if none.is_empty() => elsewhere(before).to_owned(),
        some => some,
    };
    let message = match (&found.kind, expected.is_empty()) {
        (None, true) => "the statement ends too early".to_owned(),
        (None, false) => format!("the statement ends where {expected} is expected"),
        (Some(Kind::Unknown), _) => format!("{} is no part of GQL", found.shown()),
        (Some(Kind::Number), _) if found.text.ends_with(|c: char| c.is_alphabetic() || c == '_') => {
            format!("{} is no number", found.shown())
        }
        (Some(_), true) => format!("{} is unexpected here", found.shown()),
        (Some(_), false) => format!("{} is unexpected here; {expected} is expected", found.shown()),
    };
    let mut span = found.span;
    if found.kind.is_none() {
        span.end = span.start;
    }
    let error = SyntaxError::new(span, message);
    match name_hint(&found, before, after)
        .or_else(|| hint(&found, rules, before, after))
        .or_else(|| taken(&found, before))
    {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// Whether a reserved word is used as a name: it was introduced with AS, or it is followed by what only follows a name.
fn name_hint(found: &Found<'_>, before: &str, after: &str) -> Option<String> {
    let follows = after.trim_start();
    let declared = before.ends_with(['(', '[']) && follows.starts_with([':', ')', ']', '{', '.'])
        || follows.starts_with('=')
        || matches!(last_word(before).as_str(), "FOR" | "LET");
    if declared && found.is_word() && is_hard(found.text) {
        return Some(reserved(found.text));
    }
    let words = before.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let near: Vec<&str> = words.rev().take(2).collect();
    let mut near = std::iter::once(found.text).chain(near).filter(|word| is_hard(word));
    near.find(|word| given(before, word)).map(reserved)
}

/// Whether the text before introduces this name with AS.
fn given(before: &str, word: &str) -> bool {
    let mut previous = "";
    Lexer::new(before).any(|lexeme| {
        let text = before.get(lexeme.start..lexeme.end).unwrap_or_default();
        std::mem::replace(&mut previous, text).eq_ignore_ascii_case("AS") && text == word
    })
}

/// Whether a word that precedes an operand is followed by what only follows a name.
fn taken(found: &Found<'_>, before: &str) -> Option<String> {
    const TAKEN: &[&str] = &["ALL", "CASE", "DISTINCT", "EXISTS", "IS", "LET", "NOT", "WHEN", "WHERE"];
    let word = last_written(before);
    let upper = word.to_ascii_uppercase();
    let follows =
        matches!(found.text, "" | ":" | "." | ")" | "]" | "}" | "," | "=" | "<" | ">" | ";") || found.is("AS");
    // COUNT(DISTINCT) lacks its argument.
    let quantifier = matches!(&*upper, "ALL" | "DISTINCT");
    let name = if quantifier { found.text != ")" } else { !found.text.is_empty() };
    (follows && TAKEN.contains(&upper.as_str()) && name).then(|| reserved(word))
}

fn reserved(word: &str) -> String {
    format!(
        "{} is a reserved word; write it between backticks, `` `{word}` ``, or choose another name",
        word.to_uppercase()
    )
}

/// The last word before the place, in upper case.
fn last_word(before: &str) -> String {
    let start = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
    before.get(start..).unwrap_or_default().to_ascii_uppercase()
}

/// What is expected, where the grammar's alternatives are too many to list.
fn elsewhere(before: &str) -> &'static str {
    if before.is_empty() || before.ends_with(';') {
        return "a statement, such as MATCH (n) RETURN n,";
    }
    match last_word(before).as_str() {
        "RETURN" | "WITH" => "a column, such as n.name AS name,",
        _ => "",
    }
}

/// Whether a word in upper case is a name that the user chose.
fn is_name(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && !is_keyword(word)
}

/// The last word before the place, as it is written.
fn last_written(before: &str) -> &str {
    before.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()
}

/// Whether a reserved word is the name of a function.
fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

/// Whether the innermost open bracket before the place is that of a CAST.
fn unclosed_cast(before: &str) -> bool {
    let mut depth = 0usize;
    for (at, c) in before.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' if depth == 0 => return last_word(before[..at].trim_end()) == "CAST",
            '(' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// Whether the text before contains a word.
fn mentions(before: &str, word: &str) -> bool {
    Lexer::new(before)
        .any(|l| l.kind == Kind::Word && before.get(l.start..l.end).is_some_and(|w| w.eq_ignore_ascii_case(word)))
}

/// The features of the standard that are recognised and not supported.
fn unsupported(found: &Found<'_>, before: &str, after: &str) -> Option<SyntaxError> {
    let last = last_word(before);
    let text = found.text;
    let feature = if matches!(text, "~" | "<~" | "~>") {
        "undirected edges `~[]~` (GH02)"
    } else if matches!(text, "-" | "<-") && after.starts_with('/') {
        "simplified path patterns `-/ /->` (G080)"
    } else if text == "|+|" {
        "unions of path patterns (G030, G032)"
    } else if found.is("KEEP") {
        "KEEP clauses (G006)"
    } else if found.is("SELECT") && !before.ends_with('.') {
        "SELECT statements"
    } else if found.is("SCHEMA")
        || found.is("DIRECTORY")
        || (found.is("AT") && (before.is_empty() || before.ends_with([';', '{'])))
    {
        "schemas (GC01)"
    } else if (found.is("BINDING") || found.is("TABLE")) && matches!(last.as_str(), "SET" | "BINDING") {
        "binding tables as session parameters (GS02)"
    } else if before.is_empty() || before.ends_with([';', '{', '}']) {
        // Variable definitions before the first clause.
        match text.to_ascii_uppercase().as_str() {
            "PROPERTY" | "GRAPH" => "variables for graphs (GE01)",
            "BINDING" | "TABLE" => "variables for tables (GP05)",
            "VALUE" => {
                return Some(
                    SyntaxError::unsupported(found.span, "variables for values before the first clause (GP06)")
                        .hint("write LET name = value"),
                );
            }
            _ => return None,
        }
    } else if text.starts_with('$') && last == "GRAPH" {
        "graphs as session parameters (GS01)"
    } else if found.is("LIKE") && mentions(before, "GRAPH") && mentions(before, "CREATE") {
        "graphs and graph types made LIKE another (GG04)"
    } else {
        return None;
    };
    Some(SyntaxError::unsupported(found.span, feature))
}

/// What to write instead.
fn hint(found: &Found<'_>, rules: &[Rule], before: &str, after: &str) -> Option<String> {
    let last = last_word(before);
    let operand = operand_expected(rules);
    let text = found.text;
    let inserting = ["INSERT", "CREATE", "MERGE", "UPSERT"].iter().any(|word| mentions(before, word));
    let fixed = match text {
        "!" if before.ends_with('=') && !after.starts_with('=') => "write `<>` for unequal",
        "<" if before.ends_with('=') => "write `<=` for at most",
        "!" if operand => "write NOT",
        "&" if after.starts_with('&') => "write AND",
        ".." if last.is_empty() || last.starts_with(|c: char| c.is_ascii_digit()) => {
            "a quantifier is written `{1,3}`; `*1..3` stands inside the brackets of an edge"
        }
        "[" if before.ends_with(')') => "an edge begins with `-[` or `<-[`",
        "]" if after.trim_start().starts_with(['{', '*', '+']) => {
            "a quantifier stands after the whole edge: `-[:Label]->{1,3}`"
        }
        "]" if after.trim_start().starts_with(['>', '(', '=']) || after.starts_with("--") => {
            "an edge ends with `]->` or `]-`"
        }
        ":" if before.ends_with('-') => "a label stands in brackets: `-[:Label]->`",
        "->" | "<-" | "-" | "-->" | "<--" | "--" if inserting && before.ends_with(')') => {
            "an inserted edge needs a label: `-[:Label]->`"
        }
        "->" if after.starts_with(|c: char| c.is_alphabetic()) && !last.is_empty() => {
            "a property is read with a point: `n.key`"
        }
        "," if unclosed_cast(before) => "write CAST(x AS type)",
        _ if found.is("DATABASE") && last == "CREATE" => "write CREATE GRAPH name",
        _ if last == "CREATE" && ["POINT", "LOOKUP"].iter().any(|kind| found.is(kind)) => {
            "there are indexes on values, vectors and texts: write CREATE INDEX name FOR (n:Label) ON (n.key)"
        }
        "(" if last == "ON" && mentions(before, "FULLTEXT") => {
            "a full-text index may have several properties: ON EACH [n.key]"
        }
        _ if ["GRANT", "REVOKE", "DENY"].iter().any(|word| found.is(word)) => {
            "a user has one role: write CREATE USER name PASSWORD 'text' ROLE reader, or ALTER USER name SET ROLE editor"
        }
        ":" if before.is_empty() || before.ends_with(';') => {
            "a command of another shell; in this one commands begin with a point, as `.help`, and in GQL a parameter is set by SESSION SET VALUE $x = 1"
        }
        _ if found.is("FROM") && mentions(before, "RETURN") => "there is no FROM: MATCH says what is read",
        _ if found.is("GROUP") && !mentions(before, "RETURN") && !mentions(before, "WITH") => {
            "GROUP BY stands after the columns of RETURN"
        }
        _ if last == "GRAPH" && mentions(before, "USE") && found.is_word() => "write USE and the name alone",
        _ if last == "IS" && !found.is_word() => {
            "IS is followed by [NOT] NULL, TRUE, FALSE, UNKNOWN, LABELED or TYPED; values are compared with `=`"
        }
        _ if found.kind == Some(Kind::Quoted) && (before.ends_with('.') || last == "AS") => {
            "a name stands without quotes, or between backticks: `` `a name` ``"
        }
        _ if matches!(last.as_str(), "DATE" | "TIME" | "DATETIME" | "TIMESTAMP" | "DURATION")
            && found.kind == Some(Kind::Number) =>
        {
            "a date, time or duration is written in quotes: DATE '2024-01-15'"
        }
        _ if (matches!(found.kind, Some(Kind::Quoted | Kind::Number)) && is_name(&last)
            || found.is_word() && !is_keyword(text) && is_function_word(&last))
            && operators(rules) =>
        {
            "the arguments of a function stand in parentheses; a comma separates columns"
        }
        _ if found.is_word() && !is_keyword(text) && rules.contains(&Rule::properties) => {
            "a label follows a colon: `(n:Label)`"
        }
        "==" => "write `=` for equal",
        ">" if before.ends_with('=') => "write `>=` for at least",
        "=" if before.ends_with('=') => "write `=` once",
        ":" if last == "ON" && mentions(before, "INDEX") => "write CREATE INDEX name FOR (n:Label) ON (n.key)",
        "*" if before.ends_with('*') || after.starts_with('*') => "write POWER(x, y)",
        "<-" => {
            "`<-` is one symbol; write `< -` to compare with a negative number, or EXISTS { pattern } to test a pattern"
        }
        "->" => "a pattern is no value; write EXISTS { (a)-[]->(b) }",
        "-" if after.starts_with('[') => "a pattern is no value; write EXISTS { (a)-[]->(b) }",
        "|" if mentions(before, "INSERT") || mentions(before, "CREATE") => {
            "an inserted node takes a set of labels, `:A&B`"
        }
        "|" => "a list comprehension is written [x IN list WHERE condition | expression]",
        "::" => "a type follows `IS TYPED` or `IS ::`",
        "," if mentions(before, "IN") && before.contains('(') && operators(rules) => {
            "a list is written in square brackets: `[1, 2]`"
        }
        _ if found.is("YIELD") && mentions(before, "CALL") => {
            "parentheses follow the name of a procedure: `CALL name() YIELD ...`"
        }
        _ if found.is("WHERE") && !operand => "WHERE belongs to MATCH; elsewhere write FILTER",
        _ if found.is("CONSTRAINT") => "write CREATE CONSTRAINT name FOR (n:Label) REQUIRE n.key IS UNIQUE",
        _ if found.is("LIKE") => "use STARTS WITH, ENDS WITH or CONTAINS",
        _ if found.is("USING") => "there are no hints: the planner chooses the index; EXPLAIN shows which",
        _ if rules.contains(&Rule::property) && after.trim_start().starts_with('=') => {
            "a property is written `key: value`; a comparison goes after WHERE"
        }
        _ if rules.contains(&Rule::property) => "a colon follows the key: `key: value`",
        _ if found.is("HAVING") => "write FILTER in the query after NEXT, or after WITH",
        _ if found.is("IN") && last == "NOT" => "write `x NOT IN list`",
        _ => "",
    };
    if !fixed.is_empty() {
        return Some(fixed.to_owned());
    }
    if !found.is_word() {
        return None;
    }
    let starter = STARTERS.iter().any(|s| found.is(s));
    let names = rules.iter().any(|r| {
        matches!(r, Rule::ident | Rule::let_item | Rule::yield_item | Rule::filler | Rule::variable | Rule::plain_ident)
    });
    let expected = names || operand || before.ends_with(['(', '[', ',', '=']);
    if is_reserved(text) && !starter && expected {
        return Some(reserved(text));
    }
    if starter && operators(rules) && mentions(before, "RETURN") && !operand {
        return Some("RETURN ends a query; NEXT hands its rows to another".to_owned());
    }
    // A misspelt keyword before an operand, and what should follow the keyword.
    if operators(rules)
        && !is_keyword(&last)
        && let Some(near) = suggest(&last, BEFORE_OPERANDS.iter().copied()).filter(|near| **near != *last)
    {
        return Some(format!("did you mean {near} in the place of `{}`?", last_written(before)));
    }
    if is_function_word(text) && !after.trim_start().starts_with('(') {
        return Some("the name of a function cannot stand alone: its arguments follow in parentheses".to_owned());
    }
    if is_keyword(text) {
        return None;
    }
    let keywords: Vec<String> = rules.iter().filter_map(|r| keyword(*r)).collect();
    let after_operands = if operators(rules) { AFTER_OPERANDS } else { &[] };
    let candidates = STARTERS.iter().chain(after_operands).copied().chain(keywords.iter().map(String::as_str));
    if let Some(near) = suggest(text, candidates) {
        return Some(format!("did you mean {near}?"));
    }
    let columns = ["RETURN", "WITH"].iter().any(|word| mentions(before, word));
    (columns && rules.contains(&Rule::k_as)).then(|| "a comma separates columns; a column is named with AS".to_owned())
}

/// Whether an operand is possible at the place.
fn operand_expected(rules: &[Rule]) -> bool {
    rules.iter().any(|r| {
        matches!(
            r,
            Rule::expr
                | Rule::expr_before_in
                | Rule::item
                | Rule::sort_item
                | Rule::operand
                | Rule::parenthesised
                | Rule::call
        )
    })
}

/// Whether an operator is possible at the place: an operand is complete.
fn operators(rules: &[Rule]) -> bool {
    rules.iter().any(|r| {
        matches!(
            r,
            Rule::op_add | Rule::op_and | Rule::op_or | Rule::op_multiply | Rule::property_access | Rule::index_access
        )
    })
}

/// `MATCH` for the rule `k_match`.
fn keyword(rule: Rule) -> Option<String> {
    format!("{rule:?}").strip_prefix("k_").map(str::to_ascii_uppercase)
}

/// The alternatives as a phrase: kinds of syntax first, then keywords. A long list is cut, with the number of those
/// left out.
fn expected(rules: &[Rule]) -> String {
    const MOST: usize = 12;
    if operand_expected(rules) {
        return "an expression".to_owned();
    }
    // Where an operand or a statement may end, nearly anything may follow, and pest knows only a part of it.
    let (ends, operator) = (rules.contains(&Rule::EOI) && rules.len() > 1, operators(rules));
    if ends || operator {
        let mut phrases: Vec<String> = Vec::new();
        if operator {
            phrases.push("an operator".to_owned());
        } else if rules.iter().any(|rule| matches!(rule, Rule::edge | Rule::path_element | Rule::edge_open)) {
            phrases.push("an edge such as -[e:Label]->".to_owned());
        }
        let mut keywords: Vec<String> = rules.iter().filter_map(|rule| keyword(*rule)).collect();
        keywords.retain(|word| {
            !STARTERS.contains(&word.as_str())
                && !OPERATORS.contains(&word.as_str())
                && word != "KEEP"
                && word != "ALTER"
                && word != "SEARCH"
        });
        keywords.sort();
        keywords.dedup();
        if keywords.len() <= 4 {
            phrases.extend(keywords);
        }
        if ends {
            phrases.push("the next clause, such as RETURN,".to_owned());
            phrases.push("the end of the statement".to_owned());
        }
        return joined(&phrases);
    }
    let mut phrases: Vec<String> = Vec::new();
    for rule in rules {
        if let Some(phrase) = phrase(*rule) {
            let phrase = phrase.to_owned();
            if !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
    }
    let mut keywords: Vec<String> = rules.iter().filter_map(|r| keyword(*r)).collect();
    keywords.sort();
    keywords.dedup();
    phrases.extend(keywords);
    if phrases.len() > MOST {
        let more = phrases.len() - (MOST - 1);
        phrases.truncate(MOST - 1);
        phrases.push(format!("one of {more} other words"));
    }
    joined(&phrases)
}

/// `a, b or c`.
fn joined(phrases: &[String]) -> String {
    match phrases {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")).replace(",,", ","),
    }
}

/// The name of a rule for users; `None` for rules that would only lengthen the message.
fn phrase(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::expr | Rule::expr_before_in | Rule::operand | Rule::primary | Rule::where_condition => "an expression",
        Rule::item => "a result column such as n.name AS name",
        Rule::sort_item => "a sort key",
        Rule::node_pattern | Rule::path_element | Rule::path_pattern | Rule::graph_pattern | Rule::path_elements => {
            "a node pattern such as (n:Label)"
        }
        Rule::insert_node | Rule::insert_path => "a node such as (n:Label {key: value})",
        Rule::insert_edge | Rule::edge => "an edge such as -[e:Label]->",
        Rule::label_expr | Rule::label_factor | Rule::label_term => "a label",
        Rule::ident | Rule::let_item | Rule::set_item | Rule::remove_item | Rule::variable | Rule::plain_ident => {
            "a variable"
        }
        Rule::name | Rule::catalog_name | Rule::graph_name | Rule::dotted_name | Rule::yield_item => "a name",
        Rule::property | Rule::property_type => "a property such as key: value",
        Rule::properties => "properties such as {key: value}",
        Rule::row_count => "a number of rows",
        Rule::param => "a parameter such as $name",
        Rule::string => "a string",
        Rule::number => "a number",
        Rule::task_id => "the id in quotes",
        Rule::type_name | Rule::plain_type => "a type",
        Rule::when => "WHEN",
        Rule::quantifier => "a quantifier such as {1,3}",
        Rule::bounds => "bounds such as 1,3",
        Rule::type_body => "element types in braces",
        Rule::query | Rule::linear | Rule::block => "a query",
        Rule::show_what => "what to show",
        Rule::case_operand => "an expression",
        Rule::return_clause => "RETURN",
        Rule::match_clause => "MATCH",
        Rule::assign => "`=`",
        Rule::connecting => "CONNECTING",
        Rule::EOI => "the end of the statement",
        _ => return None,
    })
}
