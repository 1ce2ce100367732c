//! Reads a plan from `CREATE PROPERTY GRAPH`, as a dry run prints it and a user may have changed it.

use super::{
    plan::{PlannedEdge, PlannedEnd, PlannedTable, RelationalPlan},
    source::{SourceTable, SourceTables},
};
use crate::{
    error::{Error, ErrorKind, Result},
    import::keys::upper_snake,
};

/// A piece of the text, and where it begins.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    text: String,
    kind: Kind,
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A name, which may also be a word of the language.
    Word,
    /// A name in quotes.
    Quoted,
    /// `(`, `)`, `,`, `;`, `.`
    Mark,
    /// `/*+ TIME`: the name of the property follows as a piece of its own.
    Time,
    End,
}

/// Cuts a text into pieces.
fn pieces(text: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let (mut line, mut rest) = (1, text.trim_start_matches('\u{feff}'));
    while let Some(first) = rest.chars().next() {
        let mut end = first.len_utf8();
        if first == '\n' {
            line += 1;
        } else if first.is_whitespace() {
        } else if rest.starts_with("--") {
            end = rest.find('\n').unwrap_or(rest.len());
        } else if let Some(after) = rest.strip_prefix("/*") {
            let length = after.find("*/").ok_or_else(|| wrong(line, "the comment is never closed"))?;
            let inner = &after[..length];
            if let Some(hint) = inner.strip_prefix('+') {
                time_hint(hint, line, &mut pieces)?;
            }
            line += inner.matches('\n').count();
            end = length + 4;
        } else if let Some(close) = [('"', '"'), ('`', '`'), ('[', ']')].iter().find(|(open, _)| *open == first) {
            let (name, length) =
                quoted_name(rest, close.1).ok_or_else(|| wrong(line, "the quoted name is never closed"))?;
            pieces.push(Piece { text: name, kind: Kind::Quoted, line });
            line += rest[..length].matches('\n').count();
            end = length;
        } else if matches!(first, '(' | ')' | ',' | ';' | '.') {
            pieces.push(Piece { text: first.to_string(), kind: Kind::Mark, line });
        } else if first.is_alphanumeric() || matches!(first, '_' | '$') {
            end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).unwrap_or(rest.len());
            pieces.push(Piece { text: rest[..end].to_owned(), kind: Kind::Word, line });
        } else {
            return Err(wrong(line, format!("`{first}` has no meaning here")));
        }
        rest = &rest[end..];
    }
    pieces.push(Piece { text: String::new(), kind: Kind::End, line });
    Ok(pieces)
}

/// A name from its opening quote on, and its length with both; a doubled closing quote is one of the name.
fn quoted_name(text: &str, close: char) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == close {
            if characters.peek().is_some_and(|(_, next)| *next == close) {
                characters.next();
            } else {
                return Some((name, at + close.len_utf8()));
            }
        }
        name.push(character);
    }
    None
}

/// `/*+ TIME (column) */`
fn time_hint(text: &str, line: usize, out: &mut Vec<Piece>) -> Result<()> {
    let inner = pieces(text)?;
    let words: Vec<&Piece> = inner.iter().filter(|piece| piece.kind != Kind::Mark && piece.kind != Kind::End).collect();
    match words[..] {
        [time, name] if time.text.eq_ignore_ascii_case("TIME") => {
            out.push(Piece { text: String::new(), kind: Kind::Time, line });
            out.push(Piece { text: name.text.clone(), kind: Kind::Quoted, line });
            Ok(())
        }
        _ => Err(wrong(line, "a comment that begins with + says which column holds the time: /*+ TIME (column) */")),
    }
}

fn wrong(line: usize, reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Import, "42001", format!("map, line {line}: {reason}"))
}

/// The plan that a map says, for the tables of a source.
pub(super) fn read(text: &str, source: &SourceTables) -> Result<RelationalPlan> {
    let mut reader = Reader { pieces: pieces(text)?, at: 0, source, names: Vec::new() };
    let plan = reader.graph()?;
    Ok(plan)
}

struct Reader<'s> {
    pieces: Vec<Piece>,
    at: usize,
    source: &'s SourceTables,
    /// The names of vertex tables in the map, with the tables' own.
    names: Vec<(String, String)>,
}

