//! Whole arrays for programs that compute: who is beside whom, the vectors of a property, the columns of an algorithm.

use std::sync::Arc;

use wend_algorithms::{Input, Orientation, Parallel};
use wend_storage::NodeId;

use super::{Run, Session, query::NOTHING};
use crate::{
    column::{Column, ColumnData},
    control::RunOptions,
    error::{Error, Result},
    params::Params,
    procedure,
    registry::Procedure,
    rows::batch::Batch,
    runtime::statement::Statement,
    value::Value,
    view::{Filter, Form},
};

/// Which part of the session's graph is taken; the default is all of it, every edge weighing 1.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Nodes that have one of these labels; `None` = all.
    pub node_labels: Option<Vec<String>>,
    /// Edges with one of these labels, between nodes that are taken; `None` = all.
    pub edge_labels: Option<Vec<String>>,
    /// The edge property that weighs an edge; an edge without it weighs 1.
    pub weight: Option<String>,
}

/// Edges in compressed sparse rows. Row `i` is `neighbors[offsets[i]..offsets[i + 1]]`, ascending; parallel edges stand once each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adjacency {
    /// The number of the node ([`Node::number`](crate::Node::number)) of each row, ascending, which is insertion order.
    pub nodes: Vec<u64>,
    /// Where each row begins, and last the length of `neighbors`.
    pub offsets: Vec<i64>,
    /// Rows of the nodes at the other ends.
    pub neighbors: Vec<i64>,
    /// Parallel to `neighbors`; `None` when every edge weighs 1.
    pub weights: Option<Vec<f64>>,
}

/// Nodes in insertion order.
#[derive(Clone, Debug, Default)]
pub struct GraphNodes {
    /// Their numbers, ascending.
    pub numbers: Vec<u64>,
    /// Their `_id`s, a column of strings.
    pub ids: Column,
}

/// The vectors that nodes have of one property, in insertion order of the nodes.
#[derive(Clone, Debug, Default)]
pub struct NodeVectors {
    /// The `_id`s of the nodes that have a vector, a column of strings.
    pub ids: Column,
    /// The length of each vector; 0 when there is none.
    pub width: usize,
    /// The vectors one after the other.
    pub numbers: Vec<f32>,
}

impl Session {
    /// The edges of a part of the graph in compressed sparse rows, from the view that algorithms share.
    ///
    /// ```
    /// use wenddb::{Orientation, RunOptions, Selection};
    ///
    /// let mut session = wenddb::Database::in_memory()?.session();
    /// session.execute("INSERT (a {_id: 'a'})-[:R]->(b {_id: 'b'}), (a)-[:R]->(a)", ())?;
    /// let rows = session.adjacency(&Selection::default(), Orientation::Natural, &RunOptions::default())?;
    /// assert_eq!((rows.offsets, rows.neighbors), (vec![0, 2, 2], vec![0, 1]));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    ///
    /// # Errors
    /// 42002 for a label or weight that nothing has, 22003 and 22G03 for an edge whose weight is no finite number of at least 0,
    /// 40000 when it is cancelled, 22000 when it needs more memory than a statement may take.
    pub fn adjacency(
        &mut self,
        selection: &Selection,
        orientation: Orientation,
        options: &RunOptions,
    ) -> Result<Adjacency> {
        let st = self.array_statement("(the edges of the graph as arrays)", false, options)?;
        let filter = selection.filter(&st)?;
        let form = match orientation {
            Orientation::Undirected => Form::Undirected(Parallel::Keep),
            Orientation::Natural | Orientation::Reverse => Form::Directed(Parallel::Keep),
        };
        let shape = filter.shape(&st, &form)?;
        let arcs = shape.edges.saturating_mul(if orientation == Orientation::Undirected { 2 } else { 1 });
        let weights = if shape.weighted { 8 } else { 0 };
        let bytes = shape.nodes.saturating_mul(16).saturating_add(arcs.saturating_mul(8 + weights));
        st.memory.take(usize::try_from(bytes).unwrap_or(usize::MAX), "the edges of the graph as arrays")?;
        let view = filter.view(&st, &form, orientation)?;
        let graph = view.graph().ok_or_else(|| Error::internal("a view without a graph"))?;
        let rows = Input::from(graph).rows().map_err(|error| Error::internal(error.to_string()))?;
        let mut made = Adjacency {
            nodes: view.nodes().iter().map(|node| node.0).collect(),
            offsets: Vec::with_capacity(rows.node_count() + 1),
            neighbors: Vec::with_capacity(rows.arc_count()),
            weights: rows.is_weighted().then(|| Vec::with_capacity(rows.arc_count())),
        };
        made.offsets.push(0);
        for node in 0..rows.node_count() as u32 {
            made.neighbors.extend(rows.neighbors(node).iter().map(|&other| i64::from(other)));
            made.offsets.push(made.neighbors.len() as i64);
            if let (Some(weights), Some(row)) = (&mut made.weights, rows.weights(node)) {
                weights.extend_from_slice(row);
            }
        }
        Ok(made)
    }

