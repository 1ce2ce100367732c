//! Indexes on texts: their upkeep in each change, how they are made, read and checked. Their bytes are told in `text/mod.rs`.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::conflict::LogicalKey;
use crate::error::{Error, Result};
use crate::index_catalog::{Index, IndexDefinition, catalog_key, element};
use crate::keys;
use crate::kv::{Family, Hint, Run};
use crate::overlay::{Created, Overlay};
use crate::record;
use crate::scan::Scan;
use crate::staging::Staging;
use crate::text::{
    Document, Lists, Posting, Texts, beginning, each_in_block, encode, list_key, place, place_of, posting, read_place,
    read_totals, single_key, tag, texts, totals_key,
};
use crate::transaction::{Transaction, TxInner};
use crate::value::{EdgeId, GraphId, IndexId, NodeId, PropertyKey, Value};

/// Documents that a thread analyses at a time.
const PIECE: usize = 8192;
/// Blocks in one sorted run.
const CHUNK: usize = 1 << 15;
/// An index of more blocks than this is written as sorted runs.
const STAGE_FROM: usize = 10_000;
/// When so many keys of one list came, the scan goes on at the next list.
const STEPS: usize = 8;

/// Makes the lists of an index what the new texts of an element ask for.
pub(crate) fn change_texts(
    overlay: &mut Overlay,
    index: &Index,
    element: u64,
    before: Option<Texts>,
    after: Option<Texts>,
) {
    let Some(space) = &index.definition.text else { return };
    if before == after {
        return;
    }
    let document =
        |texts: Option<Texts>| texts.map_or_else(Document::default, |texts| Document::of(&texts, space.analyzer));
    let (before, after) = (document(before), document(after));
    let mut value = Vec::new();
    for old in &before.fields {
        let (documents, words) = overlay.texts.entry((index.id, old.number)).or_default();
        *documents -= 1;
        *words -= i64::from(old.words);
        let new = after.field(old.number);
        for (word, _) in &old.places {
            let stays = new.is_some_and(|new| new.places.binary_search_by(|(other, _)| other.cmp(word)).is_ok());
            if !stays {
                overlay.put(Family::Indexes, &single_key(index.id, &place(word, old.number), element), &[]);
            }
        }
    }
    for new in &after.fields {
        let (documents, words) = overlay.texts.entry((index.id, new.number)).or_default();
        *documents += 1;
        *words += i64::from(new.words);
        let old = before.field(new.number).filter(|old| old.words == new.words);
        for (word, positions) in &new.places {
            let same = old.is_some_and(|old| {
                old.places.binary_search_by(|(other, _)| other.cmp(word)).is_ok_and(|at| old.places[at].1 == *positions)
            });
            if !same {
                value.clear();
                encode(&mut value, new.words, positions);
                overlay.put(Family::Indexes, &single_key(index.id, &place(word, new.number), element), &value);
            }
        }
    }
}

/// Writes blocks in the order of their keys; gives the runs.
pub(crate) fn write_runs(staging: &Staging, mut blocks: Vec<(Vec<u8>, Vec<u8>)>) -> Result<Vec<Run>> {
    blocks.par_sort_unstable();
    let write =
        |chunk: &[(Vec<u8>, Vec<u8>)]| staging.write(Family::Indexes, chunk.iter().map(|(key, bytes)| (key, bytes)));
    blocks.par_chunks(CHUNK).map(write).collect()
}

impl TxInner {
    /// The texts of an element as its record has them.
    fn texts_of(&self, graph: GraphId, definition: &IndexDefinition, element: u64) -> Result<Option<Texts>> {
        let Some(space) = &definition.text else { return Ok(None) };
        let (family, key) = match definition.on_edge {
            true => (Family::Edges, keys::edge(graph, EdgeId(element))),
            false => (Family::Nodes, keys::node(graph, NodeId(element))),
        };
        self.get(family, &key, |bytes| {
            let Some(bytes) = bytes else { return Ok(None) };
            let mut wanted = definition.properties.clone();
            wanted.sort_unstable();
            let mut values = Vec::new();
            let mut see = |key: PropertyKey, value: Value| values.push((key, value));
            let labels = match definition.on_edge {
                true => {
                    record::edge_parts(bytes, Some(&wanted), &mut see)?;
                    vec![record::edge_ends(bytes)?.0]
                }
                false => record::node_parts(bytes, Some(&wanted), &mut see)?,
            };
            let value = |wanted| values.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.clone());
            Ok(texts(space, &definition.properties, &labels, value))
        })
    }
}

