//! The abstract syntax tree of a GQL script, with byte spans, before names are resolved.
//!
//! Long chains (`a + b + ...`, `a AND b AND ...`) are n-ary nodes, so that no walk over the tree recurses once per operand.
#![allow(missing_docs, reason = "names of GQL: only what a name does not say is documented")]

/// A half-open range of bytes in the source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    pub start: usize,
    pub end: usize,
}

/// An identifier as written; delimiters are removed from `name`.
#[derive(Clone, Debug)]
pub struct Ident {
    /// The name, without quotes or backticks.
    pub name: String,
    pub span: Span,
}

/// One statement of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: StatementKind,
    pub span: Span,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// A linear or composite query, with or without data modification.
    Query(Query),
    /// `EXPLAIN query`
    Explain(Query),
    /// `PROFILE query`
    Profile(Query),
    /// `START TRANSACTION [READ ONLY | READ WRITE]` (also `BEGIN`)
    StartTransaction {
        /// `READ ONLY` was given.
        read_only: bool,
    },
    Commit,
    Rollback,
    /// `SAVEPOINT s`
    Savepoint(Ident),
    /// `ROLLBACK TO [SAVEPOINT] s`
    RollbackTo(Ident),
    /// `RELEASE [SAVEPOINT] s`
    ReleaseSavepoint(Ident),
    /// `SESSION SET [PROPERTY] GRAPH g`; a `USE g` that stands alone as a statement is this too
    SessionSetGraph(Ident),
    /// `SESSION SET [VALUE] $name = expr`
    SessionSetValue {
        name: Ident,
        value: Expr,
    },
    /// `SESSION SET TIME ZONE expr`
    SessionSetTimeZone(Expr),
    /// `SESSION RESET [ALL | GRAPH | PARAMETERS | $name | ...]`
    SessionReset(SessionReset),
    /// `SESSION CLOSE`
    SessionClose,
    /// `CREATE [PROPERTY] GRAPH [IF NOT EXISTS] g [ANY | TYPED t | :: t | { ... }] [AS COPY OF h]`, `CREATE OR REPLACE GRAPH g`
    CreateGraph {
        name: Ident,
        if_not_exists: bool,
        or_replace: bool,
        /// The type that closes it, if any.
        graph_type: Option<GraphTypeRef>,
        /// `AS COPY OF g`
        copy_of: Option<Ident>,
    },
    /// `DROP [PROPERTY] GRAPH [IF EXISTS] g`
    DropGraph {
        name: Ident,
        if_exists: bool,
    },
    /// `CREATE [PROPERTY] GRAPH TYPE [IF NOT EXISTS] t [AS] { ... }`, `... t AS COPY OF u`
    CreateGraphType {
        name: Ident,
        if_not_exists: bool,
        or_replace: bool,
        /// The element types; empty for a copy.
        elements: Vec<ElementType>,
        /// `AS COPY OF u`
        copy_of: Option<Ident>,
    },
    /// `DROP [PROPERTY] GRAPH TYPE [IF EXISTS] t`
    DropGraphType {
        name: Ident,
        if_exists: bool,
    },
    /// `CREATE [UNIQUE] INDEX [IF NOT EXISTS] i ON NODE|EDGE L (p, ...)`; also `FOR (n:L) ON (n.p)`
    CreateIndex {
        name: Ident,
        unique: bool,
        if_not_exists: bool,
        /// An index on edges rather than nodes.
        on_edge: bool,
        label: Ident,
        properties: Vec<Ident>,
    },
    /// `CREATE VECTOR INDEX [IF NOT EXISTS] i FOR (n:L) ON (n.p) [OPTIONS {..}]`
    CreateVectorIndex(Box<VectorIndex>),
    /// `CREATE FULLTEXT INDEX [IF NOT EXISTS] i FOR (n:L|M) ON EACH [n.p, n.q] [OPTIONS {..}]`
    CreateTextIndex(Box<TextIndex>),
    /// `CREATE CONSTRAINT [c] [IF NOT EXISTS] FOR (n:L) REQUIRE n.p IS UNIQUE`
    CreateConstraint(Box<Constraint>),
    /// `DROP CONSTRAINT [IF EXISTS] c`
    DropConstraint {
        name: Ident,
        if_exists: bool,
    },
    /// `DROP INDEX [IF EXISTS] i`
    DropIndex {
        name: IndexName,
        if_exists: bool,
    },
    /// `SHOW ...`; the name is upper case with single spaces: `TASKS`, `ALGOS`, `GRAPHS`, `QUERIES`, `PROCEDURES`,
    /// `FUNCTIONS`, `INDEXES`, `LABELS`, `SESSIONS`, `MODELS`, `EMBEDDINGS`, `GRAPH TYPES`, `USERS`, `TOKENS`, `PROPERTY KEYS`, `EDGE LABELS`, `TRANSACTIONS`
    /// (`TOP` and `TOP QUERIES` are `QUERIES`), with clauses that may follow: `[YIELD ...] [FILTER|WHERE ...] [RETURN ...]`
    Show {
        what: String,
        /// `SHOW ALGOS CATEGORY c`
        category: Option<Ident>,
        /// `YIELD ...` and the clauses after it.
        tail: Option<ShowTail>,
    },
    /// `SHOW TASK 'id'`
    ShowTask(Expr),
    /// `STOP TASK 'id'` (also `STOP 'id'`)
    StopTask(Expr),
    /// `DELETE TASK 'id'`
    DeleteTask(Expr),
    /// `KILL [QUERY] 'id'`
    KillQuery(Expr),
    /// `REFRESH INDEX i`
    RefreshIndex(IndexName),
    /// `DESCRIBE|DESC ALGO name`, `DESCRIBE MODEL name`, `DESCRIBE GRAPH [name]`
    Describe {
        /// Upper case: `ALGO`, `MODEL`, `GRAPH`.
        what: String,
        /// Dotted names are joined with `.`; empty for the current graph.
        name: Ident,
    },
    /// `DROP MODEL [IF EXISTS] name`
    DropModel {
        name: Ident,
        if_exists: bool,
    },
    /// `REFRESH EMBEDDING property`
    RefreshEmbedding(Ident),
    /// A statement about users and their tokens.
    User(UserStatement),
    /// `BACKUP TO 'name'`
    Backup {
        /// The directory: a string or a parameter.
        to: Expr,
    },
    /// `CHECK DATABASE`
    CheckDatabase,
    /// `COPY (query) TO 'file'`
    Copy {
        query: Query,
        /// The file: a string or a parameter.
        to: Expr,
    },
}

