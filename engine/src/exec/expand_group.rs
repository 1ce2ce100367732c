//! Follows repetitions of a parenthesised path from a node, depth first. Where only the ends are asked for, or how many paths
//! there are, see [`super::path_ends`].

use rustc_hash::FxHashMap;
use wend_storage::{EdgeId, NodeId};

use super::{
    expand::is_new,
    expand_path::{MOST_EDGES, PREVIEW_AFTER, SHORT},
    group_preview::Preview,
    input_rows::InputRows,
    operator::{BoxOperator, Operator},
    path_ends::{Closed, Wanted, reachable, walk_counts},
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::{ExpandGroup, PathRows},
    runtime::{
        batch::{BATCH_ROWS, Batch, Column},
        statement::Statement,
    },
    value::{Edge, EdgeRef, Value, size::value_bytes},
};

/// See [`crate::plan::Plan::ExpandGroup`].
pub(super) struct ExpandGroups {
    input: InputRows,
    expand: ExpandGroup,
    /// Finds the repetitions that begin at a node.
    subquery: BoxOperator,
    search: Option<Search>,
    /// Ends of paths with their numbers, where only these are asked for.
    ends: std::vec::IntoIter<(NodeId, i64)>,
    /// The bytes of the search for the current row.
    held: Held,
}

/// One repetition: where it leads, its edges, and what its variables are.
#[derive(Clone)]
pub(super) struct Repetition {
    pub(super) end: NodeId,
    pub(super) edges: Vec<EdgeRef>,
    pub(super) values: Vec<Value>,
}

/// The search for one row: the repetitions so far, and for each place reached the ones not tried yet, in reverse.
struct Search {
    start: NodeId,
    path: Vec<Repetition>,
    open: Vec<Vec<Repetition>>,
    /// Steps so far.
    steps: u32,
    /// What is known beforehand of a search that takes long.
    preview: Option<Preview>,
    /// The end of `path` has not been looked at yet.
    fresh: bool,
}

/// What a search comes to next.
enum Next {
    /// The path where it is.
    Here,
    /// One that it would come to later.
    Early(Vec<Repetition>),
    End,
}

impl ExpandGroups {
    pub(super) fn new(input: BoxOperator, expand: ExpandGroup, subquery: BoxOperator) -> Self {
        let (input, ends) = (InputRows::new(input), Vec::new().into_iter());
        ExpandGroups { input, expand, subquery, search: None, ends, held: Held::default() }
    }

    /// The repetitions that begin at `node`, in reverse, so that the first is taken from the end.
    fn repetitions(&mut self, st: &Statement, batch: &Batch, row: usize, node: NodeId) -> Result<Vec<Repetition>> {
        let group = &self.expand.group;
        let mut argument = batch.slice(row, row + 1);
        argument.set(group.first, Column::Nodes(vec![node]));
        self.subquery.rewind(&argument, st);
        let mut found = Vec::new();
        while let Some(rows) = self.subquery.next(st)? {
            st.cancel.check()?;
            for inner in 0..rows.len() {
                let end = rows.node(group.last, inner).ok_or_else(|| Error::internal("a path without its end"))?;
                let mut edges = Vec::new();
                for &slot in &group.edges {
                    match rows.value(slot, inner) {
                        Value::Edge(edge) => edges.push(edge.reference),
                        Value::List(list) => edges.extend(list.iter().filter_map(|edge| match edge {
                            Value::Edge(edge) => Some(edge.reference),
                            _ => None,
                        })),
                        _ => return Err(Error::internal("a path without its edges")),
                    }
                }
                let others = &self.expand.different_from;
                if edges.iter().all(|&edge| is_new(batch, row, others, edge)) {
                    let values = group.variables.iter().map(|&(slot, _)| rows.value(slot, inner)).collect();
                    let repetition = Repetition { end, edges, values };
                    self.held.take(&st.memory, repetition.bytes(), "the path search")?;
                    found.push(repetition);
                }
            }
        }
        found.reverse();
        Ok(found)
    }

