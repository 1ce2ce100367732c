//! Prints a plan as a tree, the result at the top.

use super::{ApplyKind, CombineOperator, PathRows, Plan, expr::ExprKind};

/// The lines of the tree, each with the operator it stands for.
pub(crate) fn explain(plan: &Plan) -> Vec<(String, &Plan)> {
    let mut lines = Vec::new();
    write(plan, "", "", &mut lines);
    lines
}

/// A plan as a tree, for programs that show it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlanDescription {
    /// What the operator is, as EXPLAIN prints it.
    pub operator: String,
    /// The rows it gave and its milliseconds, its inputs' included; after PROFILE.
    pub figures: Option<(u64, f64)>,
    /// What it reads from. Deeper than 100 levels the plan is cut.
    pub inputs: Vec<PlanDescription>,
}

impl PlanDescription {
    /// The deepest level shown: programs that read the tree recurse.
    const DEEPEST: usize = 100;

    pub(crate) fn new(plan: &Plan, figures: &dyn Fn(&Plan) -> Option<(u64, f64)>) -> Self {
        Self::level(plan, figures, 0)
    }

    fn level(plan: &Plan, figures: &dyn Fn(&Plan) -> Option<(u64, f64)>, depth: usize) -> Self {
        let inputs = if depth < Self::DEEPEST { plan.inputs() } else { Vec::new() };
        PlanDescription {
            operator: describe(plan),
            figures: figures(plan),
            inputs: inputs.into_iter().map(|input| Self::level(input, figures, depth + 1)).collect(),
        }
    }
}

fn write<'p>(plan: &'p Plan, first: &str, rest: &str, lines: &mut Vec<(String, &'p Plan)>) {
    lines.push((format!("{first}{}", describe(plan)), plan));
    let inputs = plan.inputs();
    let last = inputs.len().saturating_sub(1);
    for (position, input) in inputs.into_iter().enumerate() {
        let (branch, below) = if position == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        write(input, &format!("{rest}{branch}"), &format!("{rest}{below}"), lines);
    }
}