/// What the elements of a label must fulfil, in Neo4j's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// Without one: of the label, the properties and what is required.
    pub name: Ident,
    pub if_not_exists: bool,
    /// Of edges rather than nodes.
    pub on_edge: bool,
    pub label: Ident,
    /// At least one.
    pub properties: Vec<Ident>,
    pub requires: Requirement,
    pub span: Span,
}

/// What a constraint requires of properties.
#[derive(Clone, Debug, PartialEq)]
pub enum Requirement {
    /// `IS UNIQUE`: no two elements have the same values
    Unique,
    /// `IS NOT NULL`: every element has them
    NotNull,
    /// `IS NODE KEY`: both
    Key,
    /// `IS :: T`: a value is of the type
    Typed(TypeName),
}

/// Statements about users and their tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum UserStatement {
    /// `CREATE USER [IF NOT EXISTS] u [SET] PASSWORD 'p' [[SET] ROLE r]`
    Create {
        name: Ident,
        if_not_exists: bool,
        /// The password: a string or a parameter.
        password: Expr,
        role: Option<Ident>,
    },
    /// `ALTER USER u [[SET] PASSWORD 'p'] [[SET] ROLE r]`
    Alter {
        name: Ident,
        /// The new password: a string or a parameter.
        password: Option<Expr>,
        role: Option<Ident>,
    },
    /// `DROP USER [IF EXISTS] u`
    Drop { name: Ident, if_exists: bool },
    /// `CREATE TOKEN t FOR [USER] u [VALID FOR duration]`
    CreateToken {
        name: Ident,
        user: Ident,
        /// `VALID FOR`, a duration.
        validity: Option<Expr>,
    },
    /// `DROP TOKEN [IF EXISTS] t`
    DropToken { name: Ident, if_exists: bool },
}

/// The name of an index, or the parameter that has it.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexName {
    Name(Ident),
    Parameter(Ident),
}

impl IndexName {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            IndexName::Name(name) | IndexName::Parameter(name) => name.span,
        }
    }
}

/// `CREATE VECTOR INDEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorIndex {
    pub name: IndexName,
    pub if_not_exists: bool,
    /// An index on edges rather than nodes.
    pub on_edge: bool,
    pub label: Ident,
    pub property: Ident,
    /// `OPTIONS {dimensions: 128, metric: 'cosine'}`, a record.
    pub options: Option<Expr>,
}

