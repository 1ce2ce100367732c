//! Statements that come again: their trees, and their plans.
//!
//! Drivers send the same texts all the time. The second time that a text is run its tree is kept, and the second time that a
//! tree is run its plan; a text that comes once costs no more than a look at its hash.
//!
//! A plan takes its parameters by number, so that it serves for all values of the same types (see [`crate::value::shape`]). It
//! was chosen by the indexes and the counts of a graph; when those have changed, another is made. It is always right: what
//! only one snapshot knows (numbers of labels and property keys that are not there yet, stored counts, kept rows) is looked up
//! by each run ([`crate::plan::cell`]).

use std::{hash::BuildHasher, sync::Arc};

use parking_lot::Mutex;
use rustc_hash::{FxBuildHasher, FxHashSet};
use wend_grammar::ast::Ident;
use wend_storage::{GraphId, Index, Transaction};

use super::recent::Recent;
use crate::{
    error::Result,
    params::Params,
    plan::{Plan, named::Named},
    statement::Statement,
    value::shape::append_shape,
};

/// Trees, and statements with plans, that are kept.
const MOST: usize = 512;
/// Plans of one statement, for other types of its parameters or on other graphs.
const PLANS: usize = 4;
/// Longer texts are not kept.
const LONGEST: usize = 16 << 10;
/// Hashes of texts that came once.
const SEEN: usize = 4096;

/// The statements of a database that come again.
#[derive(Debug)]
pub(crate) struct StatementCache {
    texts: Mutex<Texts>,
    /// By the statement and the position within it.
    plans: Mutex<Recent<(u64, usize), Vec<Arc<KeptPlan>>>>,
}

#[derive(Debug)]
struct Texts {
    /// The hashes of texts that came once.
    seen: FxHashSet<u64>,
    statements: Recent<Box<str>, Statement>,
}

/// A plan that is kept. It is never run itself; each run gets a copy.
#[derive(Debug)]
pub(crate) struct KeptPlan {
    pub(crate) plan: Plan,
    /// As of [`crate::bind`].
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) graph: Option<Ident>,
    pub(crate) names: Vec<Named>,
    pub(crate) parameters: Arc<[Arc<str>]>,
    /// The shape of the parameters it was made for.
    pub(crate) shape: Box<[u8]>,
    pub(crate) made_for: Basis,
}

/// What a plan was chosen by.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    graph: GraphId,
    indexes: Arc<Vec<Index>>,
    nodes: u64,
    edges: u64,
    version: u64,
}

impl Basis {
    /// What a plan on a snapshot is chosen by.
    pub(crate) fn of(tx: &Transaction, graph: GraphId) -> Result<Self> {
        Ok(Basis {
            graph,
            indexes: tx.indexes(graph)?,
            nodes: tx.node_count(graph)?,
            edges: tx.edge_count(graph)?,
            version: tx.graph_version(graph)?,
        })
    }

    /// Whether a plan chosen by this is still a good one on another snapshot: the graph has the same indexes, and is about as
    /// large.
    pub(crate) fn serves(&self, now: &Basis) -> bool {
        let close = |then: u64, now: u64| then.abs_diff(now).saturating_mul(5) <= then;
        self.graph == now.graph
            && (Arc::ptr_eq(&self.indexes, &now.indexes) || self.indexes == now.indexes)
            && close(self.nodes, now.nodes)
            && close(self.edges, now.edges)
            && now.version.abs_diff(self.version) < 1000
    }
}

/// The shape of parameters; nothing when one is not given, or is too large to be compared.
pub(crate) fn shape_of(names: &[Arc<str>], params: &Params) -> Option<Box<[u8]>> {
    let mut shape = Vec::new();
    for name in names {
        if !append_shape(&mut shape, params.get(name)?) {
            return None;
        }
    }
    Some(shape.into())
}

impl StatementCache {
    pub(crate) fn new() -> Self {
        let texts = Texts { seen: FxHashSet::default(), statements: Recent::new(MOST) };
        StatementCache { texts: Mutex::new(texts), plans: Mutex::new(Recent::new(MOST)) }
    }

    /// The statement of a text, parsed by `parse` unless it is kept.
    pub(crate) fn parsed(&self, text: &str, parse: impl FnOnce(&str) -> Result<Statement>) -> Result<Statement> {
        if text.len() > LONGEST {
            return parse(text);
        }
        let hash = FxBuildHasher.hash_one(text);
        let again = {
            let mut texts = self.texts.lock();
            if let Some(statement) = texts.statements.get(text) {
                return Ok(statement.clone());
            }
            if texts.seen.len() >= SEEN {
                texts.seen.clear();
            }
            !texts.seen.insert(hash)
        };
        let statement = parse(text)?;
        if again {
            self.texts.lock().statements.put(text.into(), statement.clone());
        }
        Ok(statement)
    }

    /// The plans of a statement for parameters of the types of these.
    pub(crate) fn plans(&self, statement: &Statement, part: usize, params: &Params) -> Vec<Arc<KeptPlan>> {
        let kept = match self.plans.lock().get(&(statement.id(), part)) {
            Some(kept) => kept.clone(),
            None => return Vec::new(),
        };
        let same = |kept: &Arc<KeptPlan>| shape_of(&kept.parameters, params).is_some_and(|shape| shape == kept.shape);
        kept.into_iter().filter(same).collect()
    }

    /// Keeps a plan, in the place of one on the same graph for the same types.
    pub(crate) fn keep(&self, statement: &Statement, part: usize, plan: KeptPlan) {
        let mut plans = self.plans.lock();
        let key = (statement.id(), part);
        if plans.get(&key).is_none() {
            plans.put(key, Vec::new());
        }
        if let Some(kept) = plans.get(&key) {
            kept.retain(|other| other.shape != plan.shape || other.made_for.graph != plan.made_for.graph);
            if kept.len() >= PLANS {
                kept.remove(0);
            }
            kept.push(Arc::new(plan));
        }
    }
}