fn describe(plan: &Plan) -> String {
    match plan {
        Plan::Unit => "OneRow".into(),
        Plan::Argument => "OuterRow".into(),
        Plan::Table { rows } => format!("Table ({} rows)", rows.len()),
        Plan::Match { .. } => "Match".into(),
        Plan::NodeScan { label: None, .. } => "NodeScan (all nodes)".into(),
        Plan::NodeScan { label: Some(label), .. } => format!("NodeScan (:{})", label.name),
        Plan::IndexScan { scan, .. } => format!("IndexScan ({})", scan.index.definition.name),
        Plan::NodeById { many: false, .. } => "NodeById (_id lookup)".into(),
        Plan::NodeById { many: true, .. } => "NodeById (_id lookups of a list)".into(),
        Plan::NodeUnion { branches, .. } => format!("NodeUnion ({} lookups)", branches.len()),
        Plan::SemiJoin { keys, keep, .. } => {
            let name = match keep {
                None => "HashSemiApply",
                Some(true) => "HashSemiJoin",
                Some(false) => "HashAntiJoin",
            };
            format!("{name} (EXISTS, {} keys)", keys.len())
        }
        Plan::CountJoin { keys, .. } => format!("HashCountApply ({} keys)", keys.len()),
        Plan::HashJoin { join, .. } => {
            let kept = if join.kept.is_some() { ", kept" } else { "" };
            match (&join.range, join.keys.len()) {
                (Some(range), _) => format!("RangeJoin ({}{kept})", range.operator.symbol()),
                (None, 0) => format!("Product (of rows{kept})"),
                (None, keys) => format!("HashJoin ({keys} keys{kept})"),
            }
        }
        Plan::RangeCount { count, .. } => format!("RangeCount ({})", count.operator.symbol()),
        Plan::Expand { expand, .. } => {
            format!("{} ({:?})", if expand.into { "ExpandInto" } else { "Expand" }, expand.direction)
        }
        Plan::ExpandIntersect { arms, .. } => format!("ExpandIntersect ({} neighbours in common)", arms.len()),
        Plan::CountEdges { expand, .. } => format!("CountEdges ({:?})", expand.direction),
        Plan::Degree { expand, .. } => format!("Degree ({:?})", expand.direction),
        Plan::CountMatches { count } => {
            let by = if count.slot.is_some() { ", by node" } else { "" };
            format!("CountMatches ({} edges{by}; without a cache:)", count.tree.edges.len())
        }
        Plan::EdgeEnds { .. } => "EdgeEnds".into(),
        Plan::ExpandPath { expand, .. } => {
            let max = expand.max.map_or(String::new(), |max| max.to_string());
            let (direction, min, given) = (expand.direction, expand.min, given(expand.give));
            format!("ExpandPath ({direction:?}, {{{min},{max}}}, {:?}, {:?}{given})", expand.mode, expand.search)
        }
        Plan::ExpandGroup { expand, .. } => {
            let max = expand.group.max.map_or(String::new(), |max| max.to_string());
            format!("ExpandGroup ({{{},{max}}}{})", expand.group.min, given(expand.give))
        }
        Plan::SearchPath { search, .. } => {
            format!(
                "SearchPath ({} parts, {:?}, {:?})",
                search.search.parts.len(),
                search.search.mode,
                search.search.select
            )
        }
        Plan::Filter { .. } => "Filter".into(),
        Plan::Prefilter { .. } => "Filter (errors later)".into(),
        Plan::Recheck { .. } | Plan::RecheckEdges { .. } => "Filter (errors of below)".into(),
        Plan::Extend { .. } => "Let".into(),
        Plan::MakePath { .. } => "Path".into(),
        Plan::Unwind { .. } => "For".into(),
        Plan::LoadCsv { load, .. } => if load.parquet { "LoadParquet" } else { "LoadCsv" }.into(),
        Plan::Project { items, .. } => format!("Project ({} columns)", items.len()),
        Plan::Aggregate { keys, aggregates, .. } => {
            format!("Aggregate ({} keys, {} aggregates)", keys.len(), aggregates.len())
        }
        Plan::Distinct { .. } => "Distinct".into(),
        Plan::Sort { top: None, keys, .. } => format!("Sort ({} keys)", keys.len()),
        Plan::Sort { top: Some(_), keys, .. } => format!("TopSort ({} keys)", keys.len()),
        Plan::Nearest { nearest, .. } => {
            let names: Vec<&str> = nearest.sides.iter().map(|side| &*side.property.name).collect();
            format!("NearestVectors ({:?} of {})", nearest.measure, names.join(" and "))
        }
        Plan::VectorSearch { search, .. } => format!("VectorSearch ({})", search.index),
        Plan::VectorLists { lists, .. } => {
            format!("VectorLists ({}, {} lists)", lists.index.definition.name, lists.index.lists)
        }
        Plan::TextSearch { search, .. } => match &search.index.kind {
            ExprKind::Constant(name) => format!("TextSearch ({name})"),
            _ => "TextSearch".into(),
        },
        Plan::LimitElements { .. } => "Limit (of elements)".into(),
        Plan::Offset { .. } => "Offset".into(),
        Plan::Limit { .. } => "Limit".into(),
        Plan::Apply { kind: ApplyKind::Exists { .. }, reads: Some(reads), .. } => match reads.len() {
            0 => "SemiApply (EXISTS, once)".into(),
            slots => format!("SemiApply (EXISTS, once for equal values of {slots} variables)"),
        },
        Plan::Apply { kind, .. } => match kind {
            ApplyKind::Optional => "Optional".into(),
            ApplyKind::Rows { .. } => "Apply".into(),
            ApplyKind::Exists { .. } => "SemiApply (EXISTS)".into(),
            ApplyKind::Count { .. } => "CountApply".into(),
            ApplyKind::Scalar { .. } => "ValueApply".into(),
        },
        Plan::Combine { operator, .. } => match operator {
            CombineOperator::UnionAll => "UnionAll".into(),
            CombineOperator::Except { .. } => "Except".into(),
            CombineOperator::Intersect { .. } => "Intersect".into(),
            CombineOperator::Otherwise => "Otherwise".into(),
        },
        Plan::Merge { .. } => "Merge (match, else insert)".into(),
        Plan::Insert { nodes, edges, .. } => format!("Insert ({} nodes, {} edges)", nodes.len(), edges.len()),
        Plan::Set { items, .. } => format!("Set ({} items)", items.len()),
        Plan::Delete { detach, .. } => {
            if *detach {
                "DetachDelete".into()
            } else {
                "Delete".into()
            }
        }
        Plan::Call { call, .. } => format!("Call {}", call.procedure.name()),
    }
}

/// What a search for paths gives besides the paths.
fn given(rows: PathRows) -> &'static str {
    match rows {
        PathRows::Paths => "",
        PathRows::Ends => ", ends only",
        PathRows::Counts(_) => ", counts by end",
    }
}