/// `CREATE FULLTEXT INDEX`.
#[derive(Clone, Debug, PartialEq)]
pub struct TextIndex {
    pub name: IndexName,
    pub if_not_exists: bool,
    /// An index on edges rather than nodes.
    pub on_edge: bool,
    /// An element has at least one of them.
    pub labels: Vec<Ident>,
    pub properties: Vec<Ident>,
    /// `OPTIONS {analyzer: 'english'}`, a record.
    pub options: Option<Expr>,
}

/// `SEARCH n IN (VECTOR | FULLTEXT INDEX i FOR sought [WHERE condition] LIMIT k) [SCORE AS s] [WHERE condition]` after a MATCH
#[derive(Clone, Debug, PartialEq)]
pub struct IndexSearch {
    /// In a full-text index rather than one on vectors.
    pub full_text: bool,
    /// The variable of the element that is looked for.
    pub variable: Ident,
    pub index: IndexName,
    /// What the vectors of the index are compared with, or what its texts are asked for.
    pub sought: Expr,
    /// What an element has to be to count.
    pub condition: Option<Expr>,
    /// How many elements.
    pub limit: Expr,
    pub score: Option<Ident>,
    /// What is asked of the elements that were found.
    pub then: Option<Expr>,
}

/// What follows a `SHOW`.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowTail {
    /// `YIELD a, b AS c`; `None` for `YIELD *` or no `YIELD`.
    pub yields: Option<Vec<YieldItem>>,
    /// `FILTER`, `ORDER BY`, `RETURN` ...
    pub clauses: Vec<Clause>,
}

/// What `SESSION RESET` resets.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionReset {
    All,
    Graph,
    TimeZone,
    Parameters,
    Parameter(Ident),
}

/// A graph type by name or written out.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphTypeRef {
    /// `TYPED name`
    Named(Ident),
    /// `{ ... }`
    Inline(Vec<ElementType>),
}

/// One element type of a closed graph type.
#[derive(Clone, Debug, PartialEq)]
pub enum ElementType {
    /// `(Person :Person {name STRING NOT NULL})`
    Node {
        /// The type's name or alias.
        name: Option<Ident>,
        labels: Vec<Ident>,
        properties: Vec<PropertyType>,
    },
    /// `(Person)-[:KNOWS {since DATE}]->(Person)`
    Edge {
        /// The type's name or alias.
        name: Option<Ident>,
        /// The label (exactly one).
        label: Ident,
        properties: Vec<PropertyType>,
        /// Name or label of the source node type.
        from: Ident,
        /// Name or label of the destination node type.
        to: Ident,
    },
}

/// A property of an element type.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyType {
    pub name: Ident,
    pub value_type: TypeName,
}

/// A value type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    pub kind: TypeKind,
    /// `NOT NULL`
    pub not_null: bool,
    pub span: Span,
}

/// The value types; synonyms (`INTEGER`, `BIGINT`, `DOUBLE`, `VARCHAR`, ...) are folded.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    Bool,
    /// `INT64`; also a narrower or unsigned one, by its bits
    Int {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// `UINT...`
        unsigned: bool,
    },
    /// `FLOAT64`, `FLOAT32`
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// `STRING`, `STRING(n)`: of at most n characters
    String(Option<u32>),
    Bytes,
    Date,
    LocalTime,
    ZonedTime,
    LocalDateTime,
    ZonedDateTime,
    Duration,
    /// `LIST<T>` or `T LIST`; without an element type any
    List(Option<Box<TypeName>>),
    /// `RECORD`, `RECORD {..}`
    Record(Option<Vec<PropertyType>>),
    /// `VECTOR`, `VECTOR(n)`
    Vector(Option<u32>),
    Path,
    Node,
    Edge,
    Null,
    /// `ANY [VALUE]`
    Any,
}

/// A query: composite statements joined by `NEXT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// At least one; each gets the table of the one before.
    pub blocks: Vec<Block>,
    pub span: Span,
}

/// One composite statement of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// `NEXT YIELD ...` before it.
    pub yields: Option<Vec<YieldItem>>,
    /// The first linear statement.
    pub first: Linear,
    /// Set operators and their right operands, left associative.
    pub rest: Vec<(SetOperator, Linear)>,
}

