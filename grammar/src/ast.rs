//! The abstract syntax tree of a GQL script: what the text says, with byte spans, before any name is resolved.
//!
//! Long chains (`a + b + ...`, `a AND b AND ...`) are n-ary nodes, so that no walk over the tree recurses once per operand.

/// A half-open range of bytes in the source text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// An identifier as written; delimiters are removed from `name`.
#[derive(Clone, Debug)]
pub struct Ident {
    /// The name, without quotes or backticks.
    pub name: String,
    /// Where it stands.
    pub span: Span,
}

/// One statement of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// Where it stands.
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
    /// `COMMIT`
    Commit,
    /// `ROLLBACK`
    Rollback,
    /// `SESSION SET [PROPERTY] GRAPH g`; a `USE g` that stands alone as a statement is this too
    SessionSetGraph(Ident),
    /// `SESSION SET [VALUE] $name = expr`
    SessionSetValue {
        /// The parameter's name.
        name: Ident,
        /// Its value.
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
        /// The graph's name.
        name: Ident,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// `OR REPLACE`
        or_replace: bool,
        /// The type that closes it, if any.
        graph_type: Option<GraphTypeRef>,
        /// `AS COPY OF g`
        copy_of: Option<Ident>,
    },
    /// `DROP [PROPERTY] GRAPH [IF EXISTS] g`
    DropGraph {
        /// The graph's name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `CREATE [PROPERTY] GRAPH TYPE [IF NOT EXISTS] t [AS] { ... }`, `... t AS COPY OF u`
    CreateGraphType {
        /// The type's name.
        name: Ident,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// `OR REPLACE`
        or_replace: bool,
        /// Its element types; none are written for a copy.
        elements: Vec<ElementType>,
        /// `AS COPY OF u`
        copy_of: Option<Ident>,
    },
    /// `DROP [PROPERTY] GRAPH TYPE [IF EXISTS] t`
    DropGraphType {
        /// The type's name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `CREATE [UNIQUE] INDEX [IF NOT EXISTS] i ON NODE|EDGE L (p, ...)`; also `FOR (n:L) ON (n.p)`
    CreateIndex {
        /// The index's name.
        name: Ident,
        /// `UNIQUE`
        unique: bool,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// On edges rather than nodes.
        on_edge: bool,
        /// The label indexed.
        label: Ident,
        /// The property keys, in order.
        properties: Vec<Ident>,
    },
    /// `DROP INDEX [IF EXISTS] i`
    DropIndex {
        /// The index's name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `SHOW ...`; the name is upper case with single spaces: `TASKS`, `ALGOS`, `GRAPHS`, `QUERIES`, `PROCEDURES`,
    /// `FUNCTIONS`, `INDEXES`, `LABELS`, `SESSIONS`, `MODELS`, `EMBEDDINGS`, `GRAPH TYPES`, `USERS`, `TOKENS`, `PROPERTY KEYS`, `EDGE LABELS`, `TRANSACTIONS`
    /// (`TOP` and `TOP QUERIES` are `QUERIES`), with clauses that may follow: `[YIELD ...] [FILTER|WHERE ...] [RETURN ...]`
    Show {
        /// What to show.
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
    /// `DESCRIBE|DESC ALGO name`, `DESCRIBE MODEL name`, `DESCRIBE GRAPH name`
    Describe {
        /// Upper case: `ALGO`, `MODEL`, `GRAPH`.
        what: String,
        /// The name; dotted names are joined with `.`.
        name: Ident,
    },
    /// `DROP MODEL [IF EXISTS] name`
    DropModel {
        /// The model's name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `REFRESH EMBEDDING property`
    RefreshEmbedding(Ident),
    /// A statement about users and their tokens.
    User(UserStatement),
    /// `BACKUP TO 'name'`
    Backup {
        /// Where to: a string or a parameter.
        to: Expr,
    },
    /// `CHECK DATABASE`
    CheckDatabase,
}

/// Statements about users and their tokens.
#[derive(Clone, Debug, PartialEq)]
pub enum UserStatement {
    /// `CREATE USER [IF NOT EXISTS] u [SET] PASSWORD 'p' [[SET] ROLE r]`
    Create {
        /// The user's name.
        name: Ident,
        /// `IF NOT EXISTS`
        if_not_exists: bool,
        /// The password: a string or a parameter.
        password: Expr,
        /// The role's name.
        role: Option<Ident>,
    },
    /// `ALTER USER u [[SET] PASSWORD 'p'] [[SET] ROLE r]`
    Alter {
        /// The user's name.
        name: Ident,
        /// The new password: a string or a parameter.
        password: Option<Expr>,
        /// The new role's name.
        role: Option<Ident>,
    },
    /// `DROP USER [IF EXISTS] u`
    Drop {
        /// The user's name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
    /// `CREATE TOKEN t FOR [USER] u [VALID FOR duration]`
    CreateToken {
        /// The token's name.
        name: Ident,
        /// Whose it is.
        user: Ident,
        /// How long it is good.
        validity: Option<Expr>,
    },
    /// `DROP TOKEN [IF EXISTS] t`
    DropToken {
        /// The token's name.
        name: Ident,
        /// `IF EXISTS`
        if_exists: bool,
    },
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
    /// Everything.
    All,
    /// The session graph.
    Graph,
    /// The time zone.
    TimeZone,
    /// All session parameters.
    Parameters,
    /// One session parameter.
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
        /// The label set.
        labels: Vec<Ident>,
        /// Its properties.
        properties: Vec<PropertyType>,
    },
    /// `(Person)-[:KNOWS {since DATE}]->(Person)`
    Edge {
        /// The type's name or alias.
        name: Option<Ident>,
        /// The label (exactly one).
        label: Ident,
        /// Its properties.
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
    /// The key.
    pub name: Ident,
    /// The value type.
    pub value_type: TypeName,
}

/// A value type as written.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// The type.
    pub kind: TypeKind,
    /// `NOT NULL`
    pub not_null: bool,
    /// Where it stands.
    pub span: Span,
}

/// The value types; synonyms (`INTEGER`, `BIGINT`, `DOUBLE`, `VARCHAR`, ...) are folded.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `BOOL`
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
    /// `BYTES`
    Bytes,
    /// `DATE`
    Date,
    /// `LOCAL TIME`
    LocalTime,
    /// `ZONED TIME`
    ZonedTime,
    /// `LOCAL DATETIME`
    LocalDateTime,
    /// `ZONED DATETIME`
    ZonedDateTime,
    /// `DURATION`
    Duration,
    /// `LIST<T>` or `T LIST`; without an element type any
    List(Option<Box<TypeName>>),
    /// `RECORD`, `RECORD {..}`
    Record(Option<Vec<PropertyType>>),
    /// `VECTOR`, `VECTOR(n)`
    Vector(Option<u32>),
    /// `PATH`
    Path,
    /// `NODE`
    Node,
    /// `EDGE`
    Edge,
    /// `NULL`
    Null,
    /// `ANY [VALUE]`
    Any,
}

/// A query: composite statements joined by `NEXT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// At least one; each gets the table of the one before.
    pub blocks: Vec<Block>,
    /// Where it stands.
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
    /// Which.
    pub kind: SetOperatorKind,
    /// `ALL`
    pub all: bool,
    /// Where it stands.
    pub span: Span,
}

/// The set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperatorKind {
    /// `UNION`
    Union,
    /// `EXCEPT`
    Except,
    /// `INTERSECT`
    Intersect,
    /// `OTHERWISE`
    Otherwise,
}

/// A linear statement: clauses, each working on the table of the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The clauses in order; a nested `{ query }` in braces is one `Clause::Nested`.
    pub clauses: Vec<Clause>,
    /// Where it stands.
    pub span: Span,
}

