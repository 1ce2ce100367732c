//! A statement as it is given to a session: parsed once, with what can be known of it before any name is resolved. Whoever runs
//! statements for others decides by this, and never by the text, which may say anything in comments and strings.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use wend_grammar::{
    TokenKind,
    ast::{self, Block, Clause, ClauseKind, Expr, ExprKind, Projection, Query, ShowTail},
};

use crate::{error::Result, registry::Callee};

/// What kind of statement it is; for queries the query type of the protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementKind {
    /// A query that changes nothing.
    Read,
    /// A query that may change data, and has a result table.
    ReadWrite,
    /// A query that may change data, and has no result table.
    Write,
    /// START TRANSACTION
    StartTransaction {
        /// READ ONLY
        read_only: bool,
    },
    /// COMMIT
    Commit,
    /// ROLLBACK
    Rollback,
    /// A statement about sessions, the catalog, tasks, users, or the database as a whole.
    #[default]
    Schema,
}

impl StatementKind {
    /// Of a query.
    pub(crate) fn of_query(writes: bool, has_table: bool) -> Self {
        match (writes, has_table) {
            (false, _) => StatementKind::Read,
            (true, true) => StatementKind::ReadWrite,
            (true, false) => StatementKind::Write,
        }
    }
}

/// A statement, or several separated by `;`, parsed once. [`Session::parse`](crate::Session::parse) makes it, and
/// [`Session::run`](crate::Session::run) runs it as often as is wanted. Clones are the same statement.
#[derive(Clone, Debug)]
pub struct Statement(Arc<Parsed>);

#[derive(Debug)]
struct Parsed {
    text: Box<str>,
    parts: Box<[ast::Statement]>,
    /// Which statement of the process it is; plans are kept by it.
    id: u64,
    /// Whether it has run before.
    run_before: AtomicBool,
}

