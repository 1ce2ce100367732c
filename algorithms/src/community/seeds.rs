//! Start communities: the property that a community algorithm begins with, and numbers of communities that stay from run to run.
//!
//! A community that is found takes the number of the start community that it has most nodes of, if no other has more of it; the
//! others get numbers above those of all start communities. So written communities keep their numbers while a graph grows.

use std::collections::HashMap;

use super::written::found;
use crate::algorithm::input::{Input, Needs, PropertySelection};
use crate::algorithm::output::{Column, Estimate, GraphShape, Output};
use crate::algorithm::summary::{self, Figure, cost_of_edges};
use crate::core::context::Context;
use crate::core::error::Error;
use crate::graph::builder::GraphBuilder;
use crate::graph::csr::{Csr, NodeIndex};
use crate::graph::directed::{DirectedGraph, Orientation, Parallel};
use crate::graph::property::{PropertyGraph, Values};
use crate::graph::undirected::Graph;

/// The community that each node begins in.
pub(super) struct Seeds {
    /// By number: those of the property in the order of their values, then one for each node without a value.
    pub start: Vec<NodeIndex>,
    /// The values of the property, ascending.
    values: Vec<i64>,
}

/// What is read where start communities are asked for: the edges themselves, and the property.
pub(super) fn needs(plain: Needs, property: Option<&String>) -> Needs {
    match property {
        None => plain,
        Some(name) => {
            let nodes = PropertySelection::none().require(Some(name));
            Needs { weights: plain.weights, ..Needs::properties(nodes, PropertySelection::none()) }
        }
    }
}

/// The rows of neighbours that a run works on.
pub(super) enum View<'a> {
    Given(&'a Csr),
    Undirected(Graph),
    Directed(DirectedGraph, Orientation),
}

impl View<'_> {
    pub fn rows(&self) -> &Csr {
        match self {
            View::Given(rows) => rows,
            View::Undirected(graph) => graph,
            View::Directed(graph, orientation) => graph.oriented(*orientation).outgoing,
        }
    }
}

/// The rows in an orientation, parallel edges added up, and the start communities of the property, if one is named.
pub(super) fn view<'a>(
    algorithm: &'static str,
    input: Input<'a>,
    orientation: Orientation,
    property: Option<&str>,
    context: &Context<'_>,
) -> Result<(View<'a>, Option<Seeds>), Error> {
    let Some(name) = property else { return Ok((View::Given(input.rows()?), None)) };
    let (graph, _) = input.properties()?;
    let seeds = Seeds::read(algorithm, graph, name)?;
    let (nodes, edges) = (graph.node_count() as u64, graph.edge_count() as u64);
    let needed = Graph::estimate_bytes(nodes, edges, graph.weights.is_some());
    context.reserve(needed, |_| "select fewer nodes with nodeLabels, or fewer edges with edgeLabels".to_owned())?;
    let builder = GraphBuilder::of(graph);
    let view = match orientation {
        Orientation::Undirected => View::Undirected(builder.build(Some(context.pool))?),
        directed => View::Directed(builder.build_directed(Parallel::Sum, Some(context.pool))?, directed),
    };
    Ok((view, Some(seeds)))
}

/// What a run costs that reads start communities, too.
pub(super) fn cost(plain: Estimate, shape: GraphShape, property: Option<&String>) -> Estimate {
    match property {
        None => plain,
        Some(_) => {
            let list = cost_of_edges(shape, 32, 0, 5.0);
            Estimate { bytes: plain.bytes.saturating_add(list.bytes), seconds: plain.seconds + list.seconds }
        }
    }
}

/// The community of each node, by the numbers of start communities if there are any, and the figures of communities.
pub(super) fn groups(community_of: &[NodeIndex], own: Vec<Figure>, seeds: Option<&Seeds>) -> Output {
    let mut output = summary::groups(community_of, own);
    if let Some(seeds) = seeds {
        output.columns = vec![Column::Ints(seeds.name(community_of))];
    }
    output
}

impl Seeds {
    /// Reads them: integers of at least 0, and room above for others.
    pub fn read(algorithm: &'static str, graph: &PropertyGraph, name: &str) -> Result<Self, Error> {
        let values = &found(algorithm, graph, name)?.values;
        let nodes = graph.node_count();
        let highest = i64::MAX - nodes as i64;
        let seed = |node: usize| values.integer_at(node);
        if !matches!(values, Values::Nulls { .. } | Values::Numbers { integers: true, .. }) {
            let what = values.type_name();
            return Err(Error::Unfit(format!(
                "algo.{algorithm}: seedProperty {name:?} is {what}; it should be INT, the number of a community"
            )));
        }
        if let Some(row) = (0..nodes).find(|&node| seed(node).is_some_and(|seed| !(0..=highest).contains(&seed))) {
            let value = seed(row).unwrap_or_default();
            let message = format!("the number of the community in {name:?} is {value}");
            return Err(Error::BadValue {
                message,
                owner: "node",
                row,
                hint: "a community has a number of at least 0, so that there is room for others above it",
            });
        }
        let mut distinct: Vec<i64> = (0..nodes).filter_map(seed).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut next = distinct.len() as NodeIndex;
        let start = (0..nodes).map(|node| match seed(node) {
            Some(seed) => distinct.binary_search(&seed).unwrap_or(0) as NodeIndex,
            None => {
                next += 1;
                next - 1
            }
        });
        Ok(Seeds { start: start.collect(), values: distinct })
    }