/// `UNION`, `EXCEPT`, `INTERSECT`, `OTHERWISE`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetOperator {
    pub kind: SetOperatorKind,
    pub all: bool,
    pub span: Span,
}

/// The set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperatorKind {
    Union,
    Except,
    Intersect,
    Otherwise,
}

/// A linear statement: clauses, each working on the table of the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The clauses in order; a nested `{ query }` in braces is one `Clause::Nested`.
    pub clauses: Vec<Clause>,
    pub span: Span,
}

/// A clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    pub kind: ClauseKind,
    pub span: Span,
}

/// The clauses.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseKind {
    /// `USE g [AS OF t]` before other clauses
    Use {
        graph: Ident,
        /// What is seen of the graph; `None` = all of it.
        view: Option<Box<TimeView>>,
    },
    /// `[OPTIONAL] MATCH pattern [WHERE]`
    Match {
        optional: bool,
        pattern: GraphPattern,
    },
    /// `[OPTIONAL] MATCH pattern [WHERE] SEARCH ..`
    Search {
        optional: bool,
        pattern: GraphPattern,
        search: Box<IndexSearch>,
    },
    /// `OPTIONAL { MATCH ... MATCH ... }` (also with parentheses)
    OptionalBlock(Vec<Clause>),
    /// `FILTER [WHERE] condition`
    Filter(Expr),
    /// `LET x = expr, ...`
    Let(Vec<(Ident, Expr)>),
    /// `FOR x IN list [WITH ORDINALITY i | WITH OFFSET i]` (also `UNWIND list AS x`)
    For {
        variable: Ident,
        list: Expr,
        /// The counter, from 1 (ordinality) or 0 (offset).
        counter: Option<ForCounter>,
    },
    OrderBy(Vec<SortItem>),
    /// `OFFSET n`, `SKIP n`
    Offset(Expr),
    /// `LIMIT n`
    Limit(Expr),
    /// `INSERT ...` (also `CREATE ...` of a pattern)
    Insert(Vec<InsertPath>),
    /// `MERGE path [ON CREATE SET ...] [ON MATCH SET ...]` / `UPSERT paths`
    Merge {
        paths: Vec<InsertPath>,
        on_create: Vec<SetItem>,
        on_match: Vec<SetItem>,
        /// `UPSERT` (match by `_id`, overwrite properties) rather than `MERGE`
        upsert: bool,
    },
    /// `SET ...`
    Set(Vec<SetItem>),
    /// `REMOVE ...`
    Remove(Vec<RemoveItem>),
    /// `[DETACH | NODETACH] DELETE expr, ...`
    Delete {
        detach: bool,
        items: Vec<Expr>,
    },
    /// `[OPTIONAL] CALL name(args) [YIELD ...]`
    Call {
        optional: bool,
        name: Ident,
        /// The arguments; empty without parentheses.
        arguments: Vec<Expr>,
        /// `YIELD ...`; `None` without, or with `YIELD *`
        yields: Option<Vec<YieldItem>>,
    },
    /// `[OPTIONAL] CALL [(a, b)] { query }`
    CallQuery {
        optional: bool,
        /// The scope variables; `None` = all.
        scope: Option<Vec<Ident>>,
        query: Box<Query>,
        /// `IN TRANSACTIONS`, which asks for a commit now and then.
        in_transactions: bool,
    },
    /// `FOREACH (x IN list | changes)` (Cypher): the changes for one element after the other; the rows stay as they are
    Foreach {
        variable: Ident,
        list: Expr,
        changes: Vec<Clause>,
    },
    /// `LOAD CSV [WITH HEADERS] FROM expr AS x [FIELDTERMINATOR c]`, `LOAD PARQUET FROM expr AS x`
    LoadCsv {
        /// A Parquet file, whose rows are records
        parquet: bool,
        /// `WITH HEADERS`: rows are records rather than lists
        headers: bool,
        from: Expr,
        variable: Ident,
        separator: Option<Expr>,
    },
    /// `RETURN ...`, with its `ORDER BY`, `OFFSET`, `LIMIT`
    Return(Projection),
    /// `WITH ...` (a Cypher habit): projection and a new scope; `WHERE` comes as a following `Filter`
    With(Projection),
    /// `FINISH`
    Finish,
    /// `{ query }` in braces
    Nested(Box<Query>),
}

/// The counter of `FOR`.
#[derive(Clone, Debug, PartialEq)]
pub struct ForCounter {
    pub variable: Ident,
    /// From 0 (`OFFSET`) instead of 1 (`ORDINALITY`).
    pub from_zero: bool,
}

