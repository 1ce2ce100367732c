//! Property graphs for algorithms that learn: node types, edge labels, directions, weights and property columns of a
//! snapshot, read in one pass over the nodes, one over the edges and one over each vector set.

use std::{collections::HashMap, sync::Arc};

use wend_algorithms::{Property, PropertyGraph, PropertySelection, Unnamed};
use wend_storage::{EdgeId, LabelId, NodeId, PropertyKey, Value as Stored, VectorCursor};

use super::{
    Filter, Index,
    column::{Column, numbers_in},
};
use crate::{
    error::{Error, ErrorKind, Result},
    runtime::statement::Statement,
    tables::Tables,
    value::Value,
    view::{Keys, PropertyView, Selection},
    written::{self, Owner},
};

impl Keys {
    fn resolve(st: &Statement, selection: &PropertySelection, owner: Owner) -> Result<Keys> {
        let mut required = Vec::new();
        for name in &selection.required {
            required.push(match st.tx.property_key(name)? {
                Some(key) => key,
                None => return Err(absent(st, name, owner)?),
            });
        }
        let mut named = required.clone();
        for name in &selection.optional {
            named.extend(st.tx.property_key(name)?);
        }
        named.sort_unstable();
        named.dedup();
        let written = written::properties(&st.tx, st.graph, owner)?;
        let unnamed = |key: &&PropertyKey| named.binary_search(key).is_err();
        Ok(match selection.unnamed {
            Unnamed::Nothing => Keys { named: Some(named), left_out: Vec::new(), required, written },
            Unnamed::All => Keys { named: None, left_out: Vec::new(), required, written },
            Unnamed::Unwritten => {
                let left_out = written.iter().filter(unnamed).copied().collect();
                Keys { named: None, left_out, required, written }
            }
        })
    }

    /// As the readers take it; of all properties they give those left out, too.
    fn wanted(&self) -> Option<&[PropertyKey]> {
        self.named.as_deref()
    }

    fn has(&self, key: PropertyKey) -> bool {
        match &self.named {
            Some(named) => named.binary_search(&key).is_ok(),
            None => self.left_out.binary_search(&key).is_err(),
        }
    }

    /// Whether the property is asked for by name.
    fn names(&self, key: PropertyKey) -> bool {
        self.required.contains(&key) || self.named.as_ref().is_some_and(|named| named.binary_search(&key).is_ok())
    }

    /// Whether nothing is read.
    fn is_none(&self) -> bool {
        self.wanted().is_some_and(<[_]>::is_empty)
    }

    /// The names of those that an algorithm wrote.
    fn written_names(&self, st: &Statement) -> Result<Vec<Arc<str>>> {
        self.written.iter().map(|&key| Ok(st.tx.property_key_name(key)?)).collect()
    }
}

