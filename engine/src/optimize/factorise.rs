//! Counts the matches of a pattern without making them, where it is a tree and at most one of its nodes is read: the number of
//! matches for a node is the product over its edges of the sums over its neighbours (aggregates pushed below joins: Yan and Larson,
//! "Eager aggregation and lazy aggregation", 1995; over acyclic joins: Yannakakis, 1981).

use rustc_hash::FxHashMap;
use wend_grammar::ast::Span;
use wend_storage::Direction;

use super::{
    Statistics,
    estimate::Estimate,
    path_ends::{add_up, highest},
};
use crate::{
    error::Result,
    plan::{
        Expand, Plan,
        aggregate::{AggregateCall, AggregateFunction},
        expr::{Expr, ExprKind, LabelName},
        pattern::opposite,
        tree::{CountMatches, Tree, TreeEdge, TreeNode},
    },
    value::Value,
};

/// Rewrites the whole tree.
pub(crate) fn count_by_products(plan: &mut Plan, statistics: &Statistics) -> Result<()> {
    for input in plan.inputs_mut() {
        count_by_products(input, statistics)?;
    }
    let Plan::Aggregate { input, keys, aggregates } = plan else { return Ok(()) };
    let Some(pattern) = Found::of(input) else { return Ok(()) };
    let Some(root) = pattern.only_read(keys, aggregates) else { return Ok(()) };
    // Few matches are found one by one; one edge from nodes that are looked up too.
    if Estimate::of(input, statistics)?.rows < statistics.bulk_rows {
        return Ok(());
    }
    let Some(less) = pattern.less() else { return Ok(()) };
    let found = (**input).clone();
    let next = highest(&found).max(found.reads_within().into_iter().flatten().max().unwrap_or(0)) + 1;
    let root = match root {
        Some(slot) => pattern.position(slot),
        None => Some(pattern.best_root()),
    };
    let Some(root) = root else { return Ok(()) };
    let slot =
        keys.iter().chain(aggregates.iter().flat_map(|call| &call.arguments)).any(|expr| !expr.columns().is_empty());
    let slot = slot.then(|| pattern.node_slots[root]);
    let one = Expr::constant(Value::Int(1));
    let count = CountMatches {
        slot,
        count: next,
        tree: Tree { root, ..pattern.tree.clone() },
        less: less.map(|(tree, places)| Tree { root: places[root], ..tree }),
        otherwise: Plan::Extend { input: Box::new(found), slot: next, expr: one },
    };
    let counted = Plan::CountMatches { count: Box::new(count) };
    // One row for each node is a group for each node already.
    if let ([Expr { kind: ExprKind::Column(key), .. }], Some(root)) = (&keys[..], slot)
        && *key == root
        && aggregates.iter().all(AggregateCall::counts_rows)
    {
        let counts = aggregates.iter().map(|_| next);
        let items = std::iter::once(root).chain(counts).map(|slot| Expr::column(slot, Span::default())).collect();
        *plan = Plan::Project { input: Box::new(counted), items };
        return Ok(());
    }
    **input = counted;
    add_up(plan, &Expr::column(next, Span::default()));
    Ok(())
}

/// A label that a condition on a node asks for.
fn required_label(condition: &Expr) -> Option<&LabelName> {
    match &condition.kind {
        ExprKind::IsLabeled(_, test) => test.required().first().copied(),
        _ => None,
    }
}

/// A pattern as it was lowered.
struct Found {
    tree: Tree,
    /// For each node, and each edge, of the tree its slot.
    node_slots: Vec<usize>,
    edge_slots: Vec<usize>,
    /// Pairs of edges that must differ, by position.
    different: Vec<(usize, usize)>,
}

impl Found {
    /// The pattern that a plan finds, where it is nothing but scans, expansions and conditions on one node each.
    fn of(plan: &Plan) -> Option<Found> {
        let (mut conditions, mut expansions): (FxHashMap<usize, Vec<Expr>>, Vec<&Expand>) = Default::default();
        let mut here = plan;
        let start = loop {
            here = match here {
                // Where a condition fails, the plan that this one replaces runs and says whether that is an error.
                Plan::Filter { input, condition }
                | Plan::Prefilter { input, condition, .. }
                | Plan::Recheck { input, condition, .. } => {
                    let columns = condition.columns();
                    let [slot] = columns[..] else { return None };
                    if condition.is_volatile() {
                        return None;
                    }
                    conditions.entry(slot).or_default().push(condition.clone());
                    input
                }
                Plan::Expand { input, expand } if !expand.into => {
                    expansions.push(expand);
                    input
                }
                Plan::NodeScan { input, slot, .. } | Plan::NodeById { input, slot, .. } => {
                    break matches!(**input, Plan::Unit).then_some(*slot)?;
                }
                Plan::IndexScan { input, scan } if !scan.index.definition.on_edge => {
                    break matches!(**input, Plan::Unit).then_some(scan.slot)?;
                }
                _ => return None,
            };
        };
        let mut node = |slot: usize, access: Option<Plan>| {
            let mut conditions = conditions.remove(&slot).unwrap_or_default();
            // As they were placed: the first is at the bottom.
            conditions.reverse();
            let label = || conditions.iter().find_map(|condition| required_label(condition)).cloned();
            let scan = || Plan::NodeScan { input: Box::new(Plan::Unit), slot, label: label() };
            let access = access.or_else(|| (!conditions.is_empty()).then(scan)).map(|plan| (plan, slot));
            TreeNode { access, conditions: conditions.into_iter().map(|condition| (slot, condition)).collect() }
        };
        let unfiltered = matches!(here, Plan::NodeScan { label: None, .. });
        let (mut nodes, mut node_slots) = (vec![node(start, (!unfiltered).then(|| here.clone()))], vec![start]);
        let (mut edges, mut edge_slots, mut different) = (Vec::new(), Vec::new(), Vec::new());
        for expand in expansions.into_iter().rev() {
            let from = node_slots.iter().position(|slot| *slot == expand.from)?;
            if node_slots.contains(&expand.to) {
                return None;
            }
            nodes.push(node(expand.to, None));
            node_slots.push(expand.to);
            for other in &expand.different_from {
                different.push((edge_slots.iter().position(|slot| slot == other)?, edge_slots.len()));
            }
            let label = expand.label.clone();
            edges.push(TreeEdge { ends: [from, nodes.len() - 1], direction: expand.direction, label });
            edge_slots.push(expand.edge);
        }
        // What is left reads an edge, or something else.
        if edges.is_empty() || !conditions.is_empty() {
            return None;
        }
        Some(Found { tree: Tree { nodes, edges, root: 0, start: 0 }, node_slots, edge_slots, different })
    }

