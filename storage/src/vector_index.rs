//! Indexes on vectors: what they ask of a property, and the upkeep of the inverted lists of those on many vectors.
//!
//! A vector index makes its property one of a type: at each element with the label it is a VECTOR of the index's dimensions or not
//! there. A LIST of as many numbers becomes one; anything else is refused. An index that was made without dimensions has those of the
//! first vector.
//!
//! A large index has inverted lists (`vector_lists.rs`). Their codes change in the commit that changes the vector, so that each
//! snapshot has the lists of its vectors.
//!
//! The lists go whenever they would not follow a change (a bulk load, a vector set that is replaced) until they are built anew;
//! an index without lists is searched vector by vector.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::codec::read_floats;
use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::index_catalog::{Index, IndexDefinition, catalog_key};
use crate::keys;
use crate::kv::{Family, Hint, Run};
use crate::overlay::{Created, Overlay};
use crate::staging::Staging;
use crate::transaction::{Transaction, TxInner};
use crate::value::{EdgeId, GraphId, IndexId, LabelId, NodeId, Properties, PropertyKey, Value, value_of};
use crate::vector_lists::{
    MAX_DIMENSIONS, RANKS, VectorList, VectorLists, changed_key, code_bytes, code_key, encode, key, place_key, tag,
};

/// Codes in one sorted run.
const CHUNK: usize = 1 << 16;
/// Vectors that a thread reads and encodes at a time.
const PIECE: usize = 4096;

/// The numbers of a value that can be a vector.
fn numbers(value: &Value) -> Option<Vec<f32>> {
    let number = |item: &Option<Value>| match item {
        Some(Value::Float(number)) => Some(*number as f32).filter(|number| number.is_finite()),
        Some(Value::Int(number)) => Some(*number as f32),
        _ => None,
    };
    match value {
        Value::Vector(numbers) => Some(numbers.clone()),
        Value::List(items) => items.iter().map(number).collect(),
        _ => None,
    }
}

impl IndexDefinition {
    /// The property of a vector index.
    fn vector_property(&self) -> PropertyKey {
        self.properties.first().copied().unwrap_or_default()
    }

    /// Whether a vector index is over an element.
    fn is_over(&self, on_edge: bool, labels: &[LabelId]) -> bool {
        self.vector.is_some() && self.on_edge == on_edge && labels.contains(&self.label)
    }

    fn wrong(&self, has: String) -> Error {
        let dimensions = self.vector.map_or(0, |space| space.dimensions);
        let wanted = match dimensions {
            0 => "a VECTOR".to_owned(),
            dimensions => format!("a VECTOR of {dimensions} numbers"),
        };
        Error::NotOfIndex { index: self.name.clone(), wanted, has }
    }

    fn check_length(&self, length: usize, who: &str) -> Result<()> {
        match self.vector {
            Some(space) if space.dimensions != 0 && space.dimensions as usize != length => {
                Err(self.wrong(format!("{who} {length} numbers")))
            }
            _ => Ok(()),
        }
    }
}

/// Makes the properties of an element those that the vector indexes over it ask for: lists of numbers become vectors. Gives the
/// positions of indexes without dimensions with those that they have by this.
///
/// # Errors
/// [`Error::NotOfIndex`].
pub(crate) fn conform(
    indexes: &[Index],
    on_edge: bool,
    labels: &[LabelId],
    properties: &mut Properties,
) -> Result<Vec<(usize, u32)>> {
    let mut learned = Vec::new();
    for (position, index) in indexes.iter().enumerate() {
        let definition = &index.definition;
        if !definition.is_over(on_edge, labels) {
            continue;
        }
        let property = definition.vector_property();
        let Ok(at) = properties.binary_search_by_key(&property, |(key, _)| *key) else { continue };
        let value = &mut properties[at].1;
        let Some(vector) = numbers(value) else {
            return Err(definition.wrong("the value is neither a VECTOR nor a list of numbers".to_owned()));
        };
        let length = u32::try_from(vector.len()).ok().filter(|length| (1..=MAX_DIMENSIONS).contains(length));
        let Some(length) = length else {
            return Err(definition.wrong(format!("the value has {} numbers", vector.len())));
        };
        definition.check_length(vector.len(), "the value has")?;
        if definition.vector.is_some_and(|space| space.dimensions == 0) {
            learned.push((position, length));
        }
        *value = Value::Vector(vector);
    }
    Ok(learned)
}