    /// The ends of the paths of a row, each once, with the number of paths where that is asked for.
    fn ends(&mut self, st: &Statement, batch: &Batch, row: usize, start: NodeId) -> Result<Vec<(NodeId, i64)>> {
        let group = &self.expand.group;
        let target = match self.expand.into {
            false => None,
            true => match batch.node(self.expand.to, row) {
                Some(target) => Some(target),
                None => return Ok(Vec::new()),
            },
        };
        let (min, max) = (group.min as usize, group.max.map_or(usize::MAX, |max| max as usize));
        let closed = if group.trail { Closed::StepsOnce } else { Closed::Any };
        let wanted = Wanted { start, target, min, max, closed };
        let counts = matches!(self.expand.give, PathRows::Counts(_));
        let mut held = Held::default();
        let mut known: FxHashMap<NodeId, Vec<(NodeId, EdgeId)>> = FxHashMap::default();
        let mut steps = |node: NodeId| {
            if let Some(known) = known.get(&node) {
                return Ok(known.clone());
            }
            let found = self.repetitions(st, batch, row, node)?;
            let step = |repetition: &Repetition| {
                let edge = repetition.edges.first().map_or(EdgeId(u64::MAX), |edge| edge.edge);
                (repetition.end, edge)
            };
            let steps: Vec<_> = found.iter().rev().map(step).collect();
            // What a step has found besides is of no use here.
            self.held.give(found.iter().map(Repetition::bytes).sum());
            self.held.take(&st.memory, 48 + size_of_val(&steps[..]), "the path search")?;
            known.insert(node, steps.clone());
            Ok(steps)
        };
        match counts {
            true => walk_counts(&wanted, &mut steps, &mut held, st),
            false => Ok(reachable(&wanted, &mut steps, &mut held, st)?.into_iter().map(|end| (end, 1)).collect()),
        }
    }

    /// The next ends, where no paths are asked for.
    fn next_ends(&mut self, st: &Statement) -> Result<Option<Batch>> {
        loop {
            st.cancel.check()?;
            let Some((batch, mut next)) = self.input.take(st)? else { return Ok(None) };
            let (mut rows, mut nodes, mut counts) = (Vec::new(), Vec::new(), Vec::new());
            while rows.len() < BATCH_ROWS {
                if let Some((end, count)) = self.ends.next() {
                    let row = next - 1;
                    if !self.expand.into || batch.node(self.expand.to, row) == Some(end) {
                        rows.push(row as u32);
                        nodes.push(end);
                        counts.push(Value::Int(count));
                    }
                    continue;
                }
                if next >= batch.len() {
                    break;
                }
                next += 1;
                self.held.release();
                if let Some(start) = batch.node(self.expand.from, next - 1) {
                    self.ends = self.ends(st, &batch, next - 1, start)?.into_iter();
                }
            }
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                if !self.expand.into {
                    out.set(self.expand.to, Column::Nodes(nodes));
                }
                if let PathRows::Counts(slot) = self.expand.give {
                    out.set(slot, Column::Values(counts));
                }
                out
            });
            if next < batch.len() || self.ends.len() > 0 {
                self.input.put_back(batch, next);
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    /// In a search that takes long: finds a shortest path to each end at once, and where the end is known, what leads to it.
    fn look_ahead(&mut self, st: &Statement, batch: &Batch, row: usize, search: &mut Search) -> Result<()> {
        let group = &self.expand.group;
        let (min, max, trail) = (group.min, group.max.map_or(usize::MAX, |max| max as usize), group.trail);
        if max <= SHORT as usize {
            return Ok(());
        }
        let target = if self.expand.into { batch.node(self.expand.to, row) } else { None };
        let mut preview = Preview::new(search.start, max, &mut |node| self.repetitions(st, batch, row, node), st)?;
        // Else a shortest path may be too short.
        if min <= 1 {
            preview.take_ends(target, trail, &search.path, &search.open);
        }
        if let Some(target) = target {
            preview.measure(target);
            for (length, next) in search.open.iter_mut().enumerate() {
                self.held.give(preview.narrow(next, max.saturating_sub(length)));
            }
        }
        search.preview = Some(preview);
        Ok(())
    }

    /// Goes on to the next path of the current row.
    fn advance(&mut self, st: &Statement, batch: &Batch, row: usize, search: &mut Search) -> Result<Next> {
        let group = &self.expand.group;
        let (min, max, trail) = (group.min as usize, group.max.map_or(usize::MAX, |max| max as usize), group.trail);
        loop {
            st.cancel.check()?;
            search.steps = search.steps.saturating_add(1);
            if search.steps == PREVIEW_AFTER {
                self.look_ahead(st, batch, row, search)?;
            }
            if let Some(early) = search.preview.as_mut().and_then(Preview::next) {
                return Ok(Next::Early(early));
            }
            if std::mem::take(&mut search.fresh) {
                let (here, length) = (search.end(), search.path.len());
                let mut next = if length < max { self.repetitions(st, batch, row, here)? } else { Vec::new() };
                let mut given = false;
                if let Some(preview) = &search.preview {
                    self.held.give(preview.narrow(&mut next, max.saturating_sub(length)));
                    given = preview.has_given(&search.path, here);
                }
                search.open.push(next);
                if length >= min && !given {
                    return Ok(Next::Here);
                }
            }
            match search.open.last_mut().map(Vec::pop) {
                None => return Ok(Next::End),
                Some(None) => {
                    search.open.pop();
                    self.held.give(search.path.pop().map_or(0, |repetition| repetition.bytes()));
                }
                Some(Some(repetition)) => {
                    if !trail || search.has_no_edge_of(&repetition) {
                        search.path.push(repetition);
                        search.fresh = true;
                    } else {
                        self.held.give(repetition.bytes());
                    }
                }
            }
        }
    }
}

impl Repetition {
    pub(super) fn bytes(&self) -> usize {
        size_of::<Repetition>()
            + self.edges.len() * size_of::<EdgeRef>()
            + self.values.iter().map(value_bytes).sum::<usize>()
    }
}

impl Search {
    fn end(&self) -> NodeId {
        self.path.last().map_or(self.start, |repetition| repetition.end)
    }