/// Where a word is: the list of the word in a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextList {
    /// The word.
    pub word: String,
    /// The field, by the position of its property in the index.
    pub field: u16,
}

/// What is known of a field of all documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextTotals {
    /// How many documents have words in it.
    pub documents: u64,
    /// How many words those are.
    pub words: u64,
}

/// Indexes on texts.
impl Transaction {
    /// Adds an index on texts and fills it with what the graph has. It conflicts with any other transaction that changes the graph at
    /// the same time.
    ///
    /// # Errors
    /// [`Error::IndexExists`] when the graph has one of this name.
    pub fn create_text_index(&self, graph: GraphId, definition: IndexDefinition) -> Result<IndexId> {
        let tx = &*self.inner;
        let name = catalog_key(graph, &definition.name);
        if tx.has_in(&*tx.change()?, Family::Meta, &name)? {
            return Err(Error::IndexExists { name: definition.name });
        }
        let index = Index { id: IndexId(tx.store.numbers.index.fetch_add(1, Ordering::SeqCst)), definition, lists: 0 };
        let elements = self.elements_with(graph, &index.definition)?;
        let mut blocks = Vec::new();
        let mut totals = Vec::new();
        for lists in self.analysed(graph, &index.definition, &elements)? {
            totals.extend(lists.totals());
            lists.finish(index.id, &mut blocks);
        }
        let fresh = if blocks.len() < STAGE_FROM {
            None
        } else {
            // Nobody looks there before the catalog names the number; what a crash leaves goes at the next open.
            let staging = Staging::new(&tx.store)?;
            let runs = write_runs(&staging, std::mem::take(&mut blocks))?;
            tx.store.kv.ingest(Family::Indexes, &runs)?;
            Some(tx.store.kv.snapshot())
        };
        let mut overlay = tx.change()?;
        if let Some(snapshot) = fresh {
            overlay.see(Family::Indexes, u64::from(index.id.0), snapshot);
        }
        blocks.iter().for_each(|(key, bytes)| overlay.put(Family::Indexes, key, bytes));
        for (field, (documents, words)) in totals {
            let total = overlay.texts.entry((index.id, field)).or_default();
            *total = (total.0.saturating_add_unsigned(documents), total.1.saturating_add_unsigned(words));
        }
        overlay.put(Family::Meta, &name, &index.encode());
        // Who changes the graph meanwhile knows nothing of the index.
        let version = tx.snapshot().get(Family::Meta, &keys::version(graph), keys::read_count)?;
        overlay.created.push(Created { graph, index: index.id, version });
        let whole = tx.store.hasher.logical(LogicalKey::Graph(graph));
        overlay.write_set.insert(whole);
        overlay.read_set.insert(whole);
        tx.forget_catalog();
        Ok(index.id)
    }

    /// The elements with a label of an index, ascending.
    fn elements_with(&self, graph: GraphId, definition: &IndexDefinition) -> Result<Vec<u64>> {
        let mut elements = Vec::new();
        for label in definition.labels() {
            match definition.on_edge {
                true => {
                    self.edges(graph, Some(*label))?.try_for_each(|edge| edge.map(|edge| elements.push(edge.0.0)))?
                }
                false => {
                    self.nodes(graph, Some(*label))?.try_for_each(|node| node.map(|node| elements.push(node.0)))?
                }
            }
        }
        elements.par_sort_unstable();
        elements.dedup();
        Ok(elements)
    }

