//! The language of full-text queries, as clients of Neo4j write it: the classic syntax of Lucene. Text to tree.
//!
//! ```text
//! words           graph database         those with any of the words, ranked
//! all, none       +graph -sql NOT xml    must be there, must not be there
//! both, either    graph AND (rdf OR gql)
//! phrases         "graph database"~2     the words one after the other, or two moves apart
//! parts of words  data* d?ta             words that begin so; any letters, one letter
//! nearly          grpah~ grpah~1         words with two letters wrong, or one
//! fields          title:graph            only in this property
//! weights         graph^2 database       counts twice
//! ```
//!
//! `\` takes the meaning from the character behind it. As in Lucene `a AND b` makes both words required, and `a b` neither.

use crate::error::{Error, Result};

/// Brackets in brackets at most.
const DEEPEST: usize = 64;
/// Letters that a word may have wrong at most.
pub(super) const MOST_EDITS: u32 = 2;

/// Whether a part of a query has to be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occur {
    Should,
    Must,
    MustNot,
}

/// A part of a query, and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) occur: Occur,
    pub(super) what: What,
    /// The property that is asked, with the place of its name; `None` = all.
    pub(super) field: Option<(String, usize)>,
    pub(super) boost: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// Every document.
    All,
    Group(Vec<Clause>),
    Word(String),
    Phrase {
        text: String,
        slop: u32,
    },
    /// A word with letters left open.
    Pattern(Vec<Piece>),
    Fuzzy {
        word: String,
        edits: u32,
    },
}

/// A piece of a word with letters left open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Letters(String),
    /// `?`
    One,
    /// `*`
    Any,
}

/// Reads a query.
///
/// # Errors
/// 22023 with the place in the query.
pub(super) fn parse(text: &str) -> Result<Vec<Clause>> {
    let letters: Vec<char> = text.chars().collect();
    let mut parser = Parser { text, letters, at: 0, depth: 0 };
    let clauses = parser.clauses(None)?;
    match parser.peek() {
        None => Ok(clauses),
        Some(_) => Err(parser.error("a `)` without a `(` before it", parser.at)),
    }
}

struct Parser<'a> {
    text: &'a str,
    letters: Vec<char>,
    at: usize,
    depth: usize,
}

/// A word as it is written: its letters, and whether each was behind a `\`.
type Written = Vec<(char, bool)>;

fn plain(written: &[(char, bool)]) -> String {
    written.iter().map(|(letter, _)| *letter).collect()
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace()
}

/// Whether a letter ends a word.
fn ends_word(letter: char) -> bool {
    is_space(letter) || matches!(letter, '(' | ')' | '[' | ']' | '{' | '}' | '"' | '^' | '~' | ':')
}