    /// The value that a number of a start community stands for.
    pub fn value(&self, number: NodeIndex) -> i64 {
        let number = number as usize;
        match self.values.get(number) {
            Some(value) => *value,
            None => self.fresh() + (number - self.values.len()) as i64,
        }
    }

    /// The first number above those of all start communities.
    fn fresh(&self) -> i64 {
        self.values.last().map_or(0, |most| most + 1)
    }

    /// The value for each node by the community in which it ended.
    pub fn name(&self, community_of: &[NodeIndex]) -> Vec<i64> {
        let mut common: HashMap<(NodeIndex, NodeIndex), usize> = HashMap::new();
        for (&community, &seed) in community_of.iter().zip(&self.start) {
            if (seed as usize) < self.values.len() {
                *common.entry((community, seed)).or_default() += 1;
            }
        }
        let mut common: Vec<(usize, NodeIndex, NodeIndex)> =
            common.into_iter().map(|((community, seed), nodes)| (nodes, seed, community)).collect();
        common.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut names: Vec<Option<i64>> = vec![None; community_of.len()];
        let mut given = vec![false; self.values.len()];
        for (_, seed, community) in common {
            if names[community as usize].is_none() && !std::mem::replace(&mut given[seed as usize], true) {
                names[community as usize] = Some(self.values[seed as usize]);
            }
        }
        let mut next = self.fresh();
        let name = |&community: &NodeIndex| {
            *names[community as usize].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        community_of.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::community::labelpropagation::LabelPropagation;
    use crate::community::leiden::Leiden;
    use crate::community::louvain::Louvain;
    use crate::graph::property::Property;
    use crate::testing::{figure, ints, run, small_world, try_run, unit};

    /// A property of integers; NaN is none.
    fn seed(values: &[f64]) -> Vec<Property> {
        let values = Values::Numbers { values: values.to_vec(), integers: true, wide: Vec::new() };
        vec![Property { name: "c".into(), values }]
    }

    /// Three cliques of five nodes in a chain.
    fn cliques() -> Vec<(u32, u32, f64)> {
        let clique = |first: u32| (0..5u32).flat_map(move |i| (0..i).map(move |j| (first + i, first + j)));
        unit(&clique(0).chain(clique(5)).chain(clique(10)).chain([(4, 5), (9, 10)]).collect::<Vec<_>>())
    }

    #[test]
    fn communities_keep_the_numbers_that_were_written() {
        // The third clique is new; of the second one node was with the first.
        let mut values = vec![70.0; 6];
        values.extend([3.0; 4]);
        values.extend([f64::NAN; 5]);
        let wanted: Vec<i64> = [70; 5].into_iter().chain([3; 5]).chain([71; 5]).collect();
        for (algorithm, name) in [(&Leiden as &dyn crate::Algorithm, "leiden"), (&Louvain, "louvain")] {
            let output = try_run(algorithm, 15, &cliques(), seed(&values), r#"{"seedProperty": "c"}"#).unwrap();
            assert_eq!(ints(&output), wanted, "{name}");
        }
    }

    #[test]
    fn what_was_found_is_found_again() {
        let edges = unit(&small_world(600, 4, 5));
        for algorithm in [&Leiden as &dyn crate::Algorithm, &Louvain] {
            let first = run(algorithm, 600, &edges, "{}");
            let values: Vec<f64> = ints(&first).iter().map(|&c| c as f64 * 3.0 + 5.0).collect();
            let again = try_run(algorithm, 600, &edges, seed(&values), r#"{"seedProperty": "c"}"#).unwrap();
            let (before, after) = (figure(&first, "modularity"), figure(&again, "modularity"));
            assert!(after >= before - 1e-12, "{before} {after}");
            let same = ints(&again).iter().zip(&values).filter(|&(a, b)| *a as f64 == *b).count();
            assert!(same >= 540, "{same} of 600 nodes keep their number");
        }
    }

    #[test]
    fn labels_begin_as_they_were_written() {
        // Node 0 sees two labels of 9 and one of 4; the others see only node 0.
        let edges = unit(&[(0, 1), (0, 2), (0, 3)]);
        let arguments = r#"{"seedProperty": "c", "maxIterations": 1}"#;
        let output = try_run(&LabelPropagation, 5, &edges, seed(&[2.0, 9.0, 4.0, 9.0, f64::NAN]), arguments).unwrap();
        assert_eq!(ints(&output), [9, 2, 2, 2, 10]);
        let arguments = r#"{"seedProperty": "c", "maxIterations": 1, "orientation": "natural"}"#;
        let output = try_run(&LabelPropagation, 5, &edges, seed(&[2.0, 9.0, 4.0, 9.0, f64::NAN]), arguments).unwrap();
        assert_eq!(ints(&output), [9, 9, 4, 9, 10]);
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let refused = |values: Vec<Property>, name: &str| {
            let arguments = format!(r#"{{"seedProperty": "{name}"}}"#);
            try_run(&Louvain, 2, &unit(&[(0, 1)]), values, &arguments).unwrap_err().to_string()
        };
        assert!(refused(seed(&[1.0, -2.0]), "c").contains("is -2"));
        assert!(refused(seed(&[1.0, 2.0]), "d").contains("is at no node"));
        let floats = Values::Numbers { values: vec![1.5, 2.0], integers: false, wide: Vec::new() };
        assert!(refused(vec![Property { name: "c".into(), values: floats }], "c").contains("should be INT"));
    }
}