    /// The lists of pieces of the elements, one after the other.
    fn analysed(&self, graph: GraphId, definition: &IndexDefinition, elements: &[u64]) -> Result<Vec<Lists>> {
        let Some(space) = &definition.text else { return Ok(Vec::new()) };
        let piece = |elements: &[u64]| -> Result<Lists> {
            let mut lists = Lists::default();
            for element in elements {
                if let Some(texts) = self.inner.texts_of(graph, definition, *element)? {
                    lists.add(*element, &Document::of(&texts, space.analyzer));
                }
            }
            Ok(lists)
        };
        elements.par_chunks(PIECE).map(piece).collect()
    }

    /// What is known of a field of all documents of an index.
    ///
    /// # Errors
    /// Those of reading.
    pub fn text_totals(&self, index: &Index, field: u16) -> Result<TextTotals> {
        let key = totals_key(index.id, field);
        let (mut documents, mut words) = self.inner.get(Family::Indexes, &key, read_totals)?;
        if let Some(overlay) = self.inner.own()
            && let Some((more, more_words)) = overlay.texts.get(&(index.id, field))
        {
            documents = documents.saturating_add_signed(*more);
            words = words.saturating_add_signed(*more_words);
        }
        Ok(TextTotals { documents, words })
    }

    /// Goes through a list, in the order of elements.
    ///
    /// # Errors
    /// Those of reading, and of `see`.
    pub fn text_postings<E: From<Error>>(
        &self,
        index: &Index,
        list: &TextList,
        mut see: impl FnMut(Posting<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let place = place(&list.word, list.field);
        let scan = |tag| self.inner.scan_prefix(Family::Indexes, &list_key(index.id, tag, &place), Hint::Seek);
        let mut own: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut singles = scan(tag::SINGLE)?;
        while let Some((key, value)) = singles.next()? {
            own.push((element(key)?, value.to_vec()));
        }
        let mut own = own.iter().peekable();
        let mut blocks = scan(tag::BLOCK)?;
        // Of `see` an error is kept apart from those of the bytes.
        let mut failed = None;
        while let Some((key, bytes)) = blocks.next()? {
            each_in_block(bytes, element(key)?, |in_block| {
                if failed.is_some() {
                    return Ok(());
                }
                let mut replaced = false;
                while let Some((element, bytes)) = own.next_if(|(element, _)| *element <= in_block.element) {
                    replaced = *element == in_block.element;
                    if let Some(own) = posting(bytes, *element)?
                        && failed.is_none()
                    {
                        failed = see(own).err();
                    }
                }
                if !replaced && failed.is_none() {
                    failed = see(in_block).err();
                }
                Ok(())
            })?;
            if let Some(error) = failed.take() {
                return Err(error);
            }
        }
        for (element, bytes) in own {
            if let Some(own) = posting(bytes, *element)? {
                see(own)?;
            }
        }
        Ok(())
    }

    /// Goes through the lists of words that begin with some letters, in order. One may be without postings.
    ///
    /// # Errors
    /// Those of reading, and of `see`.
    pub fn text_lists<E: From<Error>>(
        &self,
        index: &Index,
        begins: &str,
        mut see: impl FnMut(TextList) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let begins = beginning(begins);
        let places = |tag| Places::new(self, index.id, tag, &begins);
        let (mut blocks, mut singles) = (places(tag::BLOCK)?, places(tag::SINGLE)?);
        let (mut block, mut single) = (blocks.next()?, singles.next()?);
        loop {
            let next = match (&block, &single) {
                (None, None) => return Ok(()),
                (Some(a), Some(b)) => a.min(b).clone(),
                (Some(place), None) | (None, Some(place)) => place.clone(),
            };
            if block.as_ref() == Some(&next) {
                block = blocks.next()?;
            }
            if single.as_ref() == Some(&next) {
                single = singles.next()?;
            }
            let (word, field) = read_place(&next)?;
            see(TextList { word, field })?;
        }
    }
}

/// The lists that there are entries of with a tag.
struct Places {
    scan: Scan,
    index: IndexId,
    tag: u8,
    last: Option<Vec<u8>>,
}

impl Places {
    fn new(transaction: &Transaction, index: IndexId, tag: u8, begins: &[u8]) -> Result<Places> {
        let scan = transaction.inner.scan_prefix(Family::Indexes, &list_key(index, tag, begins), Hint::Seek)?;
        Ok(Places { scan, index, tag, last: None })
    }