/// What a change makes of an element's properties.
#[derive(Clone, Copy)]
pub(crate) enum New<'a> {
    /// They stay.
    Same,
    /// One is set or removed.
    One(PropertyKey, Option<&'a Value>),
    /// All are these.
    All(&'a dyn Fn(PropertyKey) -> Option<&'a Value>),
}

impl Index {
    /// Whether an element with these labels and properties has a vector in it.
    pub(crate) fn has_vector(&self, on_edge: bool, labels: &[LabelId], properties: &Properties) -> bool {
        self.definition.is_over(on_edge, labels) && value_of(properties, self.definition.vector_property()).is_some()
    }

    /// The same index with dimensions.
    pub(crate) fn with_dimensions(&self, dimensions: u32) -> Index {
        let mut index = self.clone();
        if let Some(space) = &mut index.definition.vector {
            space.dimensions = dimensions;
        }
        index
    }
}

fn decode_lists(index: &Index, mut scan: crate::scan::Scan, parameters: Option<Vec<u8>>) -> Result<VectorLists> {
    let dimensions = index.definition.vector.map_or(0, |space| space.dimensions as usize);
    let parameters = parameters.ok_or_else(|| Error::corrupt("a vector index has no parameters"))?;
    let mut probes = [0; RANKS.len()];
    for (at, probes) in probes.iter_mut().enumerate() {
        *probes = keys::read_u32(&parameters, 8 + 4 * at)?;
    }
    let mut centroids = Vec::with_capacity(index.lists as usize * dimensions);
    while let Some((_, value)) = scan.next()? {
        read_floats(value, &mut centroids)?;
    }
    if dimensions == 0 || centroids.len() != index.lists as usize * dimensions {
        return Err(Error::corrupt("a vector index has not as many centroids as lists"));
    }
    Ok(VectorLists { dimensions, centroids, probes, vectors: keys::read_u64(&parameters, 0)? })
}

impl TxInner {
    fn vector_lists_in(&self, overlay: &Overlay, index: &Index) -> Result<Arc<VectorLists>> {
        self.store.lists(index.id, || {
            let parameters = self.get_in(overlay, Family::Indexes, &key(index.id, tag::PARAMETERS, &[]), |bytes| {
                Ok(bytes.map(<[u8]>::to_vec))
            })?;
            let centroids = key(index.id, tag::CENTROID, &[]);
            decode_lists(index, self.scan_prefix_in(overlay, Family::Indexes, &centroids)?, parameters)
        })
    }

    /// As [`conform`]; dimensions that are known now become part of the index.
    pub(crate) fn conform_to_indexes(
        &self,
        overlay: &mut Overlay,
        graph: GraphId,
        on_edge: bool,
        labels: &[LabelId],
        properties: &mut Properties,
    ) -> Result<()> {
        let indexes = self.indexes_in(overlay, graph)?;
        let learned = conform(&indexes, on_edge, labels, properties)?;
        self.learn(overlay, graph, &indexes, &learned);
        Ok(())
    }

    fn learn(&self, overlay: &mut Overlay, graph: GraphId, indexes: &[Index], learned: &[(usize, u32)]) {
        for (position, dimensions) in learned {
            let index = indexes[*position].with_dimensions(*dimensions);
            overlay.put(crate::kv::Family::Meta, &catalog_key(graph, &index.definition.name), &index.encode());
            self.index_cache.lock().remove(&graph);
        }
    }