/// The error of a property that nothing selected has.
fn absent(st: &Statement, name: &str, owner: Owner) -> Result<Error> {
    let owner = match owner {
        Owner::Node => "node",
        Owner::Edge => "edge",
    };
    if name == "_id" {
        return Ok(Error::reference(format!("`_id` names a {owner}; it is no property to compute with")));
    }
    let keys = st.tx.property_keys()?;
    let near = wend_grammar::suggest(name, keys.iter().map(|(_, name)| &**name).filter(|known| *known != name));
    Ok(Error::reference(format!("no {owner} that is seen has the property `{name}`"))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?"))))
}

/// Columns by property key.
struct Columns {
    rows: usize,
    columns: Vec<Option<Box<Column>>>,
}

impl Columns {
    fn new(rows: usize) -> Self {
        Columns { rows, columns: Vec::new() }
    }

    fn of(&mut self, key: PropertyKey) -> &mut Column {
        let index = key.0 as usize;
        if self.columns.len() <= index {
            self.columns.resize_with(index + 1, || None);
        }
        self.columns[index].get_or_insert_with(|| Box::new(Column::new(self.rows)))
    }

    fn bytes(&self) -> usize {
        self.columns.iter().flatten().map(|column| column.bytes()).sum()
    }

    /// The columns in order of name. Each that is required has a value somewhere.
    fn finish(mut self, st: &Statement, keys: &Keys, owner: Owner) -> Result<Vec<Property>> {
        let rows = self.rows;
        check_room(st, self.bytes() as u64)?;
        // Without any node or edge there is nothing a name could be wrong about.
        for &key in keys.required.iter().filter(|_| rows > 0) {
            if self.of(key).is_empty() {
                return Err(absent(st, &st.tx.property_key_name(key)?, owner)?);
            }
        }
        let mut properties = Vec::new();
        for (key, column) in self.columns.into_iter().enumerate() {
            if let Some(column) = column {
                let name = st.tx.property_key_name(PropertyKey(key as u32))?;
                properties.push(Property { name, values: column.finish(rows) });
            }
        }
        properties.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(properties)
    }
}

/// The numbers of names in order of first use.
struct Names<K> {
    numbers: HashMap<K, u32>,
    names: Vec<Arc<str>>,
}

impl<K: std::hash::Hash + Eq> Names<K> {
    fn new() -> Self {
        Names { numbers: HashMap::new(), names: Vec::new() }
    }

    fn number(&mut self, key: K, name: impl FnOnce(&K) -> Result<Arc<str>>) -> Result<u32> {
        if let Some(&number) = self.numbers.get(&key) {
            return Ok(number);
        }
        let number = self.names.len() as u32;
        self.names.push(name(&key)?);
        self.numbers.insert(key, number);
        Ok(number)
    }
}

/// A vector set that is followed from node to node.
struct Follower {
    key: PropertyKey,
    cursor: VectorCursor,
    at: Option<NodeId>,
    vector: Vec<f32>,
}

impl Follower {
    /// The vector of a node, which comes after those asked for before.
    fn vector(&mut self, node: NodeId) -> Result<Option<&[f32]>> {
        while self.at.is_some_and(|at| at < node) {
            self.at = self.cursor.next_into(&mut self.vector)?;
        }
        Ok((self.at == Some(node)).then_some(&*self.vector))
    }
}

impl Filter {
    /// Looks up the names of properties.
    pub(crate) fn select(
        &self,
        st: &Statement,
        nodes: &PropertySelection,
        edges: &PropertySelection,
    ) -> Result<Selection> {
        let nodes = Keys::resolve(st, nodes, Owner::Node)?;
        let mut sets = Vec::new();
        for key in st.tx.vector_properties(st.graph)? {
            if nodes.has(key)
                && let Some(set) = st.tx.vector_set(st.graph, key)?
            {
                sets.push((key, set));
            }
        }
        let tables = Tables::of_graph(&st.tx, st.graph)?.into();
        Ok(Selection { nodes, edges: Keys::resolve(st, edges, Owner::Edge)?, sets, tables })
    }

    /// Reads the property graph.
    pub(super) fn build_properties(&self, st: &Statement, selection: &Selection) -> Result<PropertyView> {
        let mut graph = PropertyGraph::default();
        let nodes = self.nodes(st)?;
        if nodes.len() >= u32::MAX as usize {
            let error = wend_algorithms::Error::TooManyNodes { nodes: nodes.len(), max: u32::MAX as usize - 1 };
            return Err(crate::procedure::error::algorithm_error(error));
        }
        graph.written_of_nodes = selection.nodes.written_names(st)?;
        graph.written_of_edges = selection.edges.written_names(st)?;
        graph.node_properties = node_columns(st, selection, &nodes, &mut graph)?;
        let edges = self.read_edges(st, selection, &nodes, &mut graph)?;
        Ok(PropertyView { nodes, edges, graph })
    }

    fn read_edges(
        &self,
        st: &Statement,
        selection: &Selection,
        nodes: &[NodeId],
        graph: &mut PropertyGraph,
    ) -> Result<Vec<EdgeId>> {
        let index = Index::new(nodes);
        let mut found: Vec<(EdgeId, LabelId, u32, u32)> = Vec::new();
        let mut scan = |label: Option<LabelId>| -> Result<()> {
            for (position, edge) in st.tx.edges(st.graph, label)?.enumerate() {
                if position % 4096 == 0 {
                    st.cancel.check()?;
                }
                let (edge, label, from, to) = edge?;
                if let (Some(from), Some(to)) = (index.get(from), index.get(to)) {
                    found.push((edge, label, from, to));
                }
            }
            Ok(())
        };
        match &self.edge_labels {
            None => scan(None)?,
            Some(labels) => {
                labels.iter().try_for_each(|&label| scan(Some(label)))?;
                found.sort_unstable_by_key(|(edge, ..)| *edge);
            }
        }
        // The weight comes apart; among the properties it is only where it is asked for by name.
        let mut keys = selection.edges.clone();
        if let Some(weight) = self.weight {
            match &mut keys.named {
                Some(named) if !selection.edges.has(weight) => {
                    named.push(weight);
                    named.sort_unstable();
                }
                Some(_) => {}
                None => keys.left_out.retain(|&key| key != weight),
            }
        }
        let reads = !keys.is_none() || self.weight.is_some();
        let (mut labels, mut columns) = (Names::new(), Columns::new(found.len()));
        let mut weights = self.weight.map(|_| Vec::with_capacity(found.len()));
        let mut reader = st.tx.edge_reader(st.graph);
        let (mut edges, before) = (Vec::with_capacity(found.len()), graph.memory_bytes());
        for (row, (edge, label, from, to)) in found.into_iter().enumerate() {
            if row % 1024 == 0 {
                st.cancel.check()?;
                check_room(st, before + row as u64 * 28 + columns.bytes() as u64)?;
            }
            edges.push(edge);
            graph.edge_label.push(labels.number(label, |&label| Ok(st.tx.label_name(label)?))?);
            graph.from.push(from);
            graph.to.push(to);
            if !reads {
                continue;
            }
            let mut weight = Value::Null;
            reader.go(edge)?;
            reader.parts(keys.wanted(), &mut |key, value| {
                if Some(key) == self.weight {
                    weight = Value::from_stored(value.clone());
                    if !selection.edges.names(key) {
                        return;
                    }
                }
                if keys.has(key) {
                    columns.of(key).push(row, value);
                }
            })?;
            if let (Some(weights), Some(key)) = (&mut weights, self.weight) {
                let ends = (nodes[from as usize], label, nodes[to as usize]);
                weights.push(super::weight_of(st, &weight, key, ends)?);
            }
        }
        graph.edge_labels = labels.names;
        graph.weights = weights;
        graph.edge_properties = columns.finish(st, &selection.edges, Owner::Edge)?;
        Ok(edges)
    }

    /// How many numbers the properties of a node and of an edge have on average, by a sample.
    pub(super) fn sample(&self, st: &Statement, selection: &Selection) -> Result<(u64, u64)> {
        let mut reader = st.tx.node_reader(st.graph);
        let nodes = sampled(
            groups(
                &self.node_labels,
                || Ok(st.tx.node_labels(st.graph)?),
                |label| Ok(st.tx.node_label_count(st.graph, label)?),
            )?,
            |label, most| {
                let mut numbers = Vec::new();
                for node in st.tx.nodes(st.graph, label)?.take(most) {
                    let node = node?;
                    let mut sum = 0;
                    reader.go(node)?;
                    reader.parts(selection.nodes.wanted(), &mut |key, value| {
                        if selection.nodes.has(key) && !selection.sets.iter().any(|(set, _)| *set == key) {
                            sum += numbers_in(&value);
                        }
                    })?;
                    for &(key, _) in &selection.sets {
                        sum += reader.property(key)?.map_or(0, |value| numbers_in(&value));
                    }
                    numbers.push(sum);
                }
                Ok(numbers)
            },
        )?;
        let mut reader = st.tx.edge_reader(st.graph);
        let edges = match selection.edges.is_none() {
            true => 0,
            false => sampled(
                groups(
                    &self.edge_labels,
                    || Ok(st.tx.edge_labels(st.graph)?),
                    |label| Ok(st.tx.edge_label_count(st.graph, label)?),
                )?,
                |label, most| {
                    let mut numbers = Vec::new();
                    for edge in st.tx.edges(st.graph, label)?.take(most) {
                        let mut sum = 0;
                        reader.go(edge?.0)?;
                        reader.parts(selection.edges.wanted(), &mut |key, value| {
                            if selection.edges.has(key) {
                                sum += numbers_in(&value);
                            }
                        })?;
                        numbers.push(sum);
                    }
                    Ok(numbers)
                },
            )?,
        };
        Ok((nodes, edges))
    }
}

/// Node types and property columns.
fn node_columns(
    st: &Statement,
    selection: &Selection,
    nodes: &[NodeId],
    graph: &mut PropertyGraph,
) -> Result<Vec<Property>> {
    let mut followers = Vec::new();
    for &(key, _) in &selection.sets {
        let mut cursor = st.tx.vectors(st.graph, key)?;
        let mut vector = Vec::new();
        let at = cursor.next_into(&mut vector)?;
        followers.push(Follower { key, cursor, at, vector });
    }
    let (mut types, mut columns) = (Names::new(), Columns::new(nodes.len()));
    let mut reader = st.tx.node_reader(st.graph);
    let mut recorded: Vec<(PropertyKey, Stored)> = Vec::new();
    for (row, &node) in nodes.iter().enumerate() {
        if row % 1024 == 0 {
            st.cancel.check()?;
            check_room(st, row as u64 * 12 + columns.bytes() as u64)?;
        }
        reader.go(node)?;
        let labels = reader.parts(selection.nodes.wanted(), &mut |key, value| {
            if selection.nodes.has(key) {
                recorded.push((key, value));
            }
        })?;
        let labels = labels.unwrap_or_default();
        graph.node_type.push(types.number(labels, |labels| {
            let mut names = labels.iter().map(|&label| Ok(st.tx.label_name(label)?)).collect::<Result<Vec<_>>>()?;
            names.sort_unstable();
            Ok(names.join("&").into())
        })?);
        for follower in &mut followers {
            let key = follower.key;
            if let Some(vector) = follower.vector(node)? {
                columns.of(key).push_vector(row, vector);
                recorded.retain(|(other, _)| *other != key);
            }
        }
        for (key, value) in recorded.drain(..) {
            columns.of(key).push(row, value);
        }
    }
    let mut keys: Vec<_> = types.numbers.into_iter().map(|(labels, number)| (number, labels)).collect();
    keys.sort_unstable_by_key(|(number, _)| *number);
    graph.node_types = types.names;
    for (number, labels) in keys {
        let mut keys = Vec::new();
        for label in labels {
            let name = st.tx.label_name(label)?;
            keys.extend(selection.tables.keys(&name).map(Arc::<str>::from));
        }
        if let Some(name) = graph.node_types.get(number as usize).filter(|_| !keys.is_empty()) {
            graph.keys_of_types.push((name.clone(), keys));
        }
    }
    columns.finish(st, &selection.nodes, Owner::Node)
}

/// Fails when what was read so far is beyond the memory limit.
fn check_room(st: &Statement, bytes: u64) -> Result<()> {
    let limit = st.memory.limit();
    if limit != 0 && bytes > limit {
        return Err(Error::new(
            ErrorKind::Memory,
            "22000",
            format!("the properties of the graph view need more than the memory limit of {} MiB", limit >> 20),
        )
        .with_hint("name the features that are needed, narrow the graph with nodeLabels, or raise memory_limit"));
    }
    Ok(())
}

/// Labels to sample from with how many have them; `None` = from all at once.
type Groups = Vec<(Option<LabelId>, u64)>;

fn groups(
    wanted: &Option<Vec<LabelId>>,
    all: impl FnOnce() -> Result<Vec<(LabelId, u64)>>,
    count: impl Fn(LabelId) -> Result<u64>,
) -> Result<Groups> {
    let mut groups: Groups = match wanted {
        Some(labels) => labels.iter().map(|&label| Ok((Some(label), count(label)?))).collect::<Result<_>>()?,
        None => all()?.into_iter().map(|(label, count)| (Some(label), count)).collect(),
    };
    if groups.is_empty() {
        groups.push((None, 1));
    }
    groups.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    groups.truncate(SAMPLE);
    Ok(groups)
}

/// How many nodes or edges are looked at before they are read.
const SAMPLE: usize = 256;

/// The mean over a sample of each group, weighed by the groups' sizes, rounded up.
fn sampled(groups: Groups, mut read: impl FnMut(Option<LabelId>, usize) -> Result<Vec<u64>>) -> Result<u64> {
    let most = (SAMPLE / groups.len().max(1)).max(1);
    let (mut sum, mut weight) = (0.0, 0.0);
    for (label, count) in groups {
        let numbers = read(label, most)?;
        if !numbers.is_empty() {
            sum += count as f64 * numbers.iter().sum::<u64>() as f64 / numbers.len() as f64;
            weight += count as f64;
        }
    }
    Ok(if weight > 0.0 { (sum / weight).ceil() as u64 } else { 0 })
}