    /// The next place that differs from the last one.
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut steps = 0;
        loop {
            let entry = match &self.last {
                Some(last) if steps == STEPS => {
                    let Some(after) = keys::after(&list_key(self.index, self.tag, last)) else { return Ok(None) };
                    self.scan.seek(&after)?
                }
                _ => self.scan.next()?,
            };
            let Some((key, _)) = entry else { return Ok(None) };
            let place = place_of(key)?;
            if self.last.as_deref() != Some(place) {
                self.last = Some(place.to_vec());
                return Ok(self.last.clone());
            }
            steps += 1;
        }
    }
}

/// What is wrong with the lists of an index on texts, in words; nothing when all is well.
///
/// What the lists have and what the documents ask for is compared by the sums of hashes of all postings. Where these differ, each posting
/// is looked up.
pub(crate) fn check(
    transaction: &Transaction,
    graph: GraphId,
    index: &Index,
    problem: &mut dyn FnMut(String),
) -> Result<()> {
    let Some(space) = &index.definition.text else { return Ok(()) };
    let name = &index.definition.name;
    let mut wanted = Sums::default();
    let elements = transaction.elements_with(graph, &index.definition)?;
    for element in &elements {
        if let Some(texts) = transaction.inner.texts_of(graph, &index.definition, *element)? {
            wanted.document(*element, &Document::of(&texts, space.analyzer));
        }
    }
    let mut found = Sums::default();
    transaction.text_lists(index, "", |list| {
        let mut last = None;
        transaction.text_postings(index, &list, |posting| {
            if last.is_some_and(|last| last >= posting.element) {
                problem(format!("the index `{name}` has postings of `{}` out of order", list.word));
            }
            last = Some(posting.element);
            found.posting(&list.word, list.field, posting.element, posting.words, &posting.positions());
            Ok::<(), Error>(())
        })
    })?;
    if (wanted.postings, wanted.sum) != (found.postings, found.sum) {
        problem(format!(
            "the index `{name}` has {} postings, and the texts ask for {}",
            found.postings, wanted.postings
        ));
        for element in &elements {
            let Some(texts) = transaction.inner.texts_of(graph, &index.definition, *element)? else { continue };
            for field in Document::of(&texts, space.analyzer).fields {
                for (word, positions) in &field.places {
                    let list = TextList { word: word.clone(), field: field.number };
                    let mut there = false;
                    transaction.text_postings(index, &list, |posting| {
                        there |= (posting.element, posting.words) == (*element, field.words)
                            && posting.positions() == *positions;
                        Ok::<(), Error>(())
                    })?;
                    if !there {
                        problem(format!("#{element} is not found in the index `{name}` by `{word}`"));
                    }
                }
            }
        }
    }
    for field in (0u16..).take(index.definition.properties.len()) {
        let stored = transaction.text_totals(index, field)?;
        let counted = wanted.totals.get(&field).copied().unwrap_or_default();
        if stored != counted {
            problem(format!(
                "the index `{name}` counts {} documents and {} words in its property {}, and there are {} and {}",
                stored.documents,
                stored.words,
                field + 1,
                counted.documents,
                counted.words
            ));
        }
    }
    Ok(())
}

/// How many postings there are, and the sum of their hashes.
#[derive(Default)]
struct Sums {
    postings: u64,
    sum: u64,
    totals: rustc_hash::FxHashMap<u16, TextTotals>,
}

impl Sums {
    fn posting(&mut self, word: &str, field: u16, element: u64, words: u32, positions: &[u32]) {
        use std::hash::BuildHasher;
        let hash = rustc_hash::FxBuildHasher.hash_one((word, field, element, words, positions));
        self.postings += 1;
        self.sum = self.sum.wrapping_add(hash);
    }

    fn document(&mut self, element: u64, document: &Document) {
        for field in &document.fields {
            let totals = self.totals.entry(field.number).or_default();
            totals.documents += 1;
            totals.words += u64::from(field.words);
            for (word, positions) in &field.places {
                self.posting(word, field.number, element, field.words, positions);
            }
        }
    }
}
