//! How a pattern's nodes can be found without a neighbour, and which of them it is best to start from.

use wend_grammar::ast::CompareOperator;
use wend_storage::LabelId;

use super::Lowering;
use crate::{
    error::Result,
    optimize::index::{Choice, Wanted},
    plan::{
        IndexScan, Plan,
        expr::{Expr, ExprKind, LabelName, LabelTest, split},
    },
};

/// How a node can be found without a neighbour.
pub(super) enum Access {
    /// By its `_id`, or with `many` by each of a list.
    Id {
        id: Expr,
        many: bool,
    },
    Index(Box<IndexScan>),
    /// By any of several lookups.
    Union(Vec<Plan>),
    Label(LabelName),
    All,
}

impl Access {
    /// Whether it looks for what the row has, so that it differs from row to row.
    pub(super) fn depends_on_row(&self) -> bool {
        match self {
            Access::Id { id, .. } => !id.columns().is_empty(),
            Access::Index(scan) => scan.reads_row(),
            Access::Union(_) => true,
            Access::Label(_) | Access::All => false,
        }
    }
}

/// An OR of more alternatives is not looked up one by one.
const MOST_BRANCHES: usize = 256;

/// Whether the expression is the `_id` of the node in `slot`.
fn is_id(expr: &Expr, slot: usize) -> bool {
    matches!(&expr.kind, ExprKind::Property(inner, name)
        if name.is_id() && matches!(inner.kind, ExprKind::Column(column) if column == slot))
}