    /// The numbers and `_id`s of the nodes that have one of these labels; `None` = all nodes.
    ///
    /// # Errors
    /// 42002 for a label that no node has, 40000 when it is cancelled, 22000 when it needs more memory than a statement may take.
    pub fn graph_nodes(&mut self, labels: Option<Vec<String>>, options: &RunOptions) -> Result<GraphNodes> {
        let st = self.array_statement("(the nodes of the graph as arrays)", false, options)?;
        let nodes = Selection { node_labels: labels, ..Selection::default() }.filter(&st)?.nodes(&st)?;
        let mut ids = Ids::new(&st, nodes.len())?;
        let mut reader = st.tx.node_reader(st.graph);
        for &node in &nodes {
            reader.go(node)?;
            ids.push(reader.id()?)?;
        }
        Ok(GraphNodes { numbers: nodes.iter().map(|node| node.0).collect(), ids: ids.finish() })
    }

    /// The vectors that nodes with this label have of a property, in one block; nodes without one are left out. `None` = nodes of
    /// any label.
    ///
    /// # Errors
    /// 42002 for a label that no node has or a property that nothing has; 22G03 when a value is no vector, or vectors differ in
    /// length; 40000 when it is cancelled; 22000 when it needs more memory than a statement may take.
    pub fn node_vectors(&mut self, label: Option<&str>, property: &str, options: &RunOptions) -> Result<NodeVectors> {
        let st = self.array_statement("(the vectors of a property as an array)", false, options)?;
        let selection = Selection { node_labels: label.map(|label| vec![label.to_owned()]), ..Selection::default() };
        let nodes = selection.filter(&st)?.nodes(&st)?;
        let key = st.tx.property_key(property)?.ok_or_else(|| {
            let keys = st.tx.property_keys().unwrap_or_default();
            let near = wend_grammar::suggest(property, keys.iter().map(|(_, name)| &**name));
            Error::reference(format!("there is no property `{property}` in the database"))
                .with_hint_if(near.map(|near| format!("did you mean `{near}`?")))
        })?;
        let mut vectors = st.tx.vector_reader(st.graph, key)?;
        let mut records = st.tx.node_reader(st.graph);
        let mut ids = Ids::new(&st, nodes.len())?;
        let (mut width, mut numbers) = (0, Vec::new());
        for &node in &nodes {
            let before = numbers.len();
            let in_set = vectors.read(node, &mut numbers)?;
            records.go(node)?;
            if !in_set {
                // Vectors that no algorithm wrote, and those set after it, are in the records.
                match records.property(key)?.map_or(Value::Null, Value::from_stored) {
                    Value::Null => continue,
                    value => match <Vec<f32> as crate::value::FromValue>::from_value(&value) {
                        Ok(vector) => numbers.extend_from_slice(&vector),
                        Err(_) => return Err(no_vector(&st, node, property, value.type_name())),
                    },
                }
            }
            let length = numbers.len() - before;
            if width == 0 {
                width = length;
                let bytes = nodes.len().saturating_mul(width).saturating_mul(size_of::<f32>());
                st.memory.take(bytes, "the vectors")?;
                numbers.reserve_exact((nodes.len() - 1).saturating_mul(width));
            }
            if length != width {
                return Err(no_vector(&st, node, property, &format!("a vector of {length} numbers"))
                    .with_hint(format!("those before it have {width}")));
            }
            ids.push(records.id()?)?;
        }
        // Of nodes that have no vector nothing was filled in.
        numbers.shrink_to_fit();
        Ok(NodeVectors { ids: ids.finish(), width, numbers })
    }

