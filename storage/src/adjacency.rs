//! The edges of one node, found by its key in the families `out` and `in`.

use std::cmp::Ordering;

use crate::error::Result;
use crate::keys;
use crate::kv::{Family, Hint, Iter};
use crate::overlay::Overlay;
use crate::transaction::Transaction;
use crate::value::{Adjacent, Direction, GraphId, LabelId, NodeId};

/// Looks up the edges of one node after another, reusing its iterators.
///
/// In a write transaction each call sees what the transaction has written before it.
pub struct AdjacencyCursor {
    transaction: Transaction,
    graph: GraphId,
    out: Option<Iter>,
    inward: Option<Iter>,
}

impl Transaction {
    /// A cursor for looking up the edges of nodes of a graph.
    pub fn adjacency(&self, graph: GraphId) -> Result<AdjacencyCursor> {
        Ok(AdjacencyCursor { transaction: self.clone(), graph, out: None, inward: None })
    }
}

/// The two families to look into, and whether self-loops are left out there.
fn sides(direction: Direction) -> impl Iterator<Item = (Family, bool)> {
    let out = (direction != Direction::In).then_some((Family::Out, false));
    let inward = (direction != Direction::Out).then_some((Family::In, direction == Direction::Both));
    out.into_iter().chain(inward)
}

impl AdjacencyCursor {
    /// Appends the edges of a node to `out`, those with a label when one is given. For each direction (out first)
    /// they are ordered by label, other node, edge.
    pub fn expand(
        &mut self,
        node: NodeId,
        direction: Direction,
        label: Option<LabelId>,
        out: &mut Vec<Adjacent>,
    ) -> Result<()> {
        for (family, skip_loops) in sides(direction) {
            let whole = keys::node(self.graph, node);
            let narrow = label.map(|label| keys::adjacent_label(self.graph, node, label));
            let prefix = narrow.as_ref().map_or(&whole[..], |narrow| &narrow[..]);
            self.visit(family, prefix, |adjacent| {
                if !(skip_loops && adjacent.node == node) {
                    out.push(adjacent);
                }
            })?;
        }
        Ok(())
    }

    /// Appends the edges between two nodes to `out`, as seen from `from`.
    pub fn between(
        &mut self,
        from: NodeId,
        to: NodeId,
        direction: Direction,
        label: Option<LabelId>,
        out: &mut Vec<Adjacent>,
    ) -> Result<()> {
        for (family, skip_loops) in sides(direction) {
            if skip_loops && from == to {
                continue;
            }
            match label {
                Some(label) => self.between_with(family, from, to, label, out)?,
                None => {
                    let mut next = Some(LabelId(0));
                    while let Some(label) = next {
                        next = match self.next_label(family, from, label)? {
                            None => None,
                            Some(found) => {
                                self.between_with(family, from, to, found, out)?;
                                found.0.checked_add(1).map(LabelId)
                            }
                        };
                    }
                }
            }
        }
        Ok(())
    }

    /// How many edges a node has; a self-loop counts once in [`Direction::Both`].
    pub fn degree(&mut self, node: NodeId, direction: Direction, label: Option<LabelId>) -> Result<u64> {
        let mut edges = Vec::new();
        self.expand(node, direction, label, &mut edges)?;
        Ok(edges.len() as u64)
    }

    fn between_with(
        &mut self,
        family: Family,
        from: NodeId,
        to: NodeId,
        label: LabelId,
        out: &mut Vec<Adjacent>,
    ) -> Result<()> {
        let prefix = keys::adjacent_other(self.graph, from, label, to);
        self.visit(family, &prefix, |adjacent| out.push(adjacent))
    }

    /// The first label at or after `label` that an edge of the node has (or had, before this transaction).
    fn next_label(&mut self, family: Family, node: NodeId, label: LabelId) -> Result<Option<LabelId>> {
        let transaction = self.transaction.clone();
        let lower = keys::adjacent_label(self.graph, node, label);
        let upper = keys::after(&keys::node(self.graph, node));
        let own = match transaction.inner.own() {
            Some(overlay) => {
                let mut own = overlay.range(family, &lower, upper.as_deref()).filter(|(_, value)| value.is_some());
                own.next().map(|(key, _)| keys::read_adjacent(key)).transpose()?
            }
            None => None,
        };
        let iter = self.iter(family)?;
        iter.seek(&lower)?;
        let stored = match iter.key() {
            Some(key) if upper.as_deref().is_none_or(|upper| key < upper) => Some(keys::read_adjacent(key)?),
            _ => None,
        };
        Ok(own.into_iter().chain(stored).map(|(_, label, _, _)| label).min())
    }

    fn iter(&mut self, family: Family) -> Result<&mut Iter> {
        let place = if family == Family::Out { &mut self.out } else { &mut self.inward };
        let iter = match place.take() {
            Some(iter) => iter,
            None => {
                let prefix = self.graph.0.to_be_bytes();
                let snapshot = self.transaction.inner.snapshot();
                snapshot.iter(family, &prefix, keys::after(&prefix), Hint::Seek)?
            }
        };
        Ok(place.insert(iter))
    }

    /// Every edge whose key starts with `prefix`, own changes over stored ones.
    fn visit(&mut self, family: Family, prefix: &[u8], mut visit: impl FnMut(Adjacent)) -> Result<()> {
        let outgoing = family == Family::Out;
        let mut see = |key: &[u8]| -> Result<()> {
            let (_, label, node, edge) = keys::read_adjacent(key)?;
            visit(Adjacent { label, edge, node, outgoing });
            Ok(())
        };
        let transaction = self.transaction.clone();
        let overlay = transaction.inner.own().filter(|overlay| overlay.has(family));
        let iter = self.iter(family)?;
        iter.seek(prefix)?;
        let Some(overlay) = overlay else {
            while let Some(key) = iter.key().filter(|key| key.starts_with(prefix)) {
                see(key)?;
                iter.advance()?;
            }
            return Ok(());
        };
        Self::merge(&overlay, family, prefix, iter, see)
    }

    fn merge(
        overlay: &Overlay,
        family: Family,
        prefix: &[u8],
        iter: &mut Iter,
        mut see: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let end = keys::after(prefix);
        let mut own = overlay.range(family, prefix, end.as_deref()).peekable();
        loop {
            let stored = iter.key().filter(|key| key.starts_with(prefix));
            let order = match (stored, own.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(stored), Some((own, _))) => stored.cmp(own),
            };
            if order == Ordering::Less {
                stored.map_or(Ok(()), &mut see)?;
            } else if let Some((key, Some(_))) = own.next() {
                see(key)?;
            }
            if order != Ordering::Greater {
                iter.advance()?;
            }
        }
    }
}