    fn has_no_edge_of(&self, next: &Repetition) -> bool {
        let used =
            |edge: &EdgeRef| self.path.iter().any(|before| before.edges.iter().any(|other| other.edge == edge.edge));
        !next.edges.iter().any(used)
    }
}

impl Operator for ExpandGroups {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.expand.give != PathRows::Paths {
            return self.next_ends(st);
        }
        loop {
            st.cancel.check()?;
            let Some((batch, mut next)) = self.input.take(st)? else { return Ok(None) };
            let variables = self.expand.group.variables.clone();
            let (mut rows, mut nodes, mut edges) = (Vec::new(), Vec::new(), Vec::new());
            let mut lists: Vec<Vec<Value>> = vec![Vec::new(); variables.len()];
            let mut listed = 0;
            while rows.len() < BATCH_ROWS && listed < MOST_EDGES {
                let mut search = match self.search.take() {
                    Some(search) => search,
                    None if next >= batch.len() => break,
                    None => {
                        next += 1;
                        self.held.release();
                        match batch.node(self.expand.from, next - 1) {
                            Some(start) => Search {
                                start,
                                path: Vec::new(),
                                open: Vec::new(),
                                steps: 0,
                                preview: None,
                                fresh: true,
                            },
                            None => continue,
                        }
                    }
                };
                let row = next - 1;
                let early = match self.advance(st, &batch, row, &mut search)? {
                    Next::End => continue,
                    Next::Here => None,
                    Next::Early(path) => Some(path),
                };
                let path = early.as_ref().unwrap_or(&search.path);
                let end = path.last().map_or(search.start, |repetition| repetition.end);
                if !self.expand.into || batch.node(self.expand.to, row) == Some(end) {
                    rows.push(row as u32);
                    nodes.push(end);
                    listed += path.iter().map(|repetition| repetition.edges.len() + variables.len()).sum::<usize>();
                    let all = path.iter().flat_map(|repetition| &repetition.edges);
                    edges.push(Value::List(all.map(|&edge| Value::Edge(Edge::new(edge))).collect()));
                    for (position, list) in lists.iter_mut().enumerate() {
                        let values = path.iter().map(|repetition| repetition.values[position].clone());
                        list.push(Value::List(values.collect()));
                    }
                }
                self.search = Some(search);
            }
            let out = (!rows.is_empty()).then(|| {
                let mut out = batch.gather(&rows);
                out.set(self.expand.edges, Column::Values(edges));
                if !self.expand.into {
                    out.set(self.expand.to, Column::Nodes(nodes));
                }
                for (&(_, slot), list) in variables.iter().zip(lists) {
                    out.set(slot, Column::Values(list));
                }
                out
            });
            if next < batch.len() || self.search.is_some() {
                self.input.put_back(batch, next);
            }
            if out.is_some() {
                return Ok(out);
            }
        }
    }

    fn rewind(&mut self, argument: &Batch, st: &Statement) {
        self.input.rewind(argument, st);
        self.search = None;
        self.ends = Vec::new().into_iter();
        self.held.release();
    }
}