    /// Calls an algorithm and gives all its rows as columns. Its arrays are taken over as they are, so that a matrix is there once.
    /// `algorithm` is its name without `algo.`, `parameters` a record or NULL.
    ///
    /// ```
    /// use wenddb::{ColumnData, RunOptions, Value};
    ///
    /// let mut session = wenddb::Database::in_memory()?.session();
    /// session.execute("INSERT ({_id: 'a'})-[:R]->({_id: 'b'})", ())?;
    /// let parameters = Value::record([("dimensions", 8)]);
    /// let result = session.call("node2vec", &parameters, &RunOptions::default())?;
    /// assert_eq!((result.names(), result.len()), (&["nodeId".to_owned(), "embedding".to_owned()][..], 2));
    /// assert!(matches!(result.columns()[1].data(), ColumnData::Vectors { width: 8, .. }));
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    ///
    /// # Errors
    /// As the statement `CALL algo.name(..)`.
    pub fn call(&mut self, algorithm: &str, parameters: &Value, options: &RunOptions) -> Result<Batch> {
        let procedure = Procedure::find(&format!("algo.{algorithm}"))?;
        let writes = match (parameters, procedure.model_saved_by()) {
            (Value::Record(fields), Some(saves)) => {
                fields.iter().any(|(name, value)| **name == *saves && !value.is_null())
            }
            _ => false,
        };
        let st = self.array_statement(&format!("CALL algo.{algorithm}"), writes, options)?;
        let ((names, columns, len), ..) = self.within(st, |st| procedure::whole(st, procedure, parameters))?;
        Ok(Batch::new(names.into(), columns, len))
    }

    /// A statement for the time in which arrays are made, known to SHOW QUERIES and KILL QUERY.
    pub(super) fn array_statement(&mut self, text: &str, writes: bool, options: &RunOptions) -> Result<Statement> {
        self.database.store().check_process()?;
        let (params, cancel) = (Params::new(), options.cancel.child(options.deadline));
        self.interrupt.begin(&cancel);
        self.running = Some(self.state.begin(text, &cancel));
        self.only_reads = options.read_only;
        let run = Run { statement: None, part: 0, text, params: &params, options, cancel, again: false };
        let st = run.cancel.check().and_then(|()| self.statement(&NOTHING, &run, writes));
        (self.running, self.only_reads) = (None, false);
        st
    }
}

impl Selection {
    fn filter(&self, st: &Statement) -> Result<Filter> {
        Filter::named(st, &self.node_labels, &self.edge_labels, &self.weight)
    }
}

fn no_vector(st: &Statement, node: NodeId, property: &str, found: &str) -> Error {
    let id = st.tx.node_id(st.graph, node).ok().flatten().unwrap_or_default();
    Error::value_type(format!("the property `{property}` of the node '{id}' is {found}, where vectors are asked for"))
}

/// Collects `_id`s, as far as the memory of the statement goes.
struct Ids<'a> {
    st: &'a Statement,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl<'a> Ids<'a> {
    /// Bytes and texts between two looks at the budget and the cancel flag.
    const EVERY: usize = 1 << 20;

    fn new(st: &'a Statement, count: usize) -> Result<Self> {
        st.memory.take(count.saturating_mul(size_of::<Arc<str>>()), "the _ids of nodes")?;
        Ok(Ids { st, texts: Vec::with_capacity(count), bytes: 0 })
    }

    fn push(&mut self, id: Option<&str>) -> Result<()> {
        let id = id.unwrap_or_default();
        // A shared text has two counters before it.
        self.bytes += id.len() + 16;
        if self.bytes >= Self::EVERY {
            self.st.cancel.check()?;
            self.st.memory.take(std::mem::take(&mut self.bytes), "the _ids of nodes")?;
        }
        self.texts.push(id.into());
        Ok(())
    }

    fn finish(self) -> Column {
        Column::new(ColumnData::Strings(self.texts), None)
    }
}