/// A clause.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// What it does.
    pub kind: ClauseKind,
    /// Where it stands.
    pub span: Span,
}

/// The clauses.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseKind {
    /// `USE g` before other clauses
    Use(Ident),
    /// `[OPTIONAL] MATCH pattern [WHERE]`
    Match {
        /// `OPTIONAL`
        optional: bool,
        /// The pattern.
        pattern: GraphPattern,
    },
    /// `OPTIONAL { MATCH ... MATCH ... }` (also with parentheses)
    OptionalBlock(Vec<Clause>),
    /// `FILTER [WHERE] condition`
    Filter(Expr),
    /// `LET x = expr, ...`
    Let(Vec<(Ident, Expr)>),
    /// `FOR x IN list [WITH ORDINALITY i | WITH OFFSET i]` (also `UNWIND list AS x`)
    For {
        /// The element variable.
        variable: Ident,
        /// The list.
        list: Expr,
        /// The counter, from 1 (ordinality) or 0 (offset).
        counter: Option<ForCounter>,
    },
    /// `ORDER BY`
    OrderBy(Vec<SortItem>),
    /// `OFFSET n`, `SKIP n`
    Offset(Expr),
    /// `LIMIT n`
    Limit(Expr),
    /// `INSERT ...` (also `CREATE ...` of a pattern)
    Insert(Vec<InsertPath>),
    /// `MERGE path [ON CREATE SET ...] [ON MATCH SET ...]` / `UPSERT paths`
    Merge {
        /// The paths.
        paths: Vec<InsertPath>,
        /// `ON CREATE SET`
        on_create: Vec<SetItem>,
        /// `ON MATCH SET`
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
        /// `DETACH`
        detach: bool,
        /// What to delete.
        items: Vec<Expr>,
    },
    /// `[OPTIONAL] CALL name(args) [YIELD ...]`
    Call {
        /// `OPTIONAL`
        optional: bool,
        /// Dotted name.
        name: Ident,
        /// The arguments; empty without parentheses.
        arguments: Vec<Expr>,
        /// `YIELD ...`; `None` without, or with `YIELD *`
        yields: Option<Vec<YieldItem>>,
    },
    /// `[OPTIONAL] CALL [(a, b)] { query }`
    CallQuery {
        /// `OPTIONAL`
        optional: bool,
        /// The scope variables; `None` = all.
        scope: Option<Vec<Ident>>,
        /// The query.
        query: Box<Query>,
    },
    /// `LOAD CSV [WITH HEADERS] FROM expr AS x [FIELDTERMINATOR c]`
    LoadCsv {
        /// `WITH HEADERS`: rows are records rather than lists
        headers: bool,
        /// The file.
        from: Expr,
        /// The row variable.
        variable: Ident,
        /// The separator.
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
    /// The variable.
    pub variable: Ident,
    /// From 0 (`OFFSET`) instead of 1 (`ORDINALITY`).
    pub from_zero: bool,
}

