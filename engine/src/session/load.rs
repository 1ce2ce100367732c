//! Bulk load by programs that bring nodes, edges and vectors themselves, piece by piece: seen as a whole or not at all.

use rustc_hash::FxHashMap;
use wend_storage::{BulkLoad, Error as StoreError, LabelId, NodeId, Properties, PropertyKey, VectorSetWriter};

use super::Session;
use crate::{
    control::{InterruptHandle, RunOptions},
    error::{Error, ErrorKind, Result},
    runtime::{schema_check::allow_vectors, statement::Statement},
    value::Value,
    vector_index,
};

/// Rows between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 1024;

impl Session {
    /// Begins to set the vectors of node properties in bulk, in the session's graph. Each vector set of these properties is
    /// written anew and takes the place of the old one with [`VectorLoad::finish`]; vectors of nodes not given stay.
    ///
    /// # Errors
    /// 25G01 within a transaction, 42NFF and 25G03 where the session may not change data, 22G03 for `_id`.
    pub fn load_vectors(&mut self, properties: &[(String, usize)]) -> Result<VectorLoad> {
        self.load_vectors_with(properties, &RunOptions::default())
    }

    /// As [`Session::load_vectors`], within the limits of a run: its cancellation and deadline, and whether it may only read.
    ///
    /// # Errors
    /// As [`Session::load_vectors`].
    pub fn load_vectors_with(&mut self, properties: &[(String, usize)], options: &RunOptions) -> Result<VectorLoad> {
        self.must_stand_alone()?;
        for (name, dimensions) in properties {
            if name.is_empty() || name == "_id" {
                return Err(Error::value_type(format!("`{name}` is no property that a vector could be")));
            }
            if *dimensions == 0 {
                return Err(Error::value_type(format!(
                    "`{name}` has vectors of length 0; a vector has at least one number"
                )));
            }
        }
        let st = self.array_statement("(bulk load of vectors)", true, options)?;
        let writer = |(name, dimensions): &(String, usize)| {
            let writer = st.database.store().begin_vector_set(st.graph, name)?;
            Ok(Column { name: name.clone(), dimensions: *dimensions, writer })
        };
        let columns = properties.iter().map(writer).collect::<Result<_>>()?;
        Ok(VectorLoad { st, columns, unchecked: Vec::new(), vectors: 0, rows: 0 })
    }

    /// Begins to add nodes and edges in bulk to the session's graph, which must not be changed by others until
    /// [`Load::finish`].
    ///
    /// # Errors
    /// 25G01 within a transaction, 42NFF and 25G03 where the session may not change data, 42000 where the graph has a type.
    pub fn load(&mut self) -> Result<Load> {
        self.load_with(&RunOptions::default())
    }

    /// As [`Session::load`], within the limits of a run: its cancellation and deadline, and whether it may only read.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub fn load_with(&mut self, options: &RunOptions) -> Result<Load> {
        self.must_stand_alone()?;
        let st = self.array_statement("(bulk load)", true, options)?;
        if st.is_checked() {
            return Err(Error::rule(format!(
                "the graph `{}` has a type or constraints, and bulk load does not check rows against it",
                st.graph_name
            ))
            .with_hint("insert the rows by statements, or import CSV files"));
        }
        let load = st.database.store().bulk_load(st.graph)?;
        Ok(Load { load, st, labels: FxHashMap::default(), keys: FxHashMap::default(), rows: 0 })
    }

    pub(super) fn must_stand_alone(&self) -> Result<()> {
        match self.transaction {
            Some(_) => Err(Error::new(ErrorKind::TransactionState, "25G01", "bulk load is a transaction of its own")
                .with_hint("COMMIT or ROLLBACK the open one first")),
            None => Ok(()),
        }
    }
}

fn no_node(id: &str) -> Error {
    Error::reference(format!("there is no node '{}'", shortened(id))).with_hint("nothing of the load was kept")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}

/// Vectors on their way into properties; dropped without [`VectorLoad::finish`] nothing of them is kept.
pub struct VectorLoad {
    st: Statement,
    columns: Vec<Column>,
    /// Nodes whose types have not been looked at.
    unchecked: Vec<NodeId>,
    vectors: u64,
    rows: u64,
}

struct Column {
    name: String,
    dimensions: usize,
    writer: VectorSetWriter,
}