    /// The vector that an element has now.
    fn vector_of(
        &self,
        overlay: &Overlay,
        graph: GraphId,
        on_edge: bool,
        element: u64,
        property: PropertyKey,
    ) -> Result<Option<Value>> {
        if on_edge {
            return self.get_in(overlay, Family::Edges, &keys::edge(graph, EdgeId(element)), |bytes| match bytes {
                Some(bytes) => crate::record::edge_property(bytes, property),
                None => Ok(None),
            });
        }
        if let Some(set) = self.sets_in(overlay, graph)?.get(property) {
            let found = self.get_in(overlay, Family::Vectors, &keys::vector(set, NodeId(element)), |bytes| {
                let mut numbers = Vec::new();
                bytes.map(|bytes| read_floats(bytes, &mut numbers)).transpose()?;
                Ok(bytes.is_some().then_some(numbers))
            })?;
            if let Some(numbers) = found {
                return Ok(Some(Value::Vector(numbers)));
            }
        }
        self.get_in(overlay, Family::Nodes, &keys::node(graph, NodeId(element)), |bytes| match bytes {
            Some(bytes) => crate::record::node_property(bytes, property),
            None => Ok(None),
        })
    }

    /// Moves the codes of an element whose labels or properties change. To be called before they do; properties are as
    /// [`TxInner::conform_to_indexes`] leaves them.
    pub(crate) fn move_codes(
        &self,
        overlay: &mut Overlay,
        graph: GraphId,
        on_edge: bool,
        element: u64,
        (before, after): (&[LabelId], &[LabelId]),
        new: New<'_>,
    ) -> Result<()> {
        let indexes = self.indexes_in(overlay, graph)?;
        for (position, index) in indexes.iter().enumerate() {
            let definition = &index.definition;
            let (was, is) = (definition.is_over(on_edge, before), definition.is_over(on_edge, after));
            let property = definition.vector_property();
            let same = match new {
                New::Same => true,
                New::One(key, _) => key != property,
                New::All(_) => false,
            };
            if !was && !is || was && is && same {
                continue;
            }
            let value = match new {
                _ if !is => None,
                New::One(key, value) if key == property => value.cloned(),
                New::All(value) => value(property).cloned(),
                _ => self.vector_of(overlay, graph, on_edge, element, property)?,
            };
            let vector = match &value {
                None => None,
                Some(value) => Some(numbers(value).ok_or_else(|| {
                    definition.wrong("the value is neither a VECTOR nor a list of numbers".to_owned())
                })?),
            };
            if let Some(vector) = &vector {
                definition.check_length(vector.len(), "the value has")?;
                if definition.vector.is_some_and(|space| space.dimensions == 0) {
                    let length = u32::try_from(vector.len()).unwrap_or(u32::MAX);
                    self.learn(overlay, graph, &indexes, &[(position, length)]);
                }
            }
            if index.lists == 0 {
                continue;
            }
            let place = place_key(index.id, element);
            let old = self.get_in(overlay, Family::Indexes, &place, |bytes| {
                bytes.map(|bytes| keys::read_u32(bytes, 0)).transpose()
            })?;
            if let Some(list) = old {
                overlay.delete(Family::Indexes, &code_key(index.id, list, element));
                overlay.delete(Family::Indexes, &place);
                overlay.changed_lists.insert((index.id, list));
            }
            let metric = definition.vector.map(|space| space.metric);
            let prepared = vector.as_deref().zip(metric).and_then(|(vector, metric)| metric.prepare(vector));
            if let Some(prepared) = prepared {
                let list = self.vector_lists_in(overlay, index)?.nearest(&prepared);
                let mut code = Vec::with_capacity(code_bytes(prepared.len()));
                encode(&mut code, &prepared);
                overlay.put(Family::Indexes, &code_key(index.id, list, element), &code);
                overlay.put(Family::Indexes, &place, &list.to_be_bytes());
                overlay.changed_lists.insert((index.id, list));
            }
        }
        Ok(())
    }