/// The body of `RETURN` and `WITH`.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// `DISTINCT`
    pub distinct: bool,
    /// `*`: all columns, before `items`
    pub star: bool,
    /// The items.
    pub items: Vec<ProjectionItem>,
    /// `GROUP BY a, b`; `Some(vec![])` for `GROUP BY ()`
    pub group_by: Option<Vec<Expr>>,
    /// `ORDER BY`
    pub order_by: Vec<SortItem>,
    /// `OFFSET`
    pub offset: Option<Expr>,
    /// `LIMIT`
    pub limit: Option<Expr>,
}

/// One item of a projection.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectionItem {
    /// The value.
    pub expr: Expr,
    /// `AS name`
    pub alias: Option<Ident>,
    /// The column's name: the alias, or the text of the expression as written (white space collapsed).
    pub name: String,
}

/// One key of `ORDER BY`.
#[derive(Clone, Debug, PartialEq)]
pub struct SortItem {
    /// The key.
    pub expr: Expr,
    /// `DESC`
    pub descending: bool,
    /// `NULLS FIRST` (true) or `NULLS LAST` (false); `None` = the default (nulls last ascending, first descending)
    pub nulls_first: Option<bool>,
}

/// One item of `YIELD`.
#[derive(Clone, Debug, PartialEq)]
pub struct YieldItem {
    /// The column.
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
    /// `WHERE`
    pub condition: Option<Expr>,
}

/// The match modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchMode {
    /// No edge is bound twice in one `MATCH` (the default).
    DifferentEdges,
    /// Elements may repeat.
    RepeatableElements,
}

