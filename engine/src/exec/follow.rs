//! Looks up the edges of nodes: in the store, among the lists that a cache keeps, or, where a statement follows the edges of many
//! nodes, among all edges of a label.

use std::sync::Arc;

use wend_storage::{AdjacencyCursor, Adjacent, Direction, LabelId, NodeId};

use crate::{
    cache::{
        GraphCache, Wanted,
        adjacency::{LabelEdges, NeighbourList},
    },
    error::{Error, Result},
    plan::expr::LabelTest,
    runtime::statement::Statement,
    value::EdgeRef,
};

/// Follows edges with labels that pass a test.
pub(super) struct Follow {
    label: Option<LabelTest>,
    cursor: Option<AdjacencyCursor>,
    /// Which labels pass, looked up at the first use; in a statement that writes, for each node.
    labels: Option<Labels>,
    /// All edges of these labels, once they are kept.
    known: Option<Arc<[Arc<LabelEdges>]>>,
    /// Nodes looked up one by one, of which the cache was told.
    lookups: u64,
}

/// Which labels edges may have.
enum Labels {
    All,
    /// A plain name, a choice of names, or all that pass a test.
    These(Vec<LabelId>),
    /// In a statement that writes, a label may come to be: it is asked for each edge.
    Tested,
}

/// After so many nodes the cache is asked again whether it keeps all edges.
const ASK: u64 = 64;

impl Follow {
    pub(super) fn new(label: Option<LabelTest>) -> Self {
        Follow { label, cursor: None, labels: None, known: None, lookups: 0 }
    }

    /// For another run of the operator; in a statement that writes, with another cursor.
    pub(super) fn rewind(&mut self, st: &Statement) {
        if st.writes {
            self.cursor = None;
            self.labels = None;
        }
    }

    /// All edges of the labels, where they are kept; read now, if so many lists have been looked up that it pays.
    pub(super) fn known(&mut self, st: &Statement) -> Result<Option<&Arc<[Arc<LabelEdges>]>>> {
        if self.known.is_none() {
            let Some(cache) = st.cache()? else { return Ok(None) };
            if self.lookups.is_multiple_of(ASK) {
                self.known = self.look_for(cache, false, st)?;
            }
            self.lookups += 1;
        }
        Ok(self.known.as_ref())
    }

    /// The same, as it is found: nothing is read.
    pub(super) fn in_memory(&self) -> Option<&[Arc<LabelEdges>]> {
        self.known.as_deref()
    }

    /// All edges of the labels, read now where they are not kept; `None` where they cannot be.
    pub(super) fn all(&mut self, st: &Statement) -> Result<Option<&Arc<[Arc<LabelEdges>]>>> {
        if self.known.is_none() {
            let Some(cache) = st.cache()? else { return Ok(None) };
            self.known = self.look_for(cache, true, st)?;
        }
        Ok(self.known.as_ref())
    }

    fn look_for(&mut self, cache: &GraphCache, now: bool, st: &Statement) -> Result<Option<Arc<[Arc<LabelEdges>]>>> {
        let labels = match self.labels(st)? {
            Labels::These(labels) => labels.clone(),
            Labels::All => st.tx.edge_labels(st.graph)?.into_iter().map(|(label, _)| label).collect(),
            Labels::Tested => return Ok(None),
        };
        let looked_up = if self.lookups == 0 { 0 } else { ASK };
        let mut found = Vec::with_capacity(labels.len());
        for label in labels {
            let known = match cache.adjacency(label) {
                Some(known) => Some(known),
                None if now || cache.followed(label, looked_up, st.tx.edge_label_count(st.graph, label)?) => {
                    cache.read_adjacency(&st.tx, st.graph, label, st.database.query_threads(), &st.cancel)?
                }
                None => None,
            };
            let Some(known) = known else { return Ok(None) };
            found.push(known);
        }
        Ok(Some(found.into()))
    }

    fn labels(&mut self, st: &Statement) -> Result<&Labels> {
        if self.labels.is_none() {
            self.labels = Some(match &self.label {
                None => Labels::All,
                Some(test) => match test.alternatives() {
                    Some(names) => {
                        let mut ids = Vec::new();
                        for name in names {
                            ids.extend(name.id(&st.tx)?);
                        }
                        ids.sort_unstable();
                        ids.dedup();
                        Labels::These(ids)
                    }
                    None if st.writes => Labels::Tested,
                    None => {
                        let mut ids = Vec::new();
                        for (label, _) in st.tx.edge_labels(st.graph)? {
                            if test.matches(&[label], &st.tx)? {
                                ids.push(label);
                            }
                        }
                        ids.sort_unstable();
                        Labels::These(ids)
                    }
                },
            });
        }
        Ok(self.labels.get_or_insert(Labels::All))
    }

    /// Adds the edges of `from`, only those to `into` where it is given.
    pub(super) fn add(
        &mut self,
        from: NodeId,
        into: Option<NodeId>,
        direction: Direction,
        out: &mut Vec<Adjacent>,
        st: &Statement,
    ) -> Result<()> {
        if let Some(known) = self.known(st)? {
            for edges in known.iter() {
                add_known(edges, from, into, direction, out);
            }
            return Ok(());
        }
        match into {
            None => self.each_list(from, direction, st, |list| out.extend_from_slice(list)),
            Some(into) => self.between(from, into, direction, out, st),
        }
    }