    /// Takes the lists from the indexes on a property whose vectors are replaced: they have vectors of `widths` now, if of one length.
    pub(crate) fn replace_vectors_of_indexes(
        &self,
        overlay: &mut Overlay,
        graph: GraphId,
        property: PropertyKey,
        widths: Option<(usize, usize)>,
    ) -> Result<()> {
        let indexes = self.indexes_in(overlay, graph)?;
        for index in indexes.iter().filter(|index| {
            let definition = &index.definition;
            definition.vector.is_some() && !definition.on_edge && definition.vector_property() == property
        }) {
            let mut changed = index.clone();
            if let Some((least, most)) = widths {
                for width in [least, most] {
                    changed.definition.check_length(width, "the vectors to be written have")?;
                    if let Some(space) = &mut changed.definition.vector
                        && space.dimensions == 0
                    {
                        space.dimensions = u32::try_from(width).unwrap_or(u32::MAX);
                    }
                }
            }
            if changed.lists > 0 {
                changed = self.without_lists(overlay, changed);
            }
            if changed != *index {
                overlay.put(Family::Meta, &catalog_key(graph, &index.definition.name), &changed.encode());
            }
        }
        self.index_cache.lock().remove(&graph);
        Ok(())
    }

    /// The index under a new number and without lists; the old ones go with the commit.
    fn without_lists(&self, overlay: &mut Overlay, mut index: Index) -> Index {
        overlay.dropped_indexes.push(index.id);
        index.id = IndexId(self.store.numbers.index.fetch_add(1, Ordering::SeqCst));
        index.lists = 0;
        index
    }
}

/// What building lists reads of a piece of the elements.
#[derive(Default)]
struct Piece {
    elements: Vec<u64>,
    lists: Vec<u32>,
    codes: Vec<u8>,
}

/// Indexes on vectors.
impl Transaction {
    /// Adds a vector index: checks the vectors that are there. It has no lists yet.
    ///
    /// # Errors
    /// [`Error::IndexExists`], [`Error::NotOfIndex`] with the first element that has something else.
    pub fn create_vector_index(&self, graph: GraphId, mut definition: IndexDefinition) -> Result<IndexId> {
        let tx = &*self.inner;
        let name = catalog_key(graph, &definition.name);
        if tx.has_in(&*tx.change()?, Family::Meta, &name)? {
            return Err(Error::IndexExists { name: definition.name });
        }
        let (lists, dimensions) = self.look_through(graph, &definition)?;
        if let Some(space) = &mut definition.vector {
            space.dimensions = dimensions;
        }
        let (property, on_edge) = (definition.vector_property(), definition.on_edge);
        let index = Index { id: IndexId(tx.store.numbers.index.fetch_add(1, Ordering::SeqCst)), definition, lists: 0 };
        let mut overlay = tx.change()?;
        overlay.put(Family::Meta, &name, &index.encode());
        self.note_created(&mut overlay, graph, index.id)?;
        drop(overlay);
        tx.forget_catalog();
        // Lists of numbers become vectors by being set again.
        for element in lists {
            if on_edge {
                let value = self.edge_property(graph, EdgeId(element), property)?;
                self.set_edge_property(graph, EdgeId(element), property, value)?;
            } else {
                let value = self.node_property(graph, NodeId(element), property)?;
                self.set_node_property(graph, NodeId(element), property, value)?;
            }
        }
        Ok(index.id)
    }

    /// Who changes the graph meanwhile knows nothing of the index.
    fn note_created(&self, overlay: &mut Overlay, graph: GraphId, index: IndexId) -> Result<()> {
        let tx = &*self.inner;
        let version = tx.snapshot().get(Family::Meta, &keys::version(graph), keys::read_count)?;
        overlay.created.push(Created { graph, index, version });
        let whole = tx.store.hasher.logical(LogicalKey::Graph(graph));
        overlay.write_set.insert(whole);
        overlay.read_set.insert(whole);
        Ok(())
    }