/// One path pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PathPattern {
    /// `p = ...`
    pub variable: Option<Ident>,
    /// `ALL`, `ANY`, `ANY SHORTEST`, `ALL SHORTEST`
    pub search: Option<PathSearch>,
    /// `WALK`, `TRAIL`, `ACYCLIC`, `SIMPLE`
    pub mode: Option<PathMode>,
    /// Nodes, edges and parenthesised parts in the order written.
    pub elements: Vec<PathElement>,
    /// Where it stands.
    pub span: Span,
}

/// Path search prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSearch {
    /// `ALL`
    All,
    /// `ANY`
    Any,
    /// `ANY SHORTEST`
    AnyShortest,
    /// `ALL SHORTEST`
    AllShortest,
    /// `SHORTEST [k] [PATHS]`, `SHORTEST [k] GROUPS`
    ShortestK {
        /// How many.
        count: u32,
        /// Whole groups of paths of one length, rather than paths.
        groups: bool,
    },
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
    /// The variable.
    pub variable: Option<Ident>,
    /// The label expression.
    pub label: Option<LabelExpr>,
    /// `{key: value, ...}`
    pub properties: Vec<(Ident, Expr)>,
    /// `WHERE` inside the parentheses
    pub condition: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// An edge pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgePattern {
    /// The variable.
    pub variable: Option<Ident>,
    /// The label expression.
    pub label: Option<LabelExpr>,
    /// `{key: value, ...}`
    pub properties: Vec<(Ident, Expr)>,
    /// `WHERE` inside the brackets
    pub condition: Option<Expr>,
    /// Which way it points.
    pub direction: EdgeDirection,
    /// `{m,n}`, `*`, `+`
    pub quantifier: Option<Quantifier>,
    /// Where it stands.
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
    /// Where it stands.
    pub span: Span,
}

/// How often a part repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantifier {
    /// At least.
    pub min: u32,
    /// At most; `None` = no bound.
    pub max: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

/// A label expression.
#[derive(Clone, Debug, PartialEq)]
pub enum LabelExpr {
    /// A label.
    Name(Ident),
    /// `%`: any label at all
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
    /// The first node.
    pub start: InsertNode,
    /// Edges and the nodes they lead to.
    pub steps: Vec<(InsertEdge, InsertNode)>,
    /// Where it stands.
    pub span: Span,
}

/// A node of INSERT: new, or a reference when the variable is bound and nothing else is written.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertNode {
    /// The variable.
    pub variable: Option<Ident>,
    /// The label set.
    pub labels: Vec<Ident>,
    /// The properties.
    pub properties: Vec<(Ident, Expr)>,
    /// Where it stands.
    pub span: Span,
}

/// An edge of INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertEdge {
    /// The variable.
    pub variable: Option<Ident>,
    /// The labels as written; the binder wants exactly one.
    pub labels: Vec<Ident>,
    /// The properties.
    pub properties: Vec<(Ident, Expr)>,
    /// It points from the node on its right to the node on its left.
    pub leftwards: bool,
    /// Where it stands.
    pub span: Span,
}

/// One item of SET.
#[derive(Clone, Debug, PartialEq)]
pub enum SetItem {
    /// `n.key = value`
    Property {
        /// The element's variable.
        element: Ident,
        /// The key.
        key: Ident,
        /// The value.
        value: Expr,
    },
    /// `n = {..}` (replaces all) or `n += {..}` (adds)
    Properties {
        /// The element's variable.
        element: Ident,
        /// The record.
        value: Expr,
        /// `+=`
        add: bool,
    },
    /// `n:A&B`, `n IS A`
    Labels {
        /// The node's variable.
        element: Ident,
        /// The labels.
        labels: Vec<Ident>,
    },
}

