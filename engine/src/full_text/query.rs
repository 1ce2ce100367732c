//! Full-text queries in terms of an index: which lists are asked for.

use wend_storage::{Analyzer, Index, TextList, Token};

use super::syntax::{Clause, Occur, Piece, What};
use crate::error::{Error, Result};

/// What is asked of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Query {
    /// To have a word.
    Word { list: TextList, boost: f64 },
    /// To have words of one field one after the other, each as far behind the first as its number says.
    Phrase { field: u16, words: Vec<(String, u32)>, slop: u32, boost: f64 },
    /// To have a word like this in a field; `None` = any word in any field.
    Pattern { field: Option<u16>, pieces: Vec<Piece>, boost: f64 },
    /// To have a word that is nearly this one.
    Fuzzy { field: u16, word: String, edits: u32, boost: f64 },
    /// To meet all of some, none of others, and the more of the rest the better.
    All { must: Vec<Query>, should: Vec<Query>, must_not: Vec<Query> },
}

impl Query {
    fn any(mut queries: Vec<Query>) -> Option<Query> {
        match queries.len() {
            0 | 1 => queries.pop(),
            _ => Some(Query::All { must: Vec::new(), should: queries, must_not: Vec::new() }),
        }
    }
}

/// What makes a query of an index out of a text.
pub(super) struct Reader<'a> {
    index: &'a Index,
    /// The names of the properties.
    fields: &'a [String],
    analyzer: Analyzer,
}

impl<'a> Reader<'a> {
    pub(super) fn new(index: &'a Index, fields: &'a [String], analyzer: Analyzer) -> Self {
        Reader { index, fields, analyzer }
    }

    /// The query of some clauses; `None` when nothing is asked for, as where all words are left out.
    pub(super) fn read(&self, clauses: &[Clause], boost: f64) -> Result<Option<Query>> {
        let (mut must, mut should, mut must_not) = (Vec::new(), Vec::new(), Vec::new());
        for clause in clauses {
            let Some(query) = self.clause(clause, boost)? else { continue };
            match clause.occur {
                Occur::Must => must.push(query),
                Occur::Should => should.push(query),
                Occur::MustNot => must_not.push(query),
            }
        }
        if must.is_empty() && must_not.is_empty() {
            return Ok(Query::any(should));
        }
        Ok(Some(Query::All { must, should, must_not }))
    }

    fn clause(&self, clause: &Clause, boost: f64) -> Result<Option<Query>> {
        let boost = boost * clause.boost;
        let fields: Vec<u16> = match &clause.field {
            None => (0u16..).take(self.fields.len()).collect(),
            Some((name, at)) => vec![self.field(name, *at)?],
        };
        let each = |query: &dyn Fn(u16) -> Option<Query>| {
            Query::any(fields.iter().filter_map(|field| query(*field)).collect())
        };
        Ok(match &clause.what {
            What::All => Some(Query::Pattern { field: None, pieces: vec![Piece::Any], boost }),
            What::Group(clauses) => self.read(clauses, boost)?,
            What::Word(text) => {
                let tokens = self.tokens(text);
                let list = |word: &str, field| TextList { word: word.to_owned(), field };
                let word = |token: &Token, field| Query::Word { list: list(&token.word, field), boost };
                each(&|field| Query::any(tokens.iter().map(|token| word(token, field)).collect()))
            }
            What::Phrase { text, slop } => {
                let tokens = self.tokens(text);
                let first = tokens.first().map_or(0, |token| token.position);
                let words: Vec<_> = tokens.into_iter().map(|token| (token.word, token.position - first)).collect();
                each(&|field| match &words[..] {
                    [] => None,
                    [(word, _)] => Some(Query::Word { list: TextList { word: word.clone(), field }, boost }),
                    _ => Some(Query::Phrase { field, words: words.clone(), slop: *slop, boost }),
                })
            }
            What::Pattern(pieces) => {
                let normal = |piece: &Piece| match piece {
                    Piece::Letters(letters) => Piece::Letters(self.analyzer.normal(letters)),
                    other => other.clone(),
                };
                let pieces: Vec<_> = pieces.iter().map(normal).collect();
                each(&|field| Some(Query::Pattern { field: Some(field), pieces: pieces.clone(), boost }))
            }
            What::Fuzzy { word, edits } => {
                let word = self.analyzer.normal(word);
                each(&|field| Some(Query::Fuzzy { field, word: word.clone(), edits: *edits, boost }))
            }
        })
    }

    fn tokens(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        self.analyzer.tokens(text, 0, &mut tokens);
        tokens
    }

    fn field(&self, name: &str, at: usize) -> Result<u16> {
        if let Some(field) = self.fields.iter().position(|field| field == name) {
            return Ok(u16::try_from(field).unwrap_or(u16::MAX));
        }
        let index = &self.index.definition.name;
        let hint = match wend_grammar::suggest(name, self.fields.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}:`?"),
            None => format!("it has {}; `\\:` is the character", self.fields.join(", ")),
        };
        let message = format!(
            "the full-text index `{index}` has no property `{name}`, which character {} of the query asks for",
            at + 1
        );
        Err(Error::data("22023", message).with_hint(hint))
    }
}