impl Statement {
    /// Parses a text without looking at the memory that takes; [`Session::parse`](crate::Session::parse) does.
    ///
    /// # Errors
    /// 42001 with the place when the text is not GQL.
    pub fn parse(text: &str) -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let parts = wend_grammar::parse(text)?.into();
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Statement(Arc::new(Parsed { text: text.into(), parts, id, run_before: AtomicBool::new(false) })))
    }

    /// The text it was parsed from.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Which statement of the process it is.
    pub(crate) fn id(&self) -> u64 {
        self.0.id
    }

    /// Notes that it runs; whether it has run before, so that keeping its plan pays.
    pub(crate) fn runs_again(&self) -> bool {
        self.0.run_before.swap(true, Ordering::Relaxed)
    }

    /// The names of the parameters in its text, each once, in their order.
    pub fn parameters(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for token in wend_grammar::tokens(self.text()) {
            if token.kind == TokenKind::Parameter
                && let Some(name) = self.text().get(token.span.start..token.span.end)
            {
                let name = parameter_name(name);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    pub(crate) fn parts(&self) -> &[ast::Statement] {
        &self.0.parts
    }

    /// Its kind; of several that of the last, whose result is given. EXPLAIN and PROFILE are of the kind of their query.
    pub fn kind(&self) -> StatementKind {
        self.0.parts.last().map_or(StatementKind::Schema, |part| kind(&part.kind))
    }

    /// Its kind, when it is one statement and not several.
    pub fn single(&self) -> Option<StatementKind> {
        match &*self.0.parts {
            [part] => Some(kind(&part.kind)),
            _ => None,
        }
    }

    /// Whether it may change data. What only the values of parameters could tell counts as a change.
    pub fn writes(&self) -> bool {
        let writes =
            |part: &ast::Statement| matches!(kind(&part.kind), StatementKind::ReadWrite | StatementKind::Write);
        self.0.parts.iter().any(writes)
    }

    /// Whether it reads a file of the server.
    pub fn reads_files(&self) -> bool {
        self.0.parts.iter().any(|part| {
            query(&part.kind).is_some_and(|query| any_clause(query, &|kind| matches!(kind, ClauseKind::LoadCsv { .. })))
        })
    }

    /// Whether it is a task and nothing besides: one call that writes the result of an algorithm, or REFRESH EMBEDDING. SHOW
    /// TASKS tells how far it is and STOP TASK ends it, so that it may take longer than other statements. A call with other work
    /// before, in or after it is none.
    pub fn is_task(&self) -> bool {
        match &*self.0.parts {
            [part] => match &part.kind {
                ast::StatementKind::RefreshEmbedding(_) => true,
                ast::StatementKind::Query(query) => is_call_that_writes(query),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether it looks after the server: SHOW, STOP and KILL, answered from the catalog and from what goes on, in a time that
    /// no client can draw out. The rows of SHOW may be filtered, sorted, counted and limited; with anything more it is a query
    /// like any other.
    pub fn is_administration(&self) -> bool {
        let mut terms = TERMS;
        self.0.parts.len() <= MOST_PARTS && self.0.parts.iter().all(|part| is_administration(&part.kind, &mut terms))
    }
}

/// Statements and expressions of administration are few: so much is allowed in all of it.
const MOST_PARTS: usize = 8;
const TERMS: usize = 64;

fn kind(kind: &ast::StatementKind) -> StatementKind {
    use ast::StatementKind as Kind;
    match kind {
        Kind::Query(query) | Kind::Explain(query) | Kind::Profile(query) | Kind::Copy { query, .. } => {
            kind_of_query(query)
        }
        Kind::StartTransaction { read_only } => StatementKind::StartTransaction { read_only: *read_only },
        Kind::Commit => StatementKind::Commit,
        Kind::Rollback => StatementKind::Rollback,
        _ => StatementKind::Schema,
    }
}

fn kind_of_query(query: &Query) -> StatementKind {
    if !any_clause(query, &changes) {
        return StatementKind::Read;
    }
    let last = query.blocks.last().and_then(|block| block.first.clauses.last());
    match last.map(|clause| &clause.kind) {
        Some(ClauseKind::Return(_) | ClauseKind::Call { .. }) => StatementKind::ReadWrite,
        Some(ClauseKind::Nested(query)) => kind_of_query(query),
        _ => StatementKind::Write,
    }
}

/// The query of a statement that has one.
fn query(kind: &ast::StatementKind) -> Option<&Query> {
    match kind {
        ast::StatementKind::Query(query)
        | ast::StatementKind::Explain(query)
        | ast::StatementKind::Profile(query)
        | ast::StatementKind::Copy { query, .. } => Some(query),
        _ => None,
    }
}

fn any_clause(query: &Query, wanted: &dyn Fn(&ClauseKind) -> bool) -> bool {
    let linears = |block: &Block| {
        std::iter::once(&block.first)
            .chain(block.rest.iter().map(|(_, linear)| linear))
            .any(|linear| clauses_have(&linear.clauses, wanted))
    };
    query.blocks.iter().any(linears)
}

fn clauses_have(clauses: &[Clause], wanted: &dyn Fn(&ClauseKind) -> bool) -> bool {
    clauses.iter().any(|clause| {
        wanted(&clause.kind)
            || match &clause.kind {
                ClauseKind::OptionalBlock(clauses) | ClauseKind::Foreach { changes: clauses, .. } => {
                    clauses_have(clauses, wanted)
                }
                ClauseKind::CallQuery { query, .. } | ClauseKind::Nested(query) => any_clause(query, wanted),
                _ => false,
            }
    })
}

/// Whether a clause may change data.
fn changes(kind: &ClauseKind) -> bool {
    match kind {
        ClauseKind::Insert(_)
        | ClauseKind::Merge { .. }
        | ClauseKind::Set(_)
        | ClauseKind::Remove(_)
        | ClauseKind::Delete { .. } => true,
        ClauseKind::Call { name, arguments, .. } => Callee::find(&name.name).is_ok_and(|callee| {
            callee.writes()
                || callee
                    .model_saved_by()
                    .is_some_and(|parameter| arguments.first().is_some_and(|given| may_have(given, parameter)))
        }),
        _ => false,
    }
}

/// Whether the record of a call's arguments has a parameter, or cannot be seen in the text.
fn may_have(arguments: &Expr, parameter: &str) -> bool {
    match &arguments.kind {
        ExprKind::Record(fields) => fields.iter().any(|(name, _)| name.name == parameter),
        ExprKind::Literal(_) => false,
        _ => true,
    }
}

fn is_call_that_writes(query: &Query) -> bool {
    let [Block { yields: None, first, rest }] = query.blocks.as_slice() else { return false };
    let clauses = match first.clauses.as_slice() {
        [Clause { kind: ClauseKind::Use { .. }, .. }, clauses @ ..] => clauses,
        clauses => clauses,
    };
    let mut terms = usize::MAX;
    match clauses {
        [Clause { kind: ClauseKind::Call { optional: false, name, arguments, .. }, .. }, after @ ..]
            if rest.is_empty() =>
        {
            Callee::find(&name.name).is_ok_and(|callee| callee.is_task())
                && all_plain(arguments, &mut terms)
                && after.iter().all(|clause| is_plain_tail(&clause.kind, &mut terms))
        }
        _ => false,
    }
}

fn is_administration(kind: &ast::StatementKind, terms: &mut usize) -> bool {
    match kind {
        // Whether the graph has changed since an embedding was written is found by reading the graph.
        ast::StatementKind::Show { what, .. } if what == "EMBEDDINGS" => false,
        ast::StatementKind::Show { tail: None, .. } => true,
        ast::StatementKind::Show { tail: Some(ShowTail { clauses, .. }), .. } => {
            clauses.iter().all(|clause| is_plain_tail(&clause.kind, terms))
        }
        ast::StatementKind::ShowTask(id) | ast::StatementKind::StopTask(id) | ast::StatementKind::KillQuery(id) => {
            is_plain(id, terms)
        }
        _ => false,
    }
}

/// Whether a clause leaves rows out, sorts, counts or shows them, and does no more work for a row than it has terms.
fn is_plain_tail(kind: &ClauseKind, terms: &mut usize) -> bool {
    match kind {
        ClauseKind::Filter(condition) => is_plain(condition, terms),
        ClauseKind::OrderBy(keys) => keys.iter().all(|key| is_plain(&key.expr, terms)),
        ClauseKind::Offset(count) | ClauseKind::Limit(count) => is_plain(count, terms),
        ClauseKind::Return(Projection { items, group_by, order_by, offset, limit, .. }) => {
            items.iter().all(|item| is_plain(&item.expr, terms))
                && group_by.iter().flatten().all(|key| is_plain(key, terms))
                && order_by.iter().all(|key| is_plain(&key.expr, terms))
                && offset.iter().chain(limit).all(|count| is_plain(count, terms))
        }
        ClauseKind::Finish => true,
        _ => false,
    }
}

fn all_plain<'e>(exprs: impl IntoIterator<Item = &'e Expr>, terms: &mut usize) -> bool {
    exprs.into_iter().all(|expr| is_plain(expr, terms))
}

/// Whether an expression is of the few that take no time and make no large values: no subquery, no function that makes lists or
/// texts, nothing beyond so many terms.
fn is_plain(expr: &Expr, terms: &mut usize) -> bool {
    let Some(left) = terms.checked_sub(1) else { return false };
    *terms = left;
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Variable(_) | ExprKind::Parameter(_) => true,
        ExprKind::List(items) | ExprKind::And(items) => all_plain(items, terms),
        ExprKind::Record(fields) => all_plain(fields.iter().map(|(_, value)| value), terms),
        ExprKind::Property(of, _)
        | ExprKind::Not(of)
        | ExprKind::Negate(of)
        | ExprKind::Plus(of)
        | ExprKind::IsNull { operand: of, .. }
        | ExprKind::IsTruth { operand: of, .. } => is_plain(of, terms),
        ExprKind::Or(first, rest) => is_plain(first, terms) && all_plain(rest.iter().map(|(_, of)| of), terms),
        ExprKind::Compare(_, one, other) | ExprKind::StringMatch(_, one, other) => {
            is_plain(one, terms) && is_plain(other, terms)
        }
        ExprKind::In { item, list, .. } => is_plain(item, terms) && is_plain(list, terms),
        ExprKind::Call { name, arguments, .. } => {
            matches!(name.as_str(), "COUNT" | "MIN" | "MAX" | "SUM" | "AVG" | "UPPER" | "LOWER" | "COALESCE")
                && all_plain(arguments, terms)
        }
        _ => false,
    }
}

/// The name of a parameter as it is written: `$name`, or delimited.
fn parameter_name(written: &str) -> String {
    let name = written.strip_prefix('$').unwrap_or(written);
    for delimiter in ['`', '"'] {
        if let Some(inner) = name.strip_prefix(delimiter).and_then(|rest| rest.strip_suffix(delimiter)) {
            return inner.replace(&format!("{delimiter}{delimiter}"), &delimiter.to_string());
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Statement {
        Statement::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn administration_is_bounded() {
        for text in [
            " show QUERIES",
            "KILL QUERY 'q1'",
            "STOP TASK $id",
            "SHOW TASK 'x'",
            "TOP",
            "SHOW TASKS YIELD task_id, status FILTER status = 'running' OR status IN ['pending'] RETURN task_id",
            "SHOW TASKS YIELD status WHERE status = 'running' RETURN COUNT(*) AS n",
            "SHOW LABELS YIELD label, count AS n ORDER BY n DESC LIMIT 3; SHOW QUERIES;",
            "/* MATCH */ SHOW SESSIONS",
        ] {
            assert!(parse(text).is_administration(), "{text}");
        }
        for text in [
            "RETURN 1",
            "SHOW LABELS; MATCH (a), (b), (c) RETURN COUNT(*)",
            "SHOW LABELS; MATCH (a) RETURN a; SHOW LABELS",
            "SHOW LABELS YIELD label FOR a IN RANGE(1, 9) FOR b IN RANGE(1, 9) RETURN COUNT(*) AS n",
            "SHOW LABELS YIELD label LET a = label || label RETURN a",
            "SHOW LABELS YIELD label WHERE EXISTS { MATCH (a), (b), (c) RETURN 1 }",
            "SHOW LABELS YIELD label WHERE SIZE(RANGE(1, 99999999)) > 0",
            "SHOW LABELS YIELD label RETURN VALUE { MATCH (a), (b) RETURN COUNT(*) } AS n",
            "SHOW LABELS YIELD label RETURN label ORDER BY COUNT { MATCH (a), (b) }",
            "SHOW EMBEDDINGS",
            "EXPLAIN MATCH (a) RETURN a",
            "REFRESH EMBEDDING e",
        ] {
            assert!(!parse(text).is_administration(), "{text}");
        }
        let many = format!("SHOW LABELS YIELD label WHERE {}", vec!["label = 'x'"; 200].join(" OR "));
        assert!(!parse(&many).is_administration() && !parse(&"SHOW LABELS;".repeat(9)).is_administration());
    }

    #[test]
    fn a_task_is_a_task_and_nothing_besides() {
        for text in [
            "CALL algo.node2vec.write({}, {db: {property: 'e'}})",
            "USE g CALL algo.node2vec.write($arguments, {db: {property: 'e'}, wait: false}) YIELD task_id RETURN task_id",
            "REFRESH EMBEDDING e",
        ] {
            assert!(parse(text).is_task(), "{text}");
        }
        for text in [
            "MATCH (a), (b), (c), (d) RETURN COUNT(*) /* algo. .write */",
            "RETURN 'CALL algo.node2vec.write()'",
            "CALL algo.node2vec({}) YIELD nodeId RETURN nodeId",
            "MATCH (a) CALL algo.node2vec.write({}, {db: {property: 'e'}}) RETURN a",
            "CALL algo.node2vec.write({}, {db: {property: 'e'}}) YIELD task_id MATCH (a), (b) RETURN COUNT(*)",
            "CALL algo.node2vec.write({seed: COUNT { MATCH (a), (b) }}, {db: {property: 'e'}})",
            "CALL algo.node2vec.write({}, {db: {property: 'e'}}); MATCH (a), (b) RETURN COUNT(*)",
            "CALL algo.node2vec.write({}, {db: {property: 'e'}}) NEXT MATCH (a), (b) RETURN COUNT(*)",
            "EXPLAIN CALL algo.node2vec.write({}, {db: {property: 'e'}})",
        ] {
            assert!(!parse(text).is_task(), "{text}");
        }
    }

    #[test]
    fn kinds() {
        for (text, kind) in [
            ("MATCH (a) RETURN a", StatementKind::Read),
            ("EXPLAIN INSERT (:A)", StatementKind::Write),
            ("PROFILE INSERT (a:A) RETURN a", StatementKind::ReadWrite),
            ("MATCH (a) CALL { INSERT (:B) } RETURN a", StatementKind::ReadWrite),
            ("CALL algo.node2vec.write({}, {db: {property: 'e'}})", StatementKind::ReadWrite),
            ("SHOW LABELS", StatementKind::Schema),
            ("/* x */ START TRANSACTION READ ONLY", StatementKind::StartTransaction { read_only: true }),
            ("COMMIT // COMMIT 1", StatementKind::Commit),
            ("", StatementKind::Schema),
        ] {
            assert_eq!(parse(text).kind(), kind, "{text}");
        }
        assert!(parse("INSERT (:A); RETURN 1").writes() && !parse("RETURN 'INSERT'").writes());
        assert!(parse("CALL { LOAD CSV FROM 'f' AS r RETURN r } RETURN r").reads_files());
        assert!(!parse("RETURN 'LOAD CSV'").reads_files());
    }
}