/// The body of `RETURN` and `WITH`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    pub distinct: bool,
    /// `*`: all columns, before `items`
    pub star: bool,
    pub items: Vec<ProjectionItem>,
    /// `GROUP BY a, b`; `Some(vec![])` for `GROUP BY ()`
    pub group_by: Option<Vec<Expr>>,
    pub order_by: Vec<SortItem>,
    pub offset: Option<Expr>,
    pub limit: Option<Expr>,
}

/// One item of a projection.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectionItem {
    pub expr: Expr,
    /// `AS name`
    pub alias: Option<Ident>,
    /// The column's name: the alias, or the text of the expression as written (white space collapsed).
    pub name: String,
}

/// One key of `ORDER BY`.
#[derive(Clone, Debug, PartialEq)]
pub struct SortItem {
    pub expr: Expr,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST` (true) or `NULLS LAST` (false); `None` = the default (nulls last ascending, first descending)
    pub nulls_first: Option<bool>,
}

/// One item of `YIELD`.
#[derive(Clone, Debug, PartialEq)]
pub struct YieldItem {
    pub name: Ident,
    /// `AS alias`
    pub alias: Option<Ident>,
}

/// The pattern of one `MATCH`.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPattern {
    /// `DIFFERENT EDGES`, `REPEATABLE ELEMENTS`
    pub match_mode: Option<MatchMode>,
    /// The path patterns, comma separated.
    pub paths: Vec<PathPattern>,
    pub condition: Option<Expr>,
    /// `YIELD a, b`: the variables that are seen after it.
    pub yields: Option<Vec<Ident>>,
}

/// The match modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchMode {
    /// No edge is bound twice in one `MATCH` (the default).
    DifferentEdges,
    /// Elements may repeat.
    RepeatableElements,
}

/// `[AFTER t] AS OF u [BY property]`: what is seen of a graph, by the times of its elements.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeView {
    /// Elements of this time or before are not seen.
    pub after: Option<Expr>,
    /// Elements of later times are not seen.
    pub until: Expr,
    /// The property that holds the time; `None` = what the graph knows of its labels.
    pub property: Option<Ident>,
}

/// One path pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPattern {
    /// `p = ...`
    pub variable: Option<Ident>,
    /// `ALL`, `ANY`, `ANY SHORTEST`, `ALL CHEAPEST` ...
    pub search: Option<PathSearch>,
    /// `WALK`, `TRAIL`, `ACYCLIC`, `SIMPLE`
    pub mode: Option<PathMode>,
    /// Nodes, edges and parenthesised parts in the order written.
    pub elements: Vec<PathElement>,
    pub span: Span,
}

/// Path search prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSearch {
    All,
    /// `ANY`
    Any,
    /// `ANY SHORTEST`
    AnyShortest,
    /// `ALL SHORTEST`
    AllShortest,
    /// `SHORTEST [k] [PATHS]`, `SHORTEST [k] GROUPS`
    ShortestK {
        count: u32,
        /// Groups of all paths of one length, rather than single paths.
        groups: bool,
    },
    /// `ANY CHEAPEST`
    AnyCheapest,
    /// `ALL CHEAPEST`
    AllCheapest,
    /// `CHEAPEST [k] [PATHS]`, `CHEAPEST [k] GROUPS`
    CheapestK {
        count: u32,
        /// Groups of all paths of one cost, rather than single paths.
        groups: bool,
    },
}

impl PathSearch {
    /// Whether paths are selected by the sum of their COST.
    pub fn by_cost(self) -> bool {
        matches!(self, PathSearch::AnyCheapest | PathSearch::AllCheapest | PathSearch::CheapestK { .. })
    }
}

/// Path modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathMode {
    /// Anything may repeat.
    Walk,
    /// No edge repeats.
    Trail,
    /// No node repeats.
    Acyclic,
    /// No node repeats, but the first may be the last.
    Simple,
}

/// A part of a path pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum PathElement {
    /// `(n:L {..} WHERE ..)`
    Node(NodePattern),
    /// `-[e:L {..} WHERE ..]->{1,3}`
    Edge(EdgePattern),
    /// `((x)-[e]->(y) WHERE ..){2,4}`
    Group(GroupPattern),
}

/// A node pattern; in INSERT the label expression is a conjunction of names.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePattern {
    pub variable: Option<Ident>,
    pub label: Option<LabelExpr>,
    /// `{key: value, ...}`
    pub properties: Vec<(Ident, Expr)>,
    /// `WHERE` inside the parentheses
    pub condition: Option<Expr>,
    pub span: Span,
}

/// An edge pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgePattern {
    pub variable: Option<Ident>,
    pub label: Option<LabelExpr>,
    /// `{key: value, ...}`
    pub properties: Vec<(Ident, Expr)>,
    /// `WHERE` inside the brackets
    pub condition: Option<Expr>,
    /// The direction.
    pub direction: EdgeDirection,
    /// `{m,n}`, `*`, `+`
    pub quantifier: Option<Quantifier>,
    /// `COST` inside the brackets: what the edge adds to the cost of a path
    pub cost: Option<Expr>,
    pub span: Span,
}

/// Which way an edge pattern points; all stored edges are directed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeDirection {
    /// `-[]->`
    Right,
    /// `<-[]-`
    Left,
    /// `-[]-`, `<-[]->`: either way
    Any,
}

/// A parenthesised path pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPattern {
    /// The path mode inside.
    pub mode: Option<PathMode>,
    /// Nodes, edges and groups.
    pub elements: Vec<PathElement>,
    /// `WHERE` inside the parentheses
    pub condition: Option<Expr>,
    /// The quantifier after it.
    pub quantifier: Option<Quantifier>,
    /// `COST` inside the parentheses: what each repetition adds to the cost of a path
    pub cost: Option<Expr>,
    pub span: Span,
}

/// A quantifier: how often a part repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantifier {
    pub min: u32,
    /// The most; `None` = no limit.
    pub max: Option<u32>,
    /// `?`: at most once, and its variables stand for elements that may be absent (G037)
    pub questioned: bool,
    pub span: Span,
}

/// A label expression.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelExpr {
    Name(Ident),
    /// `%`: any label
    Wildcard(Span),
    /// `!a`
    Not(Box<LabelExpr>),
    /// `a & b & ...`
    And(Vec<LabelExpr>),
    /// `a | b | ...`
    Or(Vec<LabelExpr>),
}

/// One path of INSERT: node (edge node)*.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertPath {
    pub start: InsertNode,
    /// Edges and the nodes they lead to.
    pub steps: Vec<(InsertEdge, InsertNode)>,
    pub span: Span,
}

/// A node of INSERT: new, or a reference when the variable is bound and nothing else is written.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertNode {
    pub variable: Option<Ident>,
    pub labels: Vec<Ident>,
    pub properties: Vec<(Ident, Expr)>,
    pub span: Span,
}

/// An edge of INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertEdge {
    pub variable: Option<Ident>,
    /// The labels as written; the binder wants exactly one.
    pub labels: Vec<Ident>,
    pub properties: Vec<(Ident, Expr)>,
    /// It points from the node on its right to the node on its left.
    pub leftwards: bool,
    pub span: Span,
}

/// One item of SET.
#[derive(Clone, Debug, PartialEq)]
pub enum SetItem {
    /// `n.key = value`
    Property { element: Ident, key: Ident, value: Expr },
    /// `n = {..}` (replaces all) or `n += {..}` (adds)
    Properties {
        element: Ident,
        value: Expr,
        /// `+=`
        add: bool,
    },
    /// `n[key] = value`
    Keyed { element: Ident, key: Expr, value: Expr },
    /// `n:A&B`, `n IS A`
    Labels { element: Ident, labels: Vec<LabelName> },
}

/// A label that is set or removed.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelName {
    Name(Ident),
    /// `$(expr)`: a name or a list of names
    Dynamic(Expr),
}

/// One item of REMOVE.
#[derive(Clone, Debug, PartialEq)]
pub enum RemoveItem {
    /// `n.key`
    Property { element: Ident, key: Ident },
    /// `n[key]`
    Keyed { element: Ident, key: Expr },
    /// `n:A`, `n IS A`
    Labels { element: Ident, labels: Vec<LabelName> },
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    Literal(Literal),
    Variable(String),
    /// `$name`
    Parameter(String),
    /// `[a, b]`, `LIST [a, b]`
    List(Vec<Expr>),
    /// `{a: 1}`, `RECORD {a: 1}`
    Record(Vec<(Ident, Expr)>),
    /// `PATH [n, e, m]`
    Path(Vec<Expr>),
    /// `x.key`
    Property(Box<Expr>, Ident),
    /// `l[i]`, from 0
    Index(Box<Expr>, Box<Expr>),
    /// `l[a..b]` (Cypher habit)
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `NOT x`
    Not(Box<Expr>),
    /// `-x`; a minus before a number literal is folded into the literal
    Negate(Box<Expr>),
    /// `+x`
    Plus(Box<Expr>),
    /// `a AND b AND ...`
    And(Vec<Expr>),
    /// `a OR b XOR c ...`: one level, left associative
    Or(Box<Expr>, Vec<(OrOperator, Expr)>),
    /// `a + b - c ...`, left associative
    Additive(Box<Expr>, Vec<(AdditiveOperator, Expr)>),
    /// `a * b / c % d ...`, left associative
    Multiplicative(Box<Expr>, Vec<(MultiplicativeOperator, Expr)>),
    /// `a || b || ...`
    Concat(Vec<Expr>),
    /// `a = b`
    Compare(CompareOperator, Box<Expr>, Box<Expr>),
    /// `x [NOT] IN list`
    In {
        /// `NOT IN`
        negated: bool,
        item: Box<Expr>,
        list: Box<Expr>,
    },
    /// `a STARTS WITH b`, `a ENDS WITH b`, `a CONTAINS b`
    StringMatch(StringMatchOperator, Box<Expr>, Box<Expr>),
    /// `x [NOT] BETWEEN low AND high`
    Between {
        negated: bool,
        operand: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    /// `x IS [NOT] NULL`
    IsNull {
        negated: bool,
        operand: Box<Expr>,
    },
    /// `x IS [NOT] TRUE|FALSE|UNKNOWN`; `None` = `UNKNOWN`
    IsTruth {
        negated: bool,
        operand: Box<Expr>,
        value: Option<bool>,
    },
    /// `n IS [NOT] LABELED L`, `n:L`
    IsLabeled {
        negated: bool,
        operand: Box<Expr>,
        label: LabelExpr,
    },
    /// `x IS [NOT] TYPED T`
    IsTyped {
        negated: bool,
        operand: Box<Expr>,
        value_type: TypeName,
    },
    /// `e IS [NOT] DIRECTED`
    IsDirected {
        negated: bool,
        operand: Box<Expr>,
    },
    /// `n IS [NOT] SOURCE OF e`, `n IS [NOT] DESTINATION OF e`
    IsEndpoint {
        negated: bool,
        /// `SOURCE` rather than `DESTINATION`.
        source: bool,
        node: Box<Expr>,
        edge: Box<Expr>,
    },
    /// `s IS [NOT] NORMALIZED`
    IsNormalized {
        negated: bool,
        operand: Box<Expr>,
    },
    /// `CASE ...`
    Case {
        /// The operand of a simple CASE.
        operand: Option<Box<Expr>>,
        branches: Vec<CaseBranch>,
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(x AS T)`
    Cast(Box<Expr>, TypeName),
    /// `name(args)`: a scalar function or an aggregate. The name is upper case; a dotted one is joined with `.`.
    /// `TRIM(LEADING c FROM s)` comes as `TRIM_LEADING(s, c)`, `TRIM_TRAILING`, `TRIM_BOTH`; `NORMALIZE(s, NFC)` with the form as a string;
    /// `CURRENT_DATE` and the like, which have no parentheses, as calls without arguments; `DURATION_BETWEEN(a, b)` as it is.
    Call {
        name: String,
        distinct: bool,
        /// The arguments; of `COUNT(*)` none, with `star`.
        arguments: Vec<Expr>,
        /// `COUNT(*)`
        star: bool,
    },
    /// `EXISTS { ... }`
    Exists(Box<Subquery>),
    /// `COUNT { ... }`
    Count(Box<Subquery>),
    /// `VALUE { query }`
    Value(Box<Query>),
    /// `COLLECT { query }` (Cypher): the values of its one column, NULLs among them
    Collect(Box<Query>),
    /// `LET x = a IN b END`
    LetIn(Vec<(Ident, Expr)>, Box<Expr>),
    /// `SAME(a, b, ...)`
    Same(Vec<Expr>),
    /// `ALL_DIFFERENT(a, b, ...)`
    AllDifferent(Vec<Expr>),
    /// `PROPERTY_EXISTS(n, key)`
    PropertyExists(Box<Expr>, Ident),
    /// `[x IN list WHERE condition | body]` (Cypher): the body, or the element itself, of each element for which the condition holds
    Comprehension(Box<Iteration>),
    /// `ALL(x IN list WHERE condition)` (Cypher), `ANY`, `NONE`, `SINGLE`
    Quantified(ListQuantifier, Box<Iteration>),
    /// `REDUCE(accumulator = initial, x IN list | body)` (Cypher)
    Reduce {
        accumulator: Ident,
        initial: Box<Expr>,
        iteration: Box<Iteration>,
    },
    /// `[(a)-[:R]->(b) WHERE condition | body]` (Cypher): the body for each match
    PatternComprehension(Box<GraphPattern>, Box<Expr>),
    /// `p {.name, .*, age: 3, other}` (Cypher)
    MapProjection(Box<Expr>, Vec<MapItem>),
}