/// One item of REMOVE.
#[derive(Clone, Debug, PartialEq)]
pub enum RemoveItem {
    /// `n.key`
    Property {
        /// The element's variable.
        element: Ident,
        /// The key.
        key: Ident,
    },
    /// `n:A`, `n IS A`
    Labels {
        /// The node's variable.
        element: Ident,
        /// The labels.
        labels: Vec<Ident>,
    },
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A literal.
    Literal(Literal),
    /// A variable.
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
        /// The element.
        item: Box<Expr>,
        /// The list.
        list: Box<Expr>,
    },
    /// `a STARTS WITH b` and its kin
    StringMatch(StringMatchOperator, Box<Expr>, Box<Expr>),
    /// `x IS [NOT] NULL`
    IsNull {
        /// `NOT`
        negated: bool,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `x IS [NOT] TRUE|FALSE|UNKNOWN`; `None` = `UNKNOWN`
    IsTruth {
        /// `NOT`
        negated: bool,
        /// The operand.
        operand: Box<Expr>,
        /// The truth value.
        value: Option<bool>,
    },
    /// `n IS [NOT] LABELED L`, `n:L`
    IsLabeled {
        /// `NOT`
        negated: bool,
        /// The element.
        operand: Box<Expr>,
        /// The label expression.
        label: LabelExpr,
    },
    /// `x IS [NOT] TYPED T`
    IsTyped {
        /// `NOT`
        negated: bool,
        /// The operand.
        operand: Box<Expr>,
        /// The type.
        value_type: TypeName,
    },
    /// `e IS [NOT] DIRECTED`
    IsDirected {
        /// `NOT`
        negated: bool,
        /// The edge.
        operand: Box<Expr>,
    },
    /// `n IS [NOT] SOURCE OF e`, `n IS [NOT] DESTINATION OF e`
    IsEndpoint {
        /// `NOT`
        negated: bool,
        /// `SOURCE` rather than `DESTINATION`.
        source: bool,
        /// The node.
        node: Box<Expr>,
        /// The edge.
        edge: Box<Expr>,
    },
    /// `s IS [NOT] NORMALIZED`
    IsNormalized {
        /// `NOT`
        negated: bool,
        /// The string.
        operand: Box<Expr>,
    },
    /// `CASE ...`
    Case {
        /// The operand of a simple CASE.
        operand: Option<Box<Expr>>,
        /// The branches.
        branches: Vec<CaseBranch>,
        /// `ELSE`
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST(x AS T)`
    Cast(Box<Expr>, TypeName),
    /// `name(args)`: a scalar function or an aggregate. The name is upper case; a dotted one is joined with `.`.
    /// `TRIM(LEADING c FROM s)` comes as `TRIM_LEADING(s, c)`, `TRIM_TRAILING`, `TRIM_BOTH`; `NORMALIZE(s, NFC)` with the form as a string;
    /// `CURRENT_DATE` and its kin without parentheses as calls without arguments; `DURATION_BETWEEN(a, b)` as it is.
    Call {
        /// The name.
        name: String,
        /// `DISTINCT`
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
    /// `LET x = a IN b END`
    LetIn(Vec<(Ident, Expr)>, Box<Expr>),
    /// `SAME(a, b, ...)`
    Same(Vec<Expr>),
    /// `ALL_DIFFERENT(a, b, ...)`
    AllDifferent(Vec<Expr>),
    /// `PROPERTY_EXISTS(n, key)`
    PropertyExists(Box<Expr>, Ident),
}

/// A branch of CASE: `WHEN operands THEN result`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseBranch {
    /// Of a searched CASE one condition; of a simple CASE one or more operands.
    pub when: Vec<CaseOperand>,
    /// The result.
    pub then: Expr,
}

/// What stands after WHEN.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseOperand {
    /// A value to compare with, or the condition of a searched CASE.
    Value(Expr),
    /// `> 2`
    Compare(CompareOperator, Expr),
    /// `IS [NOT] NULL`
    IsNull {
        /// `NOT`
        negated: bool,
    },
}

/// The body of EXISTS and COUNT.
#[derive(Clone, Debug, PartialEq)]
pub enum Subquery {
    /// A bare pattern.
    Pattern(GraphPattern),
    /// One or more MATCH clauses without RETURN.
    Matches(Vec<Clause>),
    /// A whole query.
    Query(Query),
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `NULL`
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
    /// `OR`
    Or,
    /// `XOR`
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

/// The string predicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringMatchOperator {
    /// `STARTS WITH`
    StartsWith,
    /// `ENDS WITH`
    EndsWith,
    /// `CONTAINS`
    Contains,
}

impl PartialEq for Ident {
    /// Identifiers are equal when their names are; where they stand does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Expr {
    /// Expressions are equal when they say the same; where they stand does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