impl std::fmt::Debug for VectorLoad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VectorLoad").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl VectorLoad {
    /// Ends the load from another thread; nothing of it is kept then.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle::of(&self.st.cancel)
    }

    /// Gives a node its vectors, in the order of the properties; `None` leaves a property as it was. Of a node given twice the
    /// last vector counts.
    ///
    /// # Errors
    /// 42002 when there is no such node, 22G03 when a vector is longer or shorter than was said, 40000 after an interrupt.
    pub fn put(&mut self, id: &str, vectors: &[Option<&[f32]>]) -> Result<()> {
        let node = self.st.tx.node_by_id(self.st.graph, id)?.ok_or_else(|| no_node(id))?;
        for (column, vector) in self.columns.iter().zip(vectors) {
            if let Some(vector) = vector.filter(|vector| vector.len() != column.dimensions) {
                return Err(Error::value_type(format!(
                    "the vector `{}` of '{}' has {} numbers, not {}",
                    column.name,
                    shortened(id),
                    vector.len(),
                    column.dimensions
                )));
            }
        }
        self.put_at(node, vectors)
    }

    /// The snapshot that the load works on.
    pub(super) fn statement(&self) -> &Statement {
        &self.st
    }

    /// Gives a node its vectors, which are as long as was said.
    pub(super) fn put_at(&mut self, node: NodeId, vectors: &[Option<&[f32]>]) -> Result<()> {
        for (column, vector) in self.columns.iter_mut().zip(vectors) {
            let Some(vector) = vector else { continue };
            column.writer.put(node, vector)?;
            self.vectors += 1;
        }
        self.rows += 1;
        if self.st.is_checked() {
            self.unchecked.push(node);
        }
        if self.rows.is_multiple_of(ROWS_PER_CHECK) {
            self.st.cancel.check()?;
            self.st.running.iter().for_each(|running| running.gave(ROWS_PER_CHECK as usize));
            self.check_types()?;
        }
        Ok(())
    }

    fn check_types(&mut self) -> Result<()> {
        for column in &self.columns {
            allow_vectors(&self.st, &self.unchecked, &column.name, column.dimensions)?;
        }
        self.unchecked.clear();
        Ok(())
    }

    /// Makes the vectors visible, all at once; how many there are.
    ///
    /// # Errors
    /// 40000 when another transaction changed vectors of the properties meanwhile: nothing is kept.
    pub fn finish(mut self) -> Result<u64> {
        self.check_types()?;
        self.st.cancel.check()?;
        for column in self.columns {
            column.writer.finish(Some(&self.st.tx))?;
            let stop = || self.st.cancel.is_cancelled();
            vector_index::rebuild_on(&self.st.database, &self.st.tx, self.st.graph, &column.name, &stop)?;
        }
        self.st.commit()?;
        Ok(self.vectors)
    }
}

/// Nodes and edges on their way into a graph; dropped without [`Load::finish`] nothing of them is kept.
pub struct Load {
    load: BulkLoad,
    st: Statement,
    labels: FxHashMap<String, LabelId>,
    keys: FxHashMap<String, PropertyKey>,
    rows: u64,
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Load").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Load {
    /// Ends the load from another thread; nothing of it is kept then.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle::of(&self.st.cancel)
    }

    /// Adds a node. A property that is NULL is none.
    ///
    /// # Errors
    /// G2000 when there is a node of this `_id`, 22G03 for a value that no property can have, 40000 after an interrupt.
    pub fn node(&mut self, id: &str, labels: &[&str], properties: &[(&str, Value)]) -> Result<()> {
        if id.is_empty() {
            return Err(Error::data("22004", "a node has an empty `_id`"));
        }
        let labels = labels.iter().map(|label| self.label(label)).collect::<Result<Vec<_>>>()?;
        let properties = self.properties(properties)?;
        match self.load.node(id, &labels, properties) {
            Err(StoreError::DuplicateId { .. }) => {
                let message = format!("there is a node '{}' already, in the graph or in the load", shortened(id));
                Err(Error::new(ErrorKind::Constraint, "G2000", message))
            }
            added => added.map_err(Error::from).and_then(|_| self.row()),
        }
    }

    /// Adds an edge between nodes of the load or of the graph before.
    ///
    /// # Errors
    /// 42002 when an end is not there; else as of a node.
    pub fn edge(&mut self, label: &str, from: &str, to: &str, properties: &[(&str, Value)]) -> Result<()> {
        let label = self.label(label)?;
        let properties = self.properties(properties)?;
        match self.load.edge(label, from, to, properties) {
            Err(StoreError::MissingNode { id }) => Err(no_node(&id)),
            added => added.map_err(Error::from).and_then(|_| self.row()),
        }
    }

    fn label(&mut self, name: &str) -> Result<LabelId> {
        if let Some(known) = self.labels.get(name) {
            return Ok(*known);
        }
        if name.is_empty() {
            return Err(Error::data("22004", "a label is empty"));
        }
        let label = self.load.intern_label(name)?;
        self.labels.insert(name.to_owned(), label);
        Ok(label)
    }

    fn properties(&mut self, properties: &[(&str, Value)]) -> Result<Properties> {
        let mut stored = Properties::with_capacity(properties.len());
        for (name, value) in properties {
            let Some(value) = value.to_stored()? else { continue };
            let key = match self.keys.get(*name) {
                Some(known) => *known,
                None => {
                    let key = self.load.intern_property_key(name)?;
                    self.keys.insert((*name).to_owned(), key);
                    key
                }
            };
            stored.push((key, value));
        }
        Ok(stored)
    }

    fn row(&mut self) -> Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(ROWS_PER_CHECK) {
            self.st.cancel.check()?;
            self.st.running.iter().for_each(|running| running.gave(ROWS_PER_CHECK as usize));
        }
        Ok(())
    }

    /// Makes the nodes and edges visible, all at once; how many of each.
    ///
    /// # Errors
    /// 40000 when others changed the graph meanwhile, G2000 when a unique index would have the same values twice: nothing
    /// is kept.
    pub fn finish(self) -> Result<(u64, u64)> {
        self.st.cancel.check()?;
        let (load, database) = (self.load, self.st.database.clone());
        let loaded = database.pool()?.install(|| load.finish())?;
        vector_index::build_after_load(&database, self.st.graph)?;
        Ok((loaded.nodes, loaded.edges))
    }
}