/// A variable that goes through a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Iteration {
    pub variable: Ident,
    pub list: Expr,
    /// `WHERE condition`
    pub condition: Option<Expr>,
    /// `| body`
    pub body: Option<Expr>,
}

/// Of how many elements a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListQuantifier {
    All,
    Any,
    None,
    /// Exactly one.
    Single,
}

impl ListQuantifier {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            ListQuantifier::All => "ALL",
            ListQuantifier::Any => "ANY",
            ListQuantifier::None => "NONE",
            ListQuantifier::Single => "SINGLE",
        }
    }
}

/// One item of a map projection.
#[derive(Clone, Debug, PartialEq)]
pub enum MapItem {
    /// `.*`
    All,
    /// `.key`
    Property(Ident),
    /// `key: value`; a variable alone is `variable: variable`
    Field(Ident, Expr),
}

/// A branch of CASE: `WHEN operands THEN result`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseBranch {
    /// Of a searched CASE one condition; of a simple CASE one or more operands.
    pub when: Vec<CaseOperand>,
    pub then: Expr,
}

/// What follows WHEN.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseOperand {
    /// A value to compare with, or the condition of a searched CASE.
    Value(Expr),
    /// `> 2`
    Compare(CompareOperator, Expr),
    /// `IS [NOT] NULL`
    IsNull { negated: bool },
}

