//! The splitter and the tokens.

use wend_grammar::{TokenKind, is_reserved, keywords, parse, print, split_statements, tokens};

fn split(text: &str) -> (Vec<&str>, bool) {
    let split = split_statements(text);
    (split.statements.into_iter().map(|range| &text[range]).collect(), split.complete)
}

#[test]
fn splitting() {
    assert_eq!(split(""), (vec![], true));
    assert_eq!(split("  \n"), (vec![], true));
    assert_eq!(split("RETURN 1"), (vec!["RETURN 1"], false));
    assert_eq!(split(" RETURN 1 ;\n RETURN 2; "), (vec!["RETURN 1", "RETURN 2"], true));
    assert_eq!(split(";;RETURN 1;;"), (vec!["RETURN 1"], true));
    assert_eq!(split("RETURN ';' ; RETURN \";\""), (vec!["RETURN ';'", "RETURN \";\""], false));
    assert_eq!(split("RETURN `a;b`; -- ;\nRETURN 2 /* ; */;"), (vec!["RETURN `a;b`", "RETURN 2"], true));
    assert_eq!(split("CALL { RETURN 1; }; RETURN 2"), (vec!["CALL { RETURN 1; }", "RETURN 2"], false));
    assert_eq!(split("RETURN 'abc"), (vec!["RETURN 'abc"], false));
    // A comment that is never closed is a statement, so that its error is not lost.
    assert_eq!(split("RETURN 1; /* abc"), (vec!["RETURN 1", "/* abc"], false));
    assert_eq!(split("RETURN 1; // abc"), (vec!["RETURN 1"], true));
    assert_eq!(split("RETURN 'it''s; \\'; x';"), (vec!["RETURN 'it''s; \\'; x'"], true));
    assert_eq!(split("RETURN @'\\';"), (vec!["RETURN @'\\'"], true));
    assert_eq!(split("RETURN )) ;"), (vec!["RETURN ))"], true));
}

fn kinds(text: &str) -> Vec<(&str, TokenKind)> {
    tokens(text).into_iter().map(|t| (&text[t.span.start..t.span.end], t.kind)).collect()
}

#[test]
fn token_kinds() {
    use TokenKind::{Comment, Function, Identifier, Keyword, Number, Operator, Parameter, Punctuation, String};
    assert_eq!(
        kinds("MATCH (n:Match)-[e]->{1,2}() // c"),
        vec![
            ("MATCH", Keyword),
            ("(", Punctuation),
            ("n", Identifier),
            (":", Punctuation),
            ("Match", Identifier),
            (")", Punctuation),
            ("-", Operator),
            ("[", Punctuation),
            ("e", Identifier),
            ("]", Punctuation),
            ("->", Operator),
            ("{", Punctuation),
            ("1", Number),
            (",", Punctuation),
            ("2", Number),
            ("}", Punctuation),
            ("(", Punctuation),
            (")", Punctuation),
            ("// c", Comment),
        ]
    );
    assert_eq!(
        kinds("RETURN count(n.count), $p || 'x' + 1.5e-3 -- y"),
        vec![
            ("RETURN", Keyword),
            ("count", Function),
            ("(", Punctuation),
            ("n", Identifier),
            (".", Punctuation),
            ("count", Identifier),
            (")", Punctuation),
            (",", Punctuation),
            ("$p", Parameter),
            ("||", Operator),
            ("'x'", String),
            ("+", Operator),
            ("1.5e-3", Number),
            ("-- y", Comment),
        ]
    );
    assert_eq!(
        kinds("CALL algo.run('x"),
        vec![
            ("CALL", Keyword),
            ("algo", Identifier),
            (".", Punctuation),
            ("run", Function),
            ("(", Punctuation),
            ("'x", String),
        ]
    );
    assert_eq!(kinds("(a)-->(b) # \0")[3..4], [("-->", Operator)]);
    assert_eq!(kinds("a AND (b)")[1], ("AND", Keyword));
    assert_eq!(kinds("l[1..2]")[2..5], [("1", Number), ("..", Punctuation), ("2", Number)]);
}