    /// How many edges of `from` pass.
    pub(super) fn count(
        &mut self,
        from: NodeId,
        direction: Direction,
        passes: Option<&dyn Fn(&Adjacent) -> bool>,
        st: &Statement,
    ) -> Result<i64> {
        if let Some(known) = self.known(st)?
            && passes.is_none()
        {
            return Ok(known.iter().map(|edges| edges.degree(from, direction) as i64).sum());
        }
        let mut count = 0;
        let mut add = |list: &[Adjacent]| {
            count += passes.map_or(list.len(), |passes| list.iter().filter(|edge| passes(edge)).count()) as i64;
        };
        if self.known.is_some() {
            let mut list = Vec::new();
            self.add(from, None, direction, &mut list, st)?;
            add(&list);
        } else {
            self.each_list(from, direction, st, add)?;
        }
        Ok(count)
    }

    /// How many edges of `from` pass, where that takes no look at them.
    pub(super) fn degree(&mut self, from: NodeId, direction: Direction, st: &Statement) -> Result<Option<usize>> {
        let known = self.known(st)?;
        Ok(known.map(|known| known.iter().map(|edges| edges.degree(from, direction)).sum()))
    }

    fn cursor(&mut self, st: &Statement) -> Result<&mut AdjacencyCursor> {
        if self.cursor.is_none() {
            self.cursor = Some(st.tx.adjacency(st.graph)?);
        }
        match &mut self.cursor {
            Some(cursor) => Ok(cursor),
            None => Err(Error::internal("a cursor that was just made is gone")),
        }
    }

    fn between(
        &mut self,
        from: NodeId,
        into: NodeId,
        direction: Direction,
        out: &mut Vec<Adjacent>,
        st: &Statement,
    ) -> Result<()> {
        match self.labels(st)? {
            Labels::All => self.cursor(st)?.between(from, into, direction, None, out)?,
            Labels::These(labels) => {
                for label in labels.clone() {
                    self.cursor(st)?.between(from, into, direction, Some(label), out)?;
                }
            }
            Labels::Tested => {
                let mut found = Vec::new();
                self.cursor(st)?.between(from, into, direction, None, &mut found)?;
                out.extend(self.passing(found, st)?);
            }
        }
        Ok(())
    }

    /// The edges of a node, list by list: from the cache, or from the store for the cache to keep.
    fn each_list(
        &mut self,
        from: NodeId,
        direction: Direction,
        st: &Statement,
        mut see: impl FnMut(&[Adjacent]),
    ) -> Result<()> {
        let labels = match self.labels(st)? {
            Labels::All => return self.read((from, direction, None), &mut see, st),
            Labels::These(labels) => match labels[..] {
                [label] => return self.read((from, direction, Some(label)), &mut see, st),
                _ => labels.clone(),
            },
            Labels::Tested => {
                let mut found = Vec::new();
                self.read((from, direction, None), &mut |list| found.extend_from_slice(list), st)?;
                see(&self.passing(found, st)?);
                return Ok(());
            }
        };
        labels.into_iter().try_for_each(|label| self.read((from, direction, Some(label)), &mut see, st))
    }

    fn read(&mut self, wanted: Wanted, see: &mut dyn FnMut(&[Adjacent]), st: &Statement) -> Result<()> {
        let cache = st.cache()?;
        if let Some(list) = cache.and_then(|cache| cache.edges(&wanted)) {
            see(&list);
            return Ok(());
        }
        let (from, direction, label) = wanted;
        let mut found = Vec::new();
        self.cursor(st)?.expand(from, direction, label, &mut found)?;
        if let Some(cache) = cache {
            cache.keep_edges(wanted, &found);
        }
        see(&found);
        Ok(())
    }

    fn passing(&self, mut found: Vec<Adjacent>, st: &Statement) -> Result<Vec<Adjacent>> {
        let Some(test) = &self.label else { return Ok(found) };
        let mut failure = None;
        found.retain(|adjacent| {
            test.matches(&[adjacent.label], &st.tx).unwrap_or_else(|error| {
                failure = Some(error);
                false
            })
        });
        failure.map_or(Ok(found), Err)
    }
}

/// Adds the edges of a label between `from` and its neighbours, or only `into`: those that leave first.
fn add_known(edges: &LabelEdges, from: NodeId, into: Option<NodeId>, direction: Direction, out: &mut Vec<Adjacent>) {
    fn narrow(list: NeighbourList<'_>, into: Option<NodeId>) -> NeighbourList<'_> {
        into.map_or(list, |into| list.between(into))
    }
    let label = edges.label;
    if direction != Direction::In {
        let list = narrow(edges.out.of(from), into);
        out.extend((0..list.len()).map(|at| Adjacent {
            label,
            edge: list.edge(at),
            node: list.node(at),
            outgoing: true,
        }));
    }
    if direction != Direction::Out {
        let list = narrow(edges.inward.of(from), into);
        let both = direction == Direction::Both;
        let edge = |at| Adjacent { label, edge: list.edge(at), node: list.node(at), outgoing: false };
        out.extend((0..list.len()).map(edge).filter(|edge| !(both && edge.node == from)));
    }
}

/// The edge to an adjacent node, as seen from `from`.
pub(super) fn edge_ref(from: NodeId, adjacent: &Adjacent) -> EdgeRef {
    let (start, end) = if adjacent.outgoing { (from, adjacent.node) } else { (adjacent.node, from) };
    EdgeRef { edge: adjacent.edge, label: adjacent.label, from: start, to: end }
}