/// The body of EXISTS and COUNT.
#[derive(Clone, Debug, PartialEq)]
pub enum Subquery {
    /// A bare pattern.
    Pattern(GraphPattern),
    /// A bare pattern without EXISTS, `WHERE (a)-[:R]->()` (Cypher): it binds no variable.
    Condition(GraphPattern),
    /// One or more MATCH clauses without RETURN.
    Matches(Vec<Clause>),
    /// A whole query.
    Query(Query),
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Null,
    /// `TRUE`, `FALSE`; `UNKNOWN` is `Null`
    Bool(bool),
    /// An integer that fits; one that does not is a syntax error with 22003.
    Int(i64),
    /// A number with a point, an exponent or a float suffix.
    Float(f64),
    /// A character string, escapes resolved.
    String(String),
    /// `X'00ff'`
    Bytes(Vec<u8>),
    /// `DATE '2024-01-01'`
    Date(String),
    /// `TIME '..'`, `LOCAL TIME '..'`, `ZONED TIME '..'`
    Time(String),
    /// `DATETIME '..'`, `TIMESTAMP '..'`, `LOCAL DATETIME '..'`, `ZONED DATETIME '..'`
    DateTime(String),
    /// `DURATION '..'`
    Duration(String),
}

/// `OR` or `XOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrOperator {
    Or,
    Xor,
}

/// `+` or `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdditiveOperator {
    /// `+`
    Add,
    /// `-`
    Subtract,
}

/// `*`, `/` or `%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiplicativeOperator {
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

/// The comparison operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOperator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl CompareOperator {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            CompareOperator::Equal => "=",
            CompareOperator::NotEqual => "<>",
            CompareOperator::Less => "<",
            CompareOperator::LessOrEqual => "<=",
            CompareOperator::Greater => ">",
            CompareOperator::GreaterOrEqual => ">=",
        }
    }
}

/// The string predicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringMatchOperator {
    /// `STARTS WITH`
    StartsWith,
    /// `ENDS WITH`
    EndsWith,
    /// `CONTAINS`
    Contains,
    /// `=~`: the whole text matches a regular expression
    Regex,
}

impl PartialEq for Ident {
    /// Identifiers are equal when their names are; their spans do not count.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Expr {
    /// Expressions are equal when they have the same meaning; their spans do not count.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
