//! The logical plan: what the binder says and the optimiser rewrites. A plan is a tree of operators over slots; `Project` and
//! `Aggregate` number their slots anew, every other operator keeps its input's slots and fills further ones.

pub(crate) mod aggregate;
pub(crate) mod call;
pub(crate) mod cell;
pub(crate) mod examples;
pub(crate) mod explain;
pub(crate) mod expr;
pub(crate) mod functions;
pub(crate) mod iterate;
pub(crate) mod kept;
pub(crate) mod named;
pub(crate) mod nearest;
pub(crate) mod pattern;
pub(crate) mod reads;
pub(crate) mod text_search;
pub(crate) mod tree;
pub(crate) mod vector_search;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use expr::{Expr, LabelName, LabelTest, PropertyName};
use pattern::Pattern;
use wend_grammar::ast::{CompareOperator, Span};
use wend_storage::{Direction, Index};

use crate::{
    plan::{aggregate::AggregateCall, call::BoundCall, kept::KeptTable},
    value::Value,
};

/// An operator with its inputs.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// One row without columns.
    Unit,
    /// The row of the outer query that a subquery runs for.
    Argument,
    /// Rows known when the statement is bound.
    Table { rows: Arc<Vec<Vec<Value>>> },
    /// A graph pattern, until the optimiser lowers it to scans and expansions.
    Match { input: Box<Plan>, pattern: Box<Pattern> },
    /// All nodes, or those of one label, for each input row.
    NodeScan { input: Box<Plan>, slot: usize, label: Option<LabelName> },
    /// The node of one `_id`, or with `many` those of a list of them.
    NodeById { input: Box<Plan>, slot: usize, id: Expr, many: bool },
    /// The nodes that any of the branches finds, each once; these begin at the row and fill the slot.
    NodeUnion { input: Box<Plan>, slot: usize, branches: Vec<Plan> },
    /// The nodes or edges that an index on properties finds.
    IndexScan { input: Box<Plan>, scan: Box<IndexScan> },
    /// The edges of a node, with the node at their other end.
    Expand { input: Box<Plan>, expand: Box<Expand> },
    /// The nodes to which edges lead from each of several bound nodes, with these edges: all expansions fill the same node.
    ExpandIntersect { input: Box<Plan>, arms: Vec<Expand> },
    /// One row: how many rows [`Plan::Expand`] would give.
    CountEdges { input: Box<Plan>, expand: Box<Expand> },
    /// For each row how many rows [`Plan::Expand`] would give.
    Degree { input: Box<Plan>, expand: Box<Expand>, slot: usize },
    /// For each node of a pattern, or once, how many matches the pattern has.
    CountMatches { count: Box<tree::CountMatches> },
    /// Edges that an earlier clause bound: fills or checks their end nodes.
    EdgeEnds { input: Box<Plan>, ends: EdgeEnds },
    /// Paths of several edges from a node.
    ExpandPath { input: Box<Plan>, expand: Box<ExpandPath> },
    /// Repetitions of a parenthesised path from a node.
    ExpandGroup { input: Box<Plan>, expand: Box<ExpandGroup> },
    /// Paths of several parts from a node, of which some are selected.
    SearchPath { input: Box<Plan>, search: Box<SearchPath> },
    /// Keeps the rows for which the condition is TRUE.
    Filter { input: Box<Plan>, condition: Expr },
    /// Keeps the rows for which the condition is TRUE or cannot be evaluated: whether such a row counts is known further up only,
    /// where a [`Plan::Recheck`] of the same condition is.
    Prefilter { input: Box<Plan>, condition: Expr, failed: Failed },
    /// Keeps the rows for which the condition is TRUE, where what is below could not evaluate it for all of them.
    Recheck { input: Box<Plan>, condition: Expr, failed: Failed },
    /// The same of a condition on each edge of a list, which reads it from a slot.
    RecheckEdges { input: Box<Plan>, edges: usize, slot: usize, condition: Expr, failed: Failed },
    /// Fills a slot.
    Extend { input: Box<Plan>, slot: usize, expr: Expr },
    /// Fills a slot with the path along its parts: node slot, edge slot, node slot ...
    MakePath { input: Box<Plan>, slot: usize, parts: Vec<usize>, cost: Option<usize> },
    /// A row for each element of a list; the counter starts at `first`.
    Unwind { input: Box<Plan>, list: Expr, slot: usize, counter: Option<(usize, i64)> },
    /// A row for each record of a CSV file.
    LoadCsv { input: Box<Plan>, load: Box<LoadCsv> },
    /// New rows of just these values, in slots 0, 1, ...
    Project { input: Box<Plan>, items: Vec<Expr> },
    /// Groups: the keys in slots 0.., then the aggregates.
    Aggregate { input: Box<Plan>, keys: Vec<Expr>, aggregates: Vec<AggregateCall> },
    /// Rows that differ in the first `width` slots.
    Distinct { input: Box<Plan>, width: usize },
    /// Orders rows; with `top` only so many are wanted as its counts (LIMIT, and OFFSET if there is one) are together.
    Sort { input: Box<Plan>, keys: Vec<SortKey>, top: Option<Vec<Expr>> },
    /// Leaves out rows that are certainly not among the first that a [`Plan::Sort`] above it wants.
    Nearest { input: Box<Plan>, nearest: Box<nearest::Nearest> },
    /// The rows whose node or edge has one of the vectors nearest to a row's, until the optimiser knows how to find them.
    VectorSearch { input: Box<Plan>, search: Box<vector_search::VectorSearch> },
    /// The same by the inverted lists of an index, the nearest first.
    VectorLists { input: Box<Plan>, lists: Box<vector_search::VectorLists> },
    /// For each row the nodes or edges that a full-text index finds, the best first.
    TextSearch { input: Box<Plan>, search: Box<text_search::TextSearch> },
    /// Ends after so many different nodes or edges; rows of one stand together.
    LimitElements { input: Box<Plan>, slot: usize, count: Expr },
    /// Skips rows.
    Offset { input: Box<Plan>, count: Expr },
    /// Ends after some rows.
    Limit { input: Box<Plan>, count: Expr },
    /// Runs a subquery for each row; one that gives a single answer, once for all rows that agree in the slots `reads`.
    Apply { input: Box<Plan>, subquery: Box<Plan>, kind: ApplyKind, reads: Option<Vec<usize>> },
    /// Whether a subquery that knows nothing of the rows has one with the same values: pairs of the row's and the subquery's.
    /// Fills the slot, and with `keep` gives only the rows for which it is that.
    /// `each` is what runs for each row where the values of a key cannot be evaluated.
    SemiJoin {
        input: Box<Plan>,
        subquery: Box<Plan>,
        keys: Vec<(Expr, Expr)>,
        slot: usize,
        keep: Option<bool>,
        each: Box<Plan>,
    },
    /// How many rows a subquery that knows nothing of the rows has with the same values: pairs of the row's and the subquery's.
    /// `each` is what runs for each row where the values of a key cannot be evaluated.
    CountJoin { input: Box<Plan>, subquery: Box<Plan>, keys: Vec<(Expr, Expr)>, slot: usize, each: Box<Plan> },
    /// The rows of the input with those of `build` that have the same values: pairs of the input's and of `build`'s. The edges in
    /// each pair of slots in `different` must differ.
    HashJoin { input: Box<Plan>, build: Box<Plan>, join: Box<HashJoin> },
    /// The rows of the input for which a comparison with a row of `build` holds, with the number of these rows.
    RangeCount { input: Box<Plan>, build: Box<Plan>, count: Box<RangeCount> },
    /// UNION, EXCEPT, INTERSECT of two inputs with the same `width` slots.
    Combine { left: Box<Plan>, right: Box<Plan>, operator: CombineOperator, width: usize },
    /// For each row what `matching` finds, or else what `creating` makes; both fill the same slots.
    Merge { input: Box<Plan>, matching: Box<Plan>, creating: Box<Plan> },
    /// Creates nodes and edges.
    Insert { input: Box<Plan>, nodes: Vec<InsertNode>, edges: Vec<InsertEdge> },
    /// Changes properties and labels, all values computed first.
    Set { input: Box<Plan>, items: Vec<SetItem> },
    /// Deletes nodes and edges.
    Delete { input: Box<Plan>, items: Vec<Expr>, detach: bool, span: Span },
    /// Calls a procedure for each row.
    Call { input: Box<Plan>, call: Arc<BoundCall> },
}

