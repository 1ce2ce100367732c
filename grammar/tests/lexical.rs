//! The splitter and the tokens.

use wend_grammar::{TokenKind, split_statements, tokens};

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
    use TokenKind::{
        Comment, Function, Identifier, Keyword, Number, Operator, Parameter, Punctuation, String, Unknown,
    };
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
    assert_eq!(kinds("(a)-->(b) # \0")[3..4], [("-->", Unknown)]);
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