impl Lowering<'_> {
    /// About how many nodes the cheapest way to find a node finds.
    pub(super) fn cost(&mut self, node: usize) -> Result<f64> {
        if let Some(cost) = self.costs[node] {
            return Ok(cost);
        }
        let cost = self.access(node)?.1;
        self.costs[node] = Some(cost);
        Ok(cost)
    }

    /// The cheapest way to find a node, and about how many it finds.
    pub(super) fn access(&self, node: usize) -> Result<(Access, f64)> {
        let slot = self.pattern.nodes[node].slot;
        let conditions: Vec<&Expr> = self.conditions.on(slot).map(|(condition, _)| condition).collect();
        for condition in &conditions {
            if let Some(id) = self.id_of(condition, slot) {
                return Ok((Access::Id { id: id.clone(), many: false }, 1.0));
            }
        }
        let (tx, graph) = (self.statistics.tx, self.statistics.graph);
        let mut best = (Access::All, tx.node_count(graph)? as f64);
        let (mut labels, mut answers) = (Vec::new(), Vec::new());
        for name in self.pattern.nodes[node].labels.iter().flat_map(LabelTest::required) {
            let count = match name.id(tx)? {
                Some(label) => {
                    labels.push(label);
                    tx.node_label_count(graph, label)? as f64
                }
                None => 0.0,
            };
            if count < best.1 || matches!(best.0, Access::All) {
                best = (Access::Label(name.clone()), count);
            }
        }
        if !labels.is_empty() && !conditions.is_empty() {
            let wanted = Wanted {
                slot,
                on_edge: false,
                labels: labels.clone(),
                conditions: conditions.clone(),
                waiting: &self.conditions,
            };
            // Of a label with few nodes an index finds no fewer, but reads no other properties.
            if let Some(choice) = wanted.best(self.statistics)?.filter(|choice| choice.rows <= best.1) {
                best = (Access::Index(choice.scan), choice.rows);
                answers = choice.answers;
            }
        }
        for (position, condition) in conditions.iter().enumerate() {
            if let Some((found, rows)) = self.found_by(condition, slot, &labels)?
                && rows < best.1
            {
                best = (found, rows);
                answers = vec![position];
            }
        }
        // A condition on the node alone makes it a better start than its count says.
        let alone =
            |(position, (_, columns)): &(usize, (&Expr, &[usize]))| !answers.contains(position) && *columns == [slot];
        for (_, (condition, _)) in self.conditions.on(slot).enumerate().filter(alone).take(4) {
            best.1 *= self.share(condition, slot, &labels, false)?;
        }
        Ok(best)
    }

    /// The share of the nodes or edges in `slot`, which have these labels, for which a condition is expected to hold.
    pub(super) fn share(&self, condition: &Expr, slot: usize, labels: &[LabelId], on_edge: bool) -> Result<f64> {
        if let (ExprKind::Compare(CompareOperator::Equal, left, right), Some(&label)) =
            (&condition.kind, labels.first())
        {
            for side in [left, right] {
                if let ExprKind::Property(inner, name) = &side.kind
                    && matches!(inner.kind, ExprKind::Column(column) if column == slot)
                    && let Some(share) = self.statistics.share_of_one(label, &name.name, on_edge)?
                {
                    return Ok(share);
                }
            }
        }
        Ok(0.1)
    }

    /// The nodes that `_id IN list` finds, or that lookups for each alternative of an OR find together.
    fn found_by(&self, condition: &Expr, slot: usize, labels: &[LabelId]) -> Result<Option<(Access, f64)>> {
        let known = |expr: &Expr| self.conditions.knows(expr) && !expr.is_volatile();
        match &condition.kind {
            ExprKind::In(item, list) if is_id(item, slot) && known(list) => {
                let length = list.list_length().unwrap_or(10);
                Ok(Some((Access::Id { id: (**list).clone(), many: true }, length as f64)))
            }
            ExprKind::Or(first, rest) if rest.len() < MOST_BRANCHES && rest.iter().all(|(exclusive, _)| !exclusive) => {
                let (mut branches, mut rows) = (Vec::new(), 0.0);
                for part in std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)) {
                    let Some((branch, found)) = self.branch(part, slot, labels)? else { return Ok(None) };
                    branches.push(branch);
                    rows += found;
                }
                Ok(Some((Access::Union(branches), rows)))
            }
            _ => Ok(None),
        }
    }

    /// How one alternative of an OR finds its nodes, and about how many.
    fn branch(&self, part: &Expr, slot: usize, labels: &[LabelId]) -> Result<Option<(Plan, f64)>> {
        let input = || Box::new(Plan::Argument);
        let mut conditions = Vec::new();
        split(part.clone(), &mut conditions);
        for condition in &conditions {
            if let Some(id) = self.id_of(condition, slot) {
                return Ok(Some((Plan::NodeById { input: input(), slot, id: id.clone(), many: false }, 1.0)));
            }
            if matches!(condition.kind, ExprKind::In(..))
                && let Some((Access::Id { id, many }, rows)) = self.found_by(condition, slot, labels)?
            {
                return Ok(Some((Plan::NodeById { input: input(), slot, id, many }, rows)));
            }
        }
        let wanted = Wanted {
            slot,
            on_edge: false,
            labels: labels.to_vec(),
            conditions: conditions.iter().collect(),
            waiting: &self.conditions,
        };
        let choice = if labels.is_empty() { None } else { wanted.best(self.statistics)? };
        Ok(choice.map(|choice| (Plan::IndexScan { input: input(), scan: choice.scan }, choice.rows)))
    }

    /// The right side of `node._id = expr` when it needs nothing that is still missing.
    fn id_of<'e>(&self, condition: &'e Expr, slot: usize) -> Option<&'e Expr> {
        let ExprKind::Compare(CompareOperator::Equal, left, right) = &condition.kind else { return None };
        let known = |expr: &Expr| self.conditions.knows(expr);
        if is_id(left, slot) && known(right) {
            Some(right)
        } else if is_id(right, slot) && known(left) {
            Some(left)
        } else {
            None
        }
    }

    /// The edge between two unbound nodes that an index finds best.
    pub(super) fn indexed_edge(&self) -> Result<Option<(usize, Choice)>> {
        let mut best: Option<(usize, Choice)> = None;
        let (tx, graph) = (self.statistics.tx, self.statistics.graph);
        if !tx.indexes(graph)?.iter().any(|index| index.definition.on_edge && index.definition.is_on_values()) {
            return Ok(None);
        }
        for (position, edge) in self.pattern.edges.iter().enumerate() {
            let ends_wait = self.owned.contains(&edge.left) || self.owned.contains(&edge.right);
            if self.edge_done[position] || edge.bound || edge.repeat.is_some() || ends_wait {
                continue;
            }
            let Some(LabelTest::Name(name)) = &edge.label else { continue };
            let conditions: Vec<&Expr> = self.conditions.on(edge.slot).map(|(condition, _)| condition).collect();
            if conditions.is_empty() {
                continue;
            }
            let Some(label) = name.id(tx)? else { continue };
            let wanted =
                Wanted { slot: edge.slot, on_edge: true, labels: vec![label], conditions, waiting: &self.conditions };
            if let Some(choice) = wanted.best(self.statistics)?
                && best.as_ref().is_none_or(|(_, best)| choice.rows < best.rows)
            {
                best = Some((position, choice));
            }
        }
        Ok(best)
    }

    /// Finds an edge by an index; its ends follow as those of an edge that is bound.
    pub(super) fn add_edge_scan(&mut self, position: usize, choice: Choice) -> Result<()> {
        let edge = &mut self.pattern.edges[position];
        edge.bound = true;
        let slot = edge.slot;
        self.fill(slot);
        self.wrap(|input| Plan::IndexScan { input, scan: choice.scan })
    }

    /// The unbound node with the cheapest access, and its cost.
    pub(super) fn next_start(&mut self) -> Result<Option<(usize, Access, f64)>> {
        let mut best: Option<(usize, f64)> = None;
        for node in 0..self.pattern.nodes.len() {
            if self.node_bound[node] || self.owned.contains(&node) {
                continue;
            }
            let cost = self.cost(node)?;
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((node, cost));
            }
        }
        let Some((node, cost)) = best else { return Ok(None) };
        Ok(Some((node, self.access(node)?.0, cost)))
    }

    pub(super) fn add_scan(&mut self, node: usize, access: Access) -> Result<()> {
        let slot = self.pattern.nodes[node].slot;
        match access {
            Access::Id { id, many } => self.wrap(|input| Plan::NodeById { input, slot, id, many })?,
            Access::Index(scan) => {
                // All it finds has the label of the index.
                if let Ok(name) = self.statistics.tx.label_name(scan.index.definition.label) {
                    self.pattern.nodes[node]
                        .labels
                        .retain(|test| !matches!(test, LabelTest::Name(label) if label.name == name));
                }
                self.wrap(|input| Plan::IndexScan { input, scan })?;
            }
            Access::Union(branches) => self.wrap(|input| Plan::NodeUnion { input, slot, branches })?,
            Access::Label(label) => {
                // The scan answers this label; the others are checked.
                self.pattern.nodes[node]
                    .labels
                    .retain(|test| !matches!(test, LabelTest::Name(name) if name.name == label.name));
                self.wrap(|input| Plan::NodeScan { input, slot, label: Some(label) })?;
            }
            Access::All => self.wrap(|input| Plan::NodeScan { input, slot, label: None })?,
        }
        self.bind_node(node)
    }
}