/// See [`Plan::IndexScan`]. It finds all that its conditions hold for and may find more: they are still checked.
#[derive(Clone, Debug)]
pub(crate) struct IndexScan {
    /// Filled with the node or edge.
    pub(crate) slot: usize,
    pub(crate) index: Index,
    /// The values of the first properties.
    pub(crate) equal: Vec<Expr>,
    /// What is wanted of the property after these.
    pub(crate) next: IndexNext,
    /// About how many elements it finds.
    pub(crate) expected: f64,
}

impl IndexScan {
    /// The expressions that say what it looks for.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let next = match &self.next {
            IndexNext::Any => [None, None],
            IndexNext::In(expr) | IndexNext::StartsWith(expr) => [Some(expr), None],
            IndexNext::Between(lower, upper) => [lower, upper].map(|bound| bound.as_ref().map(|(expr, _)| expr)),
        };
        self.equal.iter().chain(next.into_iter().flatten())
    }

    /// Whether what it looks for may differ from row to row.
    pub(crate) fn reads_row(&self) -> bool {
        self.exprs().any(|expr| !expr.columns().is_empty())
    }
}

/// What is wanted of a property of an index.
#[derive(Clone, Debug)]
pub(crate) enum IndexNext {
    /// Nothing.
    Any,
    /// One of the elements of a list.
    In(Expr),
    /// To start with a string.
    StartsWith(Expr),
    /// To lie between bounds, which are in or out.
    Between(Option<(Expr, bool)>, Option<(Expr, bool)>),
}