impl Parser<'_> {
    fn error(&self, what: &str, at: usize) -> Error {
        let message = format!("{what}, at character {} of the full-text query '{}'", at + 1, self.text);
        Error::data("22023", message).with_hint("a `\\` before a character takes its meaning from it")
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(more, letter)| self.letters.get(self.at + more) == Some(&letter))
    }

    /// A word that is an operator: in capitals, and standing alone.
    fn operator(&mut self, word: &str) -> bool {
        let end = self.at + word.len();
        let alone = self.letters.get(end).is_none_or(|letter| is_space(*letter) || *letter == '(' || *letter == '"');
        let found = self.looking_at(word) && alone;
        if found {
            self.at = end;
        }
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.looking_at(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// The parts of a query up to its end or a `)`.
    fn clauses(&mut self, field: Option<&(String, usize)>) -> Result<Vec<Clause>> {
        let mut clauses: Vec<Clause> = Vec::new();
        loop {
            self.spaces();
            let begin = self.at;
            let and = self.operator("AND") || self.symbol("&&");
            let or = !and && (self.operator("OR") || self.symbol("||"));
            if (and || or) && clauses.is_empty() {
                return Err(self.error("nothing stands before AND or OR", begin));
            }
            self.spaces();
            let at = self.at;
            let mut occur = Occur::Should;
            if self.operator("NOT") || self.symbol("!") || self.symbol("-") {
                occur = Occur::MustNot;
            } else if self.symbol("+") {
                occur = Occur::Must;
            }
            self.spaces();
            if self.peek().is_none_or(|letter| letter == ')') {
                if and || or || occur != Occur::Should {
                    return Err(self.error("nothing stands behind an operator", if and || or { begin } else { at }));
                }
                return Ok(clauses);
            }
            if and {
                if let Some(last) = clauses.last_mut().filter(|last| last.occur == Occur::Should) {
                    last.occur = Occur::Must;
                }
                if occur == Occur::Should {
                    occur = Occur::Must;
                }
            }
            let clause = self.clause(occur, field)?;
            clauses.push(clause);
        }
    }

    fn clause(&mut self, occur: Occur, outer: Option<&(String, usize)>) -> Result<Clause> {
        let mut field = outer.cloned();
        let mut begin = self.at;
        let mut written = self.written()?;
        if self.peek() == Some(':') && !written.is_empty() {
            self.at += 1;
            let any = written == [('*', false)];
            if any && self.symbol("*") {
                let boost = self.boost()?;
                return Ok(Clause { occur, what: What::All, field: None, boost });
            }
            field = if any { None } else { Some((plain(&written), begin)) };
            self.spaces();
            begin = self.at;
            written = self.written()?;
        }
        let what = if written.is_empty() { self.no_word(begin, field.as_ref())? } else { self.word(written, begin)? };
        let boost = self.boost()?;
        Ok(Clause { occur, what, field, boost })
    }

    /// A phrase or a group.
    fn no_word(&mut self, begin: usize, field: Option<&(String, usize)>) -> Result<What> {
        match self.peek() {
            Some('"') => self.phrase(),
            Some('(') => {
                self.at += 1;
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.error(&format!("more than {DEEPEST} brackets in one another"), begin));
                }
                let clauses = self.clauses(field)?;
                self.depth -= 1;
                if !self.symbol(")") {
                    return Err(self.error("a `(` without a `)` behind it", begin));
                }
                Ok(What::Group(clauses))
            }
            Some('[' | '{') => Err(self
                .error("a range, which full-text indexes do not know", begin)
                .with_hint("write a condition after WHERE, or a `\\` before the bracket")),
            Some(letter) => Err(self.error(&format!("a word cannot begin with `{letter}`"), begin)),
            None => Err(self.error("nothing stands behind the name of a property", begin)),
        }
    }

    /// The letters up to what ends a word; none where none is there.
    fn written(&mut self) -> Result<Written> {
        let mut written = Written::new();
        if self.peek() == Some('/') {
            return Err(self
                .error("a regular expression, which full-text indexes do not know", self.at)
                .with_hint("write `=~` in a condition after WHERE, or `\\/` for the character"));
        }
        while let Some(letter) = self.peek() {
            if letter == '\\' {
                let Some(next) = self.letters.get(self.at + 1) else {
                    return Err(self.error("nothing stands behind a `\\`", self.at));
                };
                written.push((*next, true));
                self.at += 2;
                continue;
            }
            if ends_word(letter) || written.is_empty() && matches!(letter, '+' | '-' | '!') {
                break;
            }
            if self.looking_at("&&") || self.looking_at("||") {
                break;
            }
            written.push((letter, false));
            self.at += 1;
        }
        Ok(written)
    }

    fn word(&mut self, written: Written, begin: usize) -> Result<What> {
        let open = |(letter, escaped): &(char, bool)| !escaped && matches!(letter, '*' | '?');
        if self.peek() == Some('~') {
            self.at += 1;
            if written.iter().any(open) {
                return Err(self.error("a word cannot have `*` or `?` and `~`", begin));
            }
            let word = plain(&written);
            let edits = match self.number()? {
                None => MOST_EDITS,
                // As old clients say how alike the words are to be.
                Some(alike) if alike > 0.0 && alike < 1.0 => {
                    (((1.0 - alike) * word.chars().count() as f64) as u32).min(MOST_EDITS)
                }
                Some(edits) if edits.fract() == 0.0 && edits <= f64::from(MOST_EDITS) => edits as u32,
                Some(edits) => {
                    return Err(self.error(&format!("`~{edits}`: a word may have 0, 1 or 2 letters wrong"), begin));
                }
            };
            return Ok(What::Fuzzy { word, edits });
        }
        if !written.iter().any(open) {
            return Ok(What::Word(plain(&written)));
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for (letter, escaped) in written {
            match (letter, escaped, pieces.last_mut()) {
                ('*', false, Some(Piece::Any)) => {}
                ('*', false, _) => pieces.push(Piece::Any),
                ('?', false, _) => pieces.push(Piece::One),
                (letter, _, Some(Piece::Letters(letters))) => letters.push(letter),
                (letter, ..) => pieces.push(Piece::Letters(letter.to_string())),
            }
        }
        Ok(What::Pattern(pieces))
    }

    fn phrase(&mut self) -> Result<What> {
        let begin = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            match self.peek() {
                None => return Err(self.error("a `\"` without another one behind it", begin)),
                Some('"') => break,
                Some('\\') if self.letters.get(self.at + 1).is_some() => {
                    text.push(self.letters[self.at + 1]);
                    self.at += 2;
                }
                Some(letter) => {
                    text.push(letter);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        let mut slop = 0;
        if self.symbol("~") {
            slop = match self.number()? {
                Some(slop) if slop.fract() == 0.0 && slop <= 1e6 => slop as u32,
                Some(slop) => return Err(self.error(&format!("`~{slop}`: a phrase takes a whole number"), begin)),
                None => 0,
            };
        }
        Ok(What::Phrase { text, slop })
    }

    fn boost(&mut self) -> Result<f64> {
        let at = self.at;
        if !self.symbol("^") {
            return Ok(1.0);
        }
        match self.number()? {
            Some(boost) => Ok(boost),
            None => Err(self.error("a `^` without a number behind it", at)),
        }
    }

    /// The number that stands here, if any.
    fn number(&mut self) -> Result<Option<f64>> {
        let begin = self.at;
        while self.peek().is_some_and(|letter| letter.is_ascii_digit() || letter == '.') {
            self.at += 1;
        }
        if begin == self.at {
            return Ok(None);
        }
        let text: String = self.letters[begin..self.at].iter().collect();
        match text.parse::<f64>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(self.error(&format!("`{text}` is no number"), begin)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(clauses: &[Clause]) -> String {
        let one = |clause: &Clause| {
            let occur = match clause.occur {
                Occur::Should => "",
                Occur::Must => "+",
                Occur::MustNot => "-",
            };
            let field = clause.field.as_ref().map_or(String::new(), |(name, _)| format!("{name}:"));
            let what = match &clause.what {
                What::All => "*:*".to_owned(),
                What::Group(clauses) => format!("({})", shown(clauses)),
                What::Word(word) => format!("[{word}]"),
                What::Phrase { text, slop } => format!("\"{text}\"~{slop}"),
                What::Pattern(pieces) => pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Letters(letters) => letters.as_str(),
                        Piece::One => "?",
                        Piece::Any => "*",
                    })
                    .collect(),
                What::Fuzzy { word, edits } => format!("[{word}]~{edits}"),
            };
            let boost = if clause.boost == 1.0 { String::new() } else { format!("^{}", clause.boost) };
            format!("{occur}{field}{what}{boost}")
        };
        clauses.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn queries_are_read_as_lucene_reads_them() {
        for (text, tree) in [
            ("", ""),
            ("graph  database", "[graph] [database]"),
            ("a AND b", "+[a] +[b]"),
            ("a AND b OR c", "+[a] +[b] [c]"),
            ("a OR b AND c", "[a] +[b] +[c]"),
            ("a && !b || c", "+[a] -[b] [c]"),
            ("a AND NOT b", "+[a] -[b]"),
            ("+a -b NOT c", "+[a] -[b] -[c]"),
            ("and or not ANDY", "[and] [or] [not] [ANDY]"),
            ("(a OR b) AND c^2", "+([a] [b]) +[c]^2"),
            ("title:(a \"b c\"~3)^1.5 d", "title:(title:[a] title:\"b c\"~3)^1.5 [d]"),
            ("title:a*b?c *x* a**", "title:a*b?c *x* a*"),
            ("roam~ roam~1 roam~0.8 roam~0", "[roam]~2 [roam]~1 [roam]~0 [roam]~0"),
            ("e-mail C++ TCP/IP it's a&b", "[e-mail] [C++] [TCP/IP] [it's] [a&b]"),
            (r#"\+a a\:b a\* "x \" y""#, r#"[+a] [a:b] [a*] "x " y"~0"#),
            ("*:* *:a", "*:* [a]"),
            ("group_id:\"g\" AND (Ann)", "+group_id:\"g\"~0 +([Ann])"),
            ("a\u{3000}b", "[a] [b]"),
            ("()", "()"),
        ] {
            assert_eq!(shown(&parse(text).unwrap()), tree, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, place) in [
            ("a )", 3),
            ("(a", 1),
            ("a (b", 3),
            ("\"a", 1),
            ("a AND", 3),
            ("OR a", 1),
            ("a +", 3),
            ("a [b TO c]", 3),
            ("x /a+/", 3),
            ("a^", 2),
            ("a^1.2.3", 3),
            ("a~3", 1),
            ("a*~", 1),
            ("\"a b\"~1.5", 1),
            ("a:", 3),
            (":a", 1),
            ("^2", 1),
            ("a\\", 2),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message().contains(&format!("at character {place} ")), "{text}: {}", error.message());
        }
        assert!(parse(&"(".repeat(10_000)).is_err());
    }
}
