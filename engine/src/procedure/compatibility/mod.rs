//! Procedures under the names that clients of Neo4j call: what each of them gives. Their parameters and columns are in
//! `registry/compatibility`.
//!
//! What a graph is made of comes from the survey of the graph, which is kept while the graph does not change, and counts from
//! those that are stored.

mod argument;
mod catalog;
mod change;
mod gds;
mod indexes;
mod merge;
mod meta;
mod meta_schema;
mod node_types;
mod picture;
mod rows;

use rows::Rows;

use super::result::ResultRows;
use crate::{
    error::{Error, Result},
    registry::compatibility::{Code, Compatible},
    runtime::statement::Statement,
    value::Value,
};

/// Runs a procedure with the arguments of one row.
pub(super) fn call(st: &Statement, procedure: &'static Compatible, arguments: &[Value]) -> Result<ResultRows> {
    let given = argument::Given { procedure, values: arguments };
    let rows = match procedure.code {
        Code::Components => catalog::components(),
        Code::Info => catalog::info(st)?,
        Code::Configuration => Rows::new(),
        Code::Procedures => catalog::procedures(),
        Code::Functions => catalog::functions(),
        Code::Labels => catalog::labels(st)?,
        Code::RelationshipTypes => catalog::relationship_types(st)?,
        Code::PropertyKeys => catalog::property_keys(st)?,
        Code::Ping => vec![vec![Value::Bool(true)]],
        Code::Visualization => picture::visualization(st)?,
        Code::NodeTypes => node_types::of_nodes(st, false)?,
        Code::RelationshipTypeProperties => node_types::of_edges(st)?,
        Code::MetaData => meta::data(st)?,
        Code::MetaSchema => meta_schema::schema(st)?,
        Code::MetaNodeTypes => node_types::of_nodes(st, true)?,
        Code::MetaRelationshipTypes => node_types::of_edges_by_ends(st)?,
        Code::MetaGraph => picture::graph(st, &given)?,
        Code::SchemaNodes => indexes::nodes(st)?,
        Code::DistinctValues => indexes::distinct_values(st, &given)?,
        Code::MergeNode => merge::node(st, &given)?,
        Code::MergeRelationship => merge::relationship(st, &given)?,
        Code::AddLabels => change::add_labels(st, &given)?,
        Code::SetNodeVector => change::set_node_vector(st, &given, false)?,
        Code::SetRelationshipVector => change::set_relationship_vector(st, &given)?,
        Code::SetVector => change::set_node_vector(st, &given, true)?,
        Code::QueryVectors { .. } | Code::QueryTexts { .. } => {
            return Err(Error::internal("a search in an index is no call"));
        }
        Code::Analyzers => indexes::analyzers(),
        Code::Await => indexes::wait(st, &given)?,
        Code::Gds(call) => return gds::call(st, call, &given),
    };
    Ok(ResultRows::table(rows))
}