/// See [`Plan::Expand`].
#[derive(Clone, Debug)]
pub(crate) struct Expand {
    /// The node to start from.
    pub(crate) from: usize,
    /// Filled with the edge.
    pub(crate) edge: usize,
    /// Nobody reads the edge: its slot is not filled.
    pub(crate) edge_unread: bool,
    /// Filled with the other node, or compared with it when `into`.
    pub(crate) to: usize,
    /// `to` is bound already.
    pub(crate) into: bool,
    /// As seen from `from`.
    pub(crate) direction: Direction,
    /// The edge label.
    pub(crate) label: Option<LabelTest>,
    /// Edges (or lists of edges) bound by the same MATCH that must differ.
    pub(crate) different_from: Vec<usize>,
}

/// See [`Plan::EdgeEnds`].
#[derive(Clone, Debug)]
pub(crate) struct EdgeEnds {
    pub(crate) edge: usize,
    /// The node on the pattern's left, and whether it is bound.
    pub(crate) left: (usize, bool),
    /// The node on the pattern's right, and whether it is bound.
    pub(crate) right: (usize, bool),
    /// `Out`: the edge leads from left to right.
    pub(crate) direction: Direction,
    pub(crate) label: Option<LabelTest>,
    pub(crate) different_from: Vec<usize>,
}

/// See [`Plan::ExpandPath`].
#[derive(Clone, Debug)]
pub(crate) struct ExpandPath {
    pub(crate) from: usize,
    /// Filled with the list of edges.
    pub(crate) edges: usize,
    pub(crate) to: usize,
    pub(crate) into: bool,
    pub(crate) direction: Direction,
    pub(crate) label: Option<LabelTest>,
    /// Must hold for each edge, which it reads from this slot.
    pub(crate) condition: Option<(usize, Expr)>,
    /// Where that can fail: an edge for which it does so is followed, and a [`Plan::RecheckEdges`] decides.
    pub(crate) failed: Option<Failed>,
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
    pub(crate) mode: wend_grammar::ast::PathMode,
    pub(crate) search: wend_grammar::ast::PathSearch,
    /// No edge repeats, also where the mode would let it.
    pub(crate) different_edges: bool,
    pub(crate) different_from: Vec<usize>,
    /// The path is walked from its right end: the list of edges is turned round.
    pub(crate) reversed: bool,
    pub(crate) give: PathRows,
}

/// What a search for paths gives rows for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PathRows {
    /// Each path.
    #[default]
    Paths,
    /// Each end of a path, once; the slots of the path's edges are not filled.
    Ends,
    /// Each end, once, with the number of paths to it in a slot.
    Counts(usize),
}

/// See [`Plan::ExpandGroup`].
#[derive(Clone, Debug)]
pub(crate) struct ExpandGroup {
    pub(crate) from: usize,
    /// Filled with the list of all edges in order.
    pub(crate) edges: usize,
    pub(crate) to: usize,
    pub(crate) into: bool,
    pub(crate) group: pattern::Group,
    pub(crate) different_from: Vec<usize>,
    pub(crate) give: PathRows,
}