    fn position(&self, slot: usize) -> Option<usize> {
        self.node_slots.iter().position(|known| *known == slot)
    }

    /// The slot of the one node that keys and aggregates read, `Some(None)` where they read none. Counts of nodes and edges that
    /// the pattern binds become counts of its matches.
    fn only_read(&self, keys: &[Expr], aggregates: &mut [AggregateCall]) -> Option<Option<usize>> {
        let bound = |slot: usize| self.position(slot).is_some() || self.edge_slots.contains(&slot);
        let never_null = |call: &AggregateCall| {
            call.function == AggregateFunction::Count
                && !call.distinct
                && matches!(call.arguments[..], [Expr { kind: ExprKind::Column(slot), .. }] if bound(slot))
        };
        let mut reads: Vec<usize> = keys.iter().flat_map(Expr::columns).collect();
        for call in &*aggregates {
            let counted = call.function == AggregateFunction::Count && !call.distinct;
            let same = call.distinct || matches!(call.function, AggregateFunction::Min | AggregateFunction::Max);
            if !(counted || same) || call.arguments.iter().any(Expr::is_volatile) {
                return None;
            }
            if !never_null(call) {
                reads.extend(call.arguments.iter().flat_map(Expr::columns));
            }
        }
        reads.sort_unstable();
        reads.dedup();
        let root = match reads[..] {
            [] => None,
            [slot] if self.position(slot).is_some() => Some(slot),
            _ => return None,
        };
        if keys.iter().any(Expr::is_volatile) {
            return None;
        }
        aggregates.iter_mut().filter(|call| never_null(call)).for_each(|call| call.arguments.clear());
        Some(root)
    }

    /// Where to count all matches: at the neighbour of the leaf that is the farthest from the start, so that the last edges are
    /// counted and not followed.
    fn best_root(&self) -> usize {
        let tree = &self.tree;
        let distance = |node: usize| tree.way(tree.start, node).len();
        let farthest = (0..tree.nodes.len()).max_by_key(|&node| distance(node)).unwrap_or(0);
        match tree.edges_at(farthest).next() {
            Some(edge) if farthest != tree.start => tree.edges[edge].beyond(farthest),
            _ => tree.start,
        }
    }

    /// The matches that bind an edge twice, as a tree of their own with the places of this tree's nodes in it. `Some(None)` when
    /// there are none, `None` where they are no tree.
    fn less(&self) -> Option<Option<(Tree, Vec<usize>)>> {
        let [(one, other)] = self.different[..] else {
            return self.different.is_empty().then_some(None);
        };
        let edges = &self.tree.edges;
        let [first, second] = [&edges[one], &edges[other]];
        if edges.len() != 2 {
            return None;
        }
        // A label test that is not the same leaves the labels that pass both; that is not worth a case of its own.
        let same = match (&first.label, &second.label) {
            (None, None) => true,
            (Some(a), Some(b)) => match (a.alternatives(), b.alternatives()) {
                (Some(a), Some(b)) => a.iter().map(|name| &name.name).eq(b.iter().map(|name| &name.name)),
                _ => false,
            },
            _ => false,
        };
        let middle = *first.ends.iter().find(|end| second.ends.contains(end))?;
        if !same || first.is_loop() || second.is_loop() {
            return None;
        }
        let (a, b) = (first.beyond(middle), second.beyond(middle));
        let seen_from_middle = |edge: &TreeEdge| match edge.ends[0] == middle {
            true => edge.direction,
            false => opposite(edge.direction),
        };
        let join = |group: &Vec<usize>| {
            let members = || group.iter().map(|&node| &self.tree.nodes[node]);
            TreeNode {
                access: members().find_map(|node| node.access.clone()),
                conditions: members().flat_map(|node| node.conditions.clone()).collect(),
            }
        };
        let (way_a, way_b) = (seen_from_middle(first), seen_from_middle(second));
        let mut places = vec![0; self.tree.nodes.len()];
        let groups: Vec<Vec<usize>> = if way_a == way_b {
            // The other ends are one node.
            (places[middle], places[a], places[b]) = (0, 1, 1);
            vec![vec![middle], vec![a, b]]
        } else if way_a != Direction::Both && way_b != Direction::Both {
            // In by one and out by the other: a self-loop.
            vec![vec![middle, a, b]]
        } else {
            return None;
        };
        let nodes = groups.iter().map(join).collect();
        let ends = if groups.len() == 1 { [0, 0] } else { [0, 1] };
        let edge = TreeEdge { ends, direction: way_a, label: first.label.clone() };
        let start = places[self.tree.start];
        Some(Some((Tree { nodes, edges: vec![edge], root: 0, start }, places)))
    }
}