impl<'s> Reader<'s> {
    fn piece(&self) -> &Piece {
        // There is an end, which is never passed.
        &self.pieces[self.at.min(self.pieces.len() - 1)]
    }

    fn line(&self) -> usize {
        self.piece().line
    }

    fn is(&self, word: &str) -> bool {
        self.piece().kind == Kind::Word && self.piece().text.eq_ignore_ascii_case(word)
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn eat_mark(&mut self, mark: &str) -> bool {
        let found = self.piece().kind == Kind::Mark && self.piece().text == mark;
        self.at += usize::from(found);
        found
    }

    fn expected(&self, what: &str) -> Error {
        let found = match self.piece().kind {
            Kind::End => "the text ends".to_owned(),
            Kind::Time => "a comment with TIME stands".to_owned(),
            _ => format!("`{}` stands", self.piece().text),
        };
        wrong(self.line(), format!("{found} where {what} is expected"))
    }

    fn need(&mut self, word: &str) -> Result<()> {
        if self.eat(word) { Ok(()) } else { Err(self.expected(word)) }
    }

    fn need_mark(&mut self, mark: &str) -> Result<()> {
        if self.eat_mark(mark) { Ok(()) } else { Err(self.expected(&format!("`{mark}`"))) }
    }

    fn name(&mut self) -> Result<String> {
        match self.piece().kind {
            Kind::Word | Kind::Quoted => {
                let name = self.piece().text.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    /// `a`, `b`, within parentheses.
    fn names(&mut self) -> Result<Vec<String>> {
        self.need_mark("(")?;
        let mut names = vec![self.name()?];
        while self.eat_mark(",") {
            names.push(self.name()?);
        }
        self.need_mark(")")?;
        Ok(names)
    }

    fn graph(&mut self) -> Result<RelationalPlan> {
        self.need("CREATE")?;
        if self.eat("OR") {
            self.need("REPLACE")?;
        }
        self.need("PROPERTY")?;
        self.need("GRAPH")?;
        let mut plan = RelationalPlan { name: self.dotted()?, ..RelationalPlan::default() };
        if self.eat("VERTEX") || self.eat("NODE") {
            self.need("TABLES")?;
            self.elements(|reader| {
                let table = reader.vertex()?;
                if plan.tables.iter().any(|other| other.table == table.table) {
                    return Err(wrong(reader.line(), format!("the table `{}` is a vertex table twice", table.table)));
                }
                plan.tables.push(table);
                Ok(())
            })?;
        }
        if self.eat("EDGE") || self.eat("RELATIONSHIP") {
            self.need("TABLES")?;
            let tables = plan.tables.clone();
            self.elements(|reader| {
                plan.edges.push(reader.edge(&tables)?);
                Ok(())
            })?;
        }
        self.eat_mark(";");
        if self.piece().kind != Kind::End {
            return Err(self.expected("VERTEX TABLES, EDGE TABLES or the end"));
        }
        if plan.tables.is_empty() {
            return Err(wrong(self.line(), "the map has no vertex tables: nothing would be a node"));
        }
        for table in &self.source.tables {
            let taken = plan.tables.iter().map(|table| &table.table).chain(plan.edges.iter().map(|edge| &edge.table));
            if !taken.into_iter().any(|name| *name == table.name) {
                plan.left_out.push((table.name.clone(), "the map does not name it".to_owned()));
            }
        }
        Ok(plan)
    }

    fn elements(&mut self, mut one: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.need_mark("(")?;
        if self.eat_mark(")") {
            return Ok(());
        }
        loop {
            one(self)?;
            if !self.eat_mark(",") {
                return self.need_mark(")");
            }
        }
    }

    /// `name`, `schema.name`
    fn dotted(&mut self) -> Result<String> {
        let mut name = self.name()?;
        while self.eat_mark(".") {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(name)
    }

    /// A table of the source, by its name as written or in another case.
    fn table(&mut self) -> Result<&'s SourceTable> {
        let line = self.line();
        let name = self.dotted()?;
        self.find_table(&name, line)
    }

    fn find_table(&self, name: &str, line: usize) -> Result<&'s SourceTable> {
        let tables = &self.source.tables;
        let short = name.rsplit('.').next().unwrap_or(name);
        let exact = |wanted: &str| tables.iter().find(|table| table.name == wanted);
        let any_case = |wanted: &str| {
            let mut found = tables.iter().filter(|table| table.name.eq_ignore_ascii_case(wanted));
            found.next().filter(|_| found.next().is_none())
        };
        exact(name).or_else(|| any_case(name)).or_else(|| exact(short)).or_else(|| any_case(short)).ok_or_else(|| {
            let near = wend_grammar::suggest(name, tables.iter().map(|table| table.name.as_str()));
            wrong(line, format!("the source has no table `{name}`"))
                .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
        })
    }

    /// Columns of a table, as the source writes them.
    fn columns(&self, table: &SourceTable, names: Vec<String>, line: usize) -> Result<Vec<String>> {
        names.into_iter().map(|name| column(table, &name, line)).collect()
    }

    fn vertex(&mut self) -> Result<PlannedTable> {
        let line = self.line();
        let table = self.table()?;
        let alias = if self.eat("AS") { Some(self.name()?) } else { None };
        self.names.push((alias.clone().unwrap_or_else(|| table.name.clone()), table.name.clone()));
        let key = if self.eat("KEY") {
            let names = self.names()?;
            self.columns(table, names, line)?
        } else {
            table.key.clone()
        };
        let said = self.label_and_properties(table)?;
        Ok(PlannedTable {
            table: table.name.clone(),
            label: said.label.or(alias).unwrap_or_else(|| table.name.clone()),
            key,
            found: false,
            properties: said.properties.unwrap_or_else(|| all_columns(table, &[])),
            time: said.time,
            rows: table.rows,
        })
    }

    fn edge(&mut self, tables: &[PlannedTable]) -> Result<PlannedEdge> {
        let line = self.line();
        let table = self.table()?;
        let alias = if self.eat("AS") { Some(self.name()?) } else { None };
        if self.eat("KEY") {
            // Edges have no key of their own here.
            let names = self.names()?;
            self.columns(table, names, line)?;
        }
        self.need("SOURCE")?;
        let source = self.end(table, tables)?;
        self.need("DESTINATION")?;
        let destination = self.end(table, tables)?.ok_or_else(|| {
            wrong(line, format!("the edges of `{}` would end where they start: at their own rows", table.name))
                .with_hint("write DESTINATION KEY (column) REFERENCES table (column)")
        })?;
        let said = self.label_and_properties(table)?;
        let ends: Vec<String> =
            source.iter().chain([&destination]).flat_map(|end| end.columns.iter().cloned()).collect();
        let properties = said.properties.unwrap_or_else(|| match &source {
            None => Vec::new(),
            Some(_) => all_columns(table, &ends),
        });
        let label = said.label.or_else(|| alias.map(|alias| upper_snake(&alias)));
        Ok(PlannedEdge {
            table: table.name.clone(),
            label: label.unwrap_or_else(|| upper_snake(&table.name)),
            source,
            destination,
            properties,
            time: said.time,
            found: false,
            counts: None,
        })
    }

    /// `KEY (columns) REFERENCES table (columns)`, or a table alone; `None` for the row itself.
    fn end(&mut self, table: &'s SourceTable, tables: &[PlannedTable]) -> Result<Option<PlannedEnd>> {
        let line = self.line();
        let columns = if self.eat("KEY") {
            let names = self.names()?;
            self.need("REFERENCES")?;
            Some(self.columns(table, names, line)?)
        } else {
            None
        };
        let at = self.line();
        let name = self.dotted()?;
        let own = self.names.iter().find(|(alias, _)| *alias == name).map(|(_, table)| table.clone());
        let referred = self.find_table(own.as_deref().unwrap_or(&name), at)?;
        let planned = tables.iter().find(|planned| planned.table == referred.name).ok_or_else(|| {
            wrong(at, format!("`{name}` is no vertex table of this map"))
                .with_hint("an edge is between rows of vertex tables")
        })?;
        let referenced = if self.piece().kind == Kind::Mark && self.piece().text == "(" {
            let names = self.names()?;
            Some(self.columns(referred, names, at)?)
        } else {
            None
        };
        let Some(columns) = columns else {
            if referred.name == table.name {
                return Ok(None);
            }
            let mut declared = table.foreign_keys.iter().filter(|key| key.table == referred.name);
            let (Some(key), None) = (declared.next(), declared.next()) else {
                return Err(wrong(
                    at,
                    format!("the source does not declare one foreign key from `{}` to `{}`", table.name, referred.name),
                )
                .with_hint("write KEY (column) REFERENCES table (column)"));
            };
            let referenced = if key.referenced.is_empty() { planned.key.clone() } else { key.referenced.clone() };
            return Ok(Some(PlannedEnd { columns: key.columns.clone(), table: referred.name.clone(), referenced }));
        };
        let referenced = referenced.unwrap_or_else(|| planned.key.clone());
        if referenced.len() != columns.len() || referenced.is_empty() {
            return Err(wrong(
                at,
                format!("{} columns refer to {} columns of `{}`", columns.len(), referenced.len(), referred.name),
            ));
        }
        if referred.name == table.name && columns == planned.key && referenced == columns {
            return Ok(None);
        }
        Ok(Some(PlannedEnd { columns, table: referred.name.clone(), referenced }))
    }

    fn label_and_properties(&mut self, table: &SourceTable) -> Result<Said> {
        let mut said = Said::default();
        loop {
            let line = self.line();
            if self.eat("LABEL") {
                if said.label.is_some() {
                    return Err(wrong(line, "a table has one label"));
                }
                said.label = Some(self.name()?);
            } else if self.eat("DEFAULT") {
                self.need("LABEL")?;
            } else if self.eat("NO") {
                self.need("PROPERTIES")?;
                said.properties = Some(Vec::new());
            } else if self.eat("PROPERTIES") {
                said.properties = Some(self.properties(table, line)?);
            } else if self.piece().kind == Kind::Time {
                self.at += 1;
                said.time = Some(self.name()?);
            } else {
                break;
            }
        }
        if let Some(time) = &said.time {
            let properties = said.properties.clone().unwrap_or_else(|| all_columns(table, &[]));
            if !properties.iter().any(|(_, property)| property == time) {
                return Err(wrong(
                    self.line(),
                    format!("TIME names `{time}`, which is no property of `{}`", table.name),
                ));
            }
        }
        Ok(said)
    }

    fn properties(&mut self, table: &SourceTable, line: usize) -> Result<Vec<(String, String)>> {
        if self.eat("ARE") || self.is("ALL") {
            self.need("ALL")?;
            self.need("COLUMNS")?;
            let except = if self.eat("EXCEPT") {
                let names = self.names()?;
                self.columns(table, names, line)?
            } else {
                Vec::new()
            };
            return Ok(all_columns(table, &except));
        }
        self.need_mark("(")?;
        let mut properties: Vec<(String, String)> = Vec::new();
        loop {
            let line = self.line();
            let name = self.name()?;
            let column = column(table, &name, line)?;
            let property = if self.eat("AS") { self.name()? } else { column.clone() };
            if property == "_id" {
                return Err(wrong(line, "every node has an `_id` of its own: name the property otherwise with AS"));
            }
            if properties.iter().any(|(_, other)| *other == property) {
                return Err(wrong(line, format!("the property `{property}` is there twice")));
            }
            properties.push((column, property));
            if !self.eat_mark(",") {
                self.need_mark(")")?;
                return Ok(properties);
            }
        }
    }
}

/// What follows the keys of an element.
#[derive(Default)]
struct Said {
    label: Option<String>,
    properties: Option<Vec<(String, String)>>,
    time: Option<String>,
}

fn column(table: &SourceTable, name: &str, line: usize) -> Result<String> {
    let columns = &table.columns;
    let exact = columns.iter().find(|column| column.name == name);
    let found = exact.or_else(|| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)));
    found.map(|column| column.name.clone()).ok_or_else(|| {
        let near = wend_grammar::suggest(name, columns.iter().map(|column| column.name.as_str()));
        wrong(line, format!("the table `{}` has no column `{name}`", table.name))
            .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
    })
}

/// All columns but some as properties of their names.
pub(super) fn all_columns(table: &SourceTable, except: &[String]) -> Vec<(String, String)> {
    let names = table.columns.iter().map(|column| column.name.clone()).filter(|name| !except.contains(name));
    names.map(|name| (name.clone(), property_name(&name))).collect()
}

/// The property of a column; the name of a node's `_id` is none.
fn property_name(column: &str) -> String {
    if column == "_id" { "id".to_owned() } else { column.to_owned() }
}