/// See [`Plan::SearchPath`].
#[derive(Clone, Debug)]
pub(crate) struct SearchPath {
    pub(crate) from: usize,
    /// Filled with the list of all edges in order.
    pub(crate) edges: usize,
    pub(crate) to: usize,
    pub(crate) into: bool,
    pub(crate) search: pattern::Search,
    pub(crate) different_from: Vec<usize>,
}

/// See [`Plan::HashJoin`].
#[derive(Clone, Debug, Default)]
pub(crate) struct HashJoin {
    pub(crate) keys: Vec<(Expr, Expr)>,
    pub(crate) different: Vec<(usize, usize)>,
    /// Where a key can fail: a row whose key does so is joined with every row, and a [`Plan::Recheck`] decides.
    pub(crate) failed: Option<Failed>,
    /// Rows of a product are compared as well.
    pub(crate) range: Option<RangeCondition>,
    /// The join is in a subquery that runs for many rows; the rows of `build` are the same for all of them.
    pub(crate) kept: Option<KeptTable>,
}

/// A comparison between a value of the input's row and one of the row of `build`. Where these are no numbers of one type, every pair
/// of rows passes, which is noted, and a [`Plan::Recheck`] of the condition above the join decides.
#[derive(Clone, Debug)]
pub(crate) struct RangeCondition {
    pub(crate) operator: CompareOperator,
    pub(crate) input: Expr,
    pub(crate) build: Expr,
    pub(crate) failed: Failed,
}

/// See [`Plan::RangeCount`].
#[derive(Clone, Debug)]
pub(crate) struct RangeCount {
    pub(crate) operator: CompareOperator,
    /// The value of the input's row.
    pub(crate) input: Expr,
    /// The value of the row of `build`.
    pub(crate) build: Expr,
    /// The comparison of both, for pairs of rows where they are no numbers of one type.
    pub(crate) condition: Expr,
    /// Filled with the number of rows.
    pub(crate) slot: usize,
}

/// Whether a condition, or the key of a join, could not be evaluated for some row so far: the type of a value does not fit, a
/// division by zero, an overflow. As long as that has not happened nothing has to be asked twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failed(cell::RunCell<AtomicBool>);

impl Failed {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// See [`Plan::LoadCsv`].
#[derive(Clone, Debug)]
pub(crate) struct LoadCsv {
    /// A Parquet file.
    pub(crate) parquet: bool,
    pub(crate) from: Expr,
    pub(crate) separator: Option<Expr>,
    /// Rows are records by the first line's names, rather than lists.
    pub(crate) headers: bool,
    pub(crate) slot: usize,
}

/// One key of an order.
#[derive(Clone, Debug)]
pub(crate) struct SortKey {
    pub(crate) expr: Expr,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

/// What becomes of a subquery's rows.
#[derive(Clone, Debug)]
pub(crate) enum ApplyKind {
    /// The subquery's rows, which include the outer row's slots; the outer row alone when there are none.
    Optional,
    /// The outer row with the subquery's slots (inner, outer); `optional` keeps an outer row without any.
    Rows { outputs: Vec<(usize, usize)>, optional: bool },
    /// Whether there is a row.
    Exists { slot: usize },
    /// How many rows there are.
    Count { slot: usize },
    /// The one value of the one row; NULL without.
    Scalar { slot: usize, span: Span },
}

/// The set operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CombineOperator {
    UnionAll,
    Except { all: bool },
    Intersect { all: bool },
    Otherwise,
}

/// A node to create.
#[derive(Clone, Debug)]
pub(crate) struct InsertNode {
    pub(crate) slot: usize,
    pub(crate) labels: Vec<LabelName>,
    pub(crate) properties: Vec<(PropertyName, Expr)>,
    pub(crate) span: Span,
}

/// An edge to create.
#[derive(Clone, Debug)]
pub(crate) struct InsertEdge {
    pub(crate) slot: usize,
    pub(crate) label: LabelName,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) properties: Vec<(PropertyName, Expr)>,
    pub(crate) span: Span,
}

/// The variable of an element that is changed.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) slot: usize,
    pub(crate) name: Arc<str>,
    pub(crate) span: Span,
}

/// A change of SET or REMOVE.
#[derive(Clone, Debug)]
pub(crate) enum SetItem {
    /// `target.key = value`; REMOVE is a NULL value.
    Property { target: Target, key: PropertyName, value: Expr, span: Span },
    /// `target = record`, or `+=` with `add`.
    Properties { target: Target, value: Expr, add: bool, span: Span },
    /// `target[key] = value`; REMOVE is a NULL value.
    Keyed { target: Target, key: Expr, value: Expr, span: Span },
    /// Adds labels.
    AddLabels { target: Target, labels: Vec<LabelSource> },
    /// Takes labels away.
    RemoveLabels { target: Target, labels: Vec<LabelSource> },
}