#[test]
fn edges_side_by_side_are_printed_apart() {
    for text in ["MATCH (x)- ->(y) RETURN x", "MATCH (x)<- -(y) RETURN x", "MATCH (x)- - -(y) RETURN x"] {
        let printed = wend_grammar::print(&wend_grammar::parse(text).unwrap()[0]);
        let again = wend_grammar::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
        assert_eq!(wend_grammar::print(&again[0]), printed);
    }
}

#[test]
fn dots_within_backticks_stay_in_the_name() {
    for text in ["CALL `a.`()", "CALL `.a`.b()", "DESCRIBE ALGO `a..b`"] {
        let statements = wend_grammar::parse(text).unwrap();
        let printed = wend_grammar::print(&statements[0]);
        let again = wend_grammar::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error}"));
        assert_eq!(wend_grammar::print(&again[0]), printed);
    }
}

/// In each place where a name can stand, a reserved word is one; or the error says to write it between backticks, and that works.
#[test]
fn reserved_words_are_names() {
    let places: &[&dyn Fn(&str) -> String] = &[
        &|w| format!("MATCH (n:P) RETURN n.v AS {w} ORDER BY {w}"),
        &|w| format!("MATCH (n:P) RETURN n.v AS {w} ORDER BY {w} DESC LIMIT 1"),
        &|w| format!("MATCH ({w}:P)-[x:{w}]->(y:{w}) RETURN {w}.{w}, y.{w} AS {w}, ${w}"),
        &|w| format!("MATCH (a)-[{w}:R]->(b) RETURN {w}.since + 1, b"),
        &|w| format!("FOR {w} IN [1] RETURN {w}, {w} IS NULL, [{w}], {{{w}: {w}}}"),
        &|w| format!("LET {w} = 1 FILTER {w} = 1 RETURN {w} AS x GROUP BY {w}"),
        &|w| format!("WITH 1 AS {w} WHERE {w} > 0 RETURN {w}"),
        &|w| format!("UNWIND [1] AS {w} RETURN {w}"),
        &|w| format!("CALL algo.node2vec({{}}) YIELD nodeId AS {w} RETURN {w}"),
        &|w| format!("INSERT ({w}:{w} {{{w}: 1}}) SET {w}.{w} = 1, {w}:{w} REMOVE {w}.{w}"),
        &|w| format!("MATCH {w} = (a)-[]->(b) RETURN CASE {w} WHEN 1 THEN 2 END"),
    ];
    let (mut hard, mut wrong) = (0, Vec::new());
    for word in keywords().iter().flat_map(|word| [word.to_string(), word.to_lowercase()]) {
        let quoted = format!("`{word}`");
        for place in places {
            parse(&place(&quoted)).unwrap_or_else(|error| panic!("{}: {error}", place(&quoted)));
            let text = place(&word);
            match parse(&text) {
                Ok(statements) => {
                    let printed = print(&statements[0]);
                    assert_eq!(print(&parse(&printed).unwrap()[0]), printed, "{text}");
                }
                Err(error) => {
                    hard += 1;
                    let hint = error.hint.clone().unwrap_or_default();
                    if !is_reserved(&word) || !hint.contains(&quoted) {
                        wrong.push(format!("{text}: {error:?}"));
                    }
                }
            }
        }
    }
    // Values such as CURRENT_DATE, and words such as NOT that stand before an operand.
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(hard < 500, "{hard}");
}

#[test]
fn words_that_make_lists_are_variables_too() {
    for text in ["RETURN list[0]", "RETURN path[1]", "RETURN list[0 .. 1]", "RETURN LIST[0], ARRAY[], PATH[n, e, m]"] {
        let printed = print(&parse(text).unwrap()[0]);
        assert_eq!(print(&parse(&printed).unwrap()[0]), printed, "{text}");
    }
    assert_eq!(print(&parse("RETURN LIST[0], `LIST`[0], list[0]").unwrap()[0]), "RETURN [0], `LIST`[0], list[0]");
}