    /// The elements that have lists of numbers, and the dimensions of all.
    fn look_through(&self, graph: GraphId, definition: &IndexDefinition) -> Result<(Vec<u64>, u32)> {
        let property = definition.vector_property();
        let mut found = definition.clone();
        let mut lists = Vec::new();
        self.each_element(graph, definition, |element| {
            let value = self.vector_value(graph, definition.on_edge, element, property)?;
            let Some(value) = value else { return Ok(()) };
            let named = |what: &str| -> Result<String> {
                let id = match definition.on_edge {
                    true => format!("the edge #{element}"),
                    false => format!("the node '{}'", self.node_id(graph, NodeId(element))?.unwrap_or_default()),
                };
                Ok(format!("{id} {what}"))
            };
            let Some(vector) = numbers(&value) else {
                return Err(found.wrong(named("has neither a VECTOR nor a list of numbers")?));
            };
            let length = u32::try_from(vector.len()).unwrap_or(u32::MAX);
            if !(1..=MAX_DIMENSIONS).contains(&length) {
                return Err(found.wrong(named(&format!("has {} numbers", vector.len()))?));
            }
            if let Some(space) = &mut found.vector
                && space.dimensions == 0
            {
                space.dimensions = length;
            }
            if found.vector.is_some_and(|space| space.dimensions != length) {
                let others = self.other_lengths(graph, definition, &found)?;
                return Err(found.wrong(named(&format!("has {length} numbers{others}"))?));
            }
            if matches!(value, Value::List(_)) {
                lists.push(element);
            }
            Ok(())
        })?;
        Ok((lists, found.vector.map_or(0, |space| space.dimensions)))
    }

    /// How many elements have vectors of another length, in words.
    fn other_lengths(&self, graph: GraphId, definition: &IndexDefinition, found: &IndexDefinition) -> Result<String> {
        let dimensions = found.vector.map_or(0, |space| space.dimensions as usize);
        let (mut others, mut all) = (0u64, 0u64);
        self.each_element(graph, definition, |element| {
            let value = self.vector_value(graph, definition.on_edge, element, definition.vector_property())?;
            if let Some(vector) = value.as_ref().and_then(numbers) {
                all += 1;
                others += u64::from(vector.len() != dimensions);
            }
            Ok(())
        })?;
        Ok(format!("; of {all} vectors {others} have another length than {dimensions}"))
    }

    fn each_element(
        &self,
        graph: GraphId,
        definition: &IndexDefinition,
        mut see: impl FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        if definition.on_edge {
            for edge in self.edges(graph, Some(definition.label))? {
                see(edge?.0.0)?;
            }
        } else {
            for node in self.nodes(graph, Some(definition.label))? {
                see(node?.0)?;
            }
        }
        Ok(())
    }

    fn vector_value(
        &self,
        graph: GraphId,
        on_edge: bool,
        element: u64,
        property: PropertyKey,
    ) -> Result<Option<Value>> {
        match on_edge {
            true => self.edge_property(graph, EdgeId(element), property),
            false => self.node_property(graph, NodeId(element), property),
        }
    }

    /// Builds the lists of a vector index anew, for the vectors that this transaction sees. `assign` gives the list of each of some
    /// prepared vectors, one after the other: that of the nearest centroid.
    ///
    /// It conflicts with any other transaction that changes the graph at the same time.
    ///
    /// # Errors
    /// [`Error::UnknownIndex`], [`Error::Conflict`] at the commit.
    pub fn build_vector_lists(
        &self,
        graph: GraphId,
        name: &str,
        lists: &VectorLists,
        assign: &(dyn Fn(&[f32]) -> Vec<u32> + Sync),
    ) -> Result<()> {
        let tx = &*self.inner;
        let indexes = self.indexes(graph)?;
        let found = indexes.iter().find(|index| index.definition.name == name);
        let index = found.ok_or_else(|| Error::UnknownIndex { name: name.to_owned() })?;
        let definition = index.definition.clone();
        let Some(space) = definition.vector else { return Err(Error::UnknownIndex { name: name.to_owned() }) };
        let mut overlay = tx.change()?;
        let mut changed = tx.without_lists(&mut overlay, index.clone());
        drop(overlay);
        changed.lists = u32::try_from(lists.count()).map_err(|_| Error::corrupt("too many lists"))?;
        let mut elements = Vec::new();
        self.each_element(graph, &definition, |element| {
            elements.push(element);
            Ok(())
        })?;
        let property = definition.vector_property();
        let piece = |elements: &[u64]| -> Result<Piece> {
            let mut piece = Piece::default();
            let mut prepared = Vec::new();
            let mut reader = (!definition.on_edge).then(|| self.vector_reader(graph, property)).transpose()?;
            let mut vector = Vec::new();
            for element in elements {
                vector.clear();
                let in_set = match &mut reader {
                    Some(reader) => reader.read(NodeId(*element), &mut vector)?,
                    None => false,
                };
                if !in_set {
                    match self.vector_value(graph, definition.on_edge, *element, property)? {
                        Some(Value::Vector(numbers)) => vector = numbers,
                        _ => continue,
                    }
                }
                if let Some(own) = space.metric.prepare(&vector).filter(|own| own.len() == lists.dimensions) {
                    encode(&mut piece.codes, &own);
                    prepared.extend_from_slice(&own);
                    piece.elements.push(*element);
                }
            }
            piece.lists = assign(&prepared);
            Ok(piece)
        };
        let pieces: Vec<Piece> = elements.par_chunks(PIECE).map(piece).collect::<Result<_>>()?;
        let staging = Staging::new(&tx.store)?;
        let runs = write_lists(&staging, changed.id, lists, &pieces)?;
        for runs in &runs {
            tx.store.kv.ingest(Family::Indexes, runs)?;
        }
        let snapshot = tx.store.kv.snapshot();
        let mut overlay = tx.change()?;
        overlay.see(Family::Indexes, u64::from(changed.id.0), snapshot);
        overlay.put(Family::Meta, &catalog_key(graph, name), &changed.encode());
        self.note_created(&mut overlay, graph, changed.id)?;
        drop(overlay);
        tx.forget_catalog();
        Ok(())
    }