/// A label by name, or those that an expression names.
#[derive(Clone, Debug)]
pub(crate) enum LabelSource {
    Name(LabelName),
    /// A STRING or a list of them.
    Dynamic(Expr),
}

/// The operators below a plan, borrowed as the plan is; `$($mutable)?` is what a borrow of a part needs.
macro_rules! inputs {
    ($plan:expr $(, $mutable:tt)?) => {
        match $plan {
            Plan::Unit | Plan::Argument | Plan::Table { .. } => Vec::new(),
            Plan::Match { input, .. }
            | Plan::NodeScan { input, .. }
            | Plan::NodeById { input, .. }
            | Plan::IndexScan { input, .. }
            | Plan::Expand { input, .. }
            | Plan::ExpandIntersect { input, .. }
            | Plan::CountEdges { input, .. }
            | Plan::Degree { input, .. }
            | Plan::EdgeEnds { input, .. }
            | Plan::ExpandPath { input, .. }
            | Plan::Filter { input, .. }
            | Plan::Prefilter { input, .. }
            | Plan::Recheck { input, .. }
            | Plan::RecheckEdges { input, .. }
            | Plan::Extend { input, .. }
            | Plan::MakePath { input, .. }
            | Plan::Unwind { input, .. }
            | Plan::LoadCsv { input, .. }
            | Plan::Project { input, .. }
            | Plan::Aggregate { input, .. }
            | Plan::Distinct { input, .. }
            | Plan::Sort { input, .. }
            | Plan::Nearest { input, .. }
            | Plan::TextSearch { input, .. }
            | Plan::LimitElements { input, .. }
            | Plan::Offset { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Insert { input, .. }
            | Plan::Set { input, .. }
            | Plan::Delete { input, .. }
            | Plan::Call { input, .. } => vec![input],
            Plan::Apply { input, subquery, .. }
            | Plan::SemiJoin { input, subquery, .. }
            | Plan::CountJoin { input, subquery, .. } => vec![input, subquery],
            Plan::HashJoin { input, build, .. } | Plan::RangeCount { input, build, .. } => vec![input, build],
            Plan::NodeUnion { input, branches, .. } => {
                let mut inputs = vec![&$($mutable)? **input];
                inputs.extend(branches);
                inputs
            }
            Plan::ExpandGroup { input, expand } => vec![input, &$($mutable)? expand.group.subquery],
            Plan::SearchPath { input, search } => {
                let mut inputs = vec![&$($mutable)? **input];
                inputs.extend((&$($mutable)? search.search.parts).into_iter().map(|part| &$($mutable)? part.group.subquery));
                inputs
            }
            Plan::VectorSearch { input, search } => {
                let mut inputs = vec![&$($mutable)? **input];
                inputs.extend(&$($mutable)? search.matches);
                inputs.extend(&$($mutable)? search.accept);
                inputs
            }
            Plan::VectorLists { input, lists } => {
                let mut inputs = vec![&$($mutable)? **input];
                inputs.extend(&$($mutable)? lists.accept);
                inputs
            }
            Plan::CountMatches { count } => vec![&$($mutable)? count.otherwise],
            Plan::Combine { left, right, .. } => vec![left, right],
            Plan::Merge { input, matching, creating } => vec![input, matching, creating],
        }
    };
}

impl Plan {
    /// The operators below it, the main input first.
    pub(crate) fn inputs(&self) -> Vec<&Plan> {
        inputs!(self)
    }

    /// The same, to rewrite.
    pub(crate) fn inputs_mut(&mut self) -> Vec<&mut Plan> {
        inputs!(self, mut)
    }

    /// Whether it changes the database.
    pub(crate) fn writes(&self) -> bool {
        match self {
            Plan::Insert { .. } | Plan::Set { .. } | Plan::Delete { .. } => true,
            Plan::Call { call, .. } if call.writes() => true,
            _ => self.inputs().into_iter().any(Plan::writes),
        }
    }

    /// Whether it reads a file.
    pub(crate) fn reads_files(&self) -> bool {
        matches!(self, Plan::LoadCsv { .. }) || self.inputs().into_iter().any(Plan::reads_files)
    }
}