    /// The centroids of an index; `None` where it has no lists.
    ///
    /// # Errors
    /// Those of reading.
    pub fn vector_lists(&self, index: &Index) -> Result<Option<Arc<VectorLists>>> {
        if index.lists == 0 {
            return Ok(None);
        }
        let tx = &*self.inner;
        let lists = tx.store.lists(index.id, || {
            let parameters =
                tx.get(Family::Indexes, &key(index.id, tag::PARAMETERS, &[]), |bytes| Ok(bytes.map(<[u8]>::to_vec)))?;
            let centroids = key(index.id, tag::CENTROID, &[]);
            decode_lists(index, tx.scan_prefix(Family::Indexes, &centroids, Hint::Scan)?, parameters)
        })?;
        Ok(Some(lists))
    }

    /// The commit that last changed a list; `None` where this transaction has changed it itself. What was read under the same number
    /// is the same list.
    ///
    /// # Errors
    /// Those of reading.
    pub fn vector_list_version(&self, index: &Index, list: u32) -> Result<Option<u64>> {
        let tx = &*self.inner;
        let changed = changed_key(index.id, list);
        if let Some(overlay) = tx.own() {
            let lower = key(index.id, tag::CODE, &[&list.to_be_bytes()]);
            if overlay.range(Family::Indexes, &lower, keys::after(&lower).as_deref()).next().is_some() {
                return Ok(None);
            }
        }
        tx.get(Family::Indexes, &changed, keys::read_count).map(Some)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// Those of reading.
    pub fn vector_list(&self, index: &Index, list: u32) -> Result<VectorList> {
        let dimensions = index.definition.vector.map_or(0, |space| space.dimensions as usize);
        let prefix = key(index.id, tag::CODE, &[&list.to_be_bytes()]);
        let mut scan = self.inner.scan_prefix(Family::Indexes, &prefix, Hint::Seek)?;
        let mut read = VectorList::default();
        while let Some((key, code)) = scan.next()? {
            if code.len() != code_bytes(dimensions) {
                return Err(Error::corrupt("a code of a vector index has the wrong length"));
            }
            read.elements.push(keys::read_u64(key, 9)?);
            let float = |at: usize| f32::from_le_bytes([code[at], code[at + 1], code[at + 2], code[at + 3]]);
            read.scales.push(float(0));
            read.squares.push(float(4));
            read.codes.extend(code[8..].iter().map(|byte| *byte as i8));
        }
        Ok(read)
    }
}

/// The entries of an index in the order of its keys, as sorted runs.
fn write_lists(staging: &Staging, index: IndexId, lists: &VectorLists, pieces: &[Piece]) -> Result<Vec<Vec<Run>>> {
    let mut parameters = lists.vectors.to_be_bytes().to_vec();
    lists.probes.iter().for_each(|probes| parameters.extend_from_slice(&probes.to_be_bytes()));
    let mut head = vec![(key(index, tag::PARAMETERS, &[]), parameters)];
    for (list, centroid) in (0u32..).zip(lists.centroids.chunks_exact(lists.dimensions.max(1))) {
        let mut bytes = Vec::new();
        crate::codec::put_floats(&mut bytes, centroid);
        head.push((key(index, tag::CENTROID, &[&list.to_be_bytes()]), bytes));
    }
    let mut runs = vec![vec![staging.write(Family::Indexes, head.into_iter())?]];
    // List, element, and where its code is.
    let mut order: Vec<(u32, u64, u32, u32)> = Vec::new();
    for (number, piece) in (0..).zip(pieces) {
        let entries = piece.lists.iter().zip(&piece.elements);
        order.extend((0..).zip(entries).map(|(at, (list, element))| (*list, *element, number, at)));
    }
    let code = code_bytes(lists.dimensions);
    order.par_sort_unstable();
    let codes = |chunk: &[(u32, u64, u32, u32)]| {
        staging.write(
            Family::Indexes,
            chunk.iter().map(|(list, element, piece, at)| {
                let from = *at as usize * code;
                (code_key(index, *list, *element), &pieces[*piece as usize].codes[from..from + code])
            }),
        )
    };
    runs.push(order.par_chunks(CHUNK).map(codes).collect::<Result<_>>()?);
    order.par_sort_unstable_by_key(|(_, element, ..)| *element);
    let places = |chunk: &[(u32, u64, u32, u32)]| {
        let entries = chunk.iter().map(|(list, element, ..)| (place_key(index, *element), list.to_be_bytes()));
        staging.write(Family::Indexes, entries)
    };
    runs.push(order.par_chunks(CHUNK).map(places).collect::<Result<_>>()?);
    runs.retain(|runs| !runs.is_empty());
    Ok(runs)
}

/// What is wrong with the entries of a vector index, in words; nothing when all is well.
pub(crate) fn check(
    transaction: &Transaction,
    graph: GraphId,
    index: &Index,
    problem: &mut dyn FnMut(String),
) -> Result<()> {
    let definition = &index.definition;
    let name = &definition.name;
    let (Some(space), property) = (definition.vector, definition.vector_property()) else { return Ok(()) };
    let tx = &*transaction.inner;
    let place_of = |element: u64| {
        tx.get(Family::Indexes, &place_key(index.id, element), |bytes| {
            bytes.map(|bytes| keys::read_u32(bytes, 0)).transpose()
        })
    };
    let mut wanted = 0u64;
    transaction.each_element(graph, definition, |element| {
        let value = transaction.vector_value(graph, definition.on_edge, element, property)?;
        let Some(value) = value else { return Ok(()) };
        let vector = match value {
            Value::Vector(vector) if space.dimensions == 0 || vector.len() == space.dimensions as usize => vector,
            _ => {
                problem(format!("#{element} has no vector of {} numbers for the index `{name}`", space.dimensions));
                return Ok(());
            }
        };
        let Some(prepared) = space.metric.prepare(&vector).filter(|_| index.lists > 0) else { return Ok(()) };
        wanted += 1;
        let mut code = Vec::new();
        encode(&mut code, &prepared);
        let found = match place_of(element)? {
            Some(list) => tx.get(Family::Indexes, &code_key(index.id, list, element), |bytes| {
                Ok(bytes.is_some_and(|bytes| bytes == code))
            })?,
            None => false,
        };
        if !found {
            problem(format!("#{element} is not found in the index `{name}` by its vector"));
        }
        Ok(())
    })?;
    if index.lists == 0 {
        return Ok(());
    }
    transaction.vector_lists(index)?;
    for (tag, what) in [(tag::CODE, "codes"), (tag::PLACE, "places")] {
        let mut scan = tx.scan_prefix(Family::Indexes, &key(index.id, tag, &[]), Hint::Scan)?;
        let mut count = 0u64;
        while scan.next()?.is_some() {
            count += 1;
        }
        if count != wanted {
            problem(format!("the index `{name}` has {count} {what} of {wanted} vectors"));
        }
    }
    Ok(())
}
