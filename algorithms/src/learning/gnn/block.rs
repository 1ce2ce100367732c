//! The bipartite graph that one layer computes on: targets, sources, and the arcs between them in the forms that models
//! need.
//!
//! The targets of a block are the first of its sources. Of a whole graph both are all nodes; of a sampled
//! neighbourhood the sources are the targets and their sampled neighbours.
//!
//! *Relations.* With one node type and one edge label, arcs go along each edge in both directions and all are of one
//! relation. Otherwise each edge label gives two relations, one along its edges and one against them, and each has
//! weights of its own.

use std::sync::OnceLock;

use ndarray::Array2;

use super::relation::{Arc3, NO_ROW, Relation, RowIndex};

/// One arc of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arc {
    /// Row of the source.
    pub source: u32,
    /// Row of the target.
    pub target: u32,
    /// Row of the edge among the graph's edges.
    pub edge: u32,
    /// Its relation.
    pub relation: u32,
}

/// Rows in groups of one kind: `order` lists them group by group, `back` finds each again.
#[derive(Debug)]
pub struct Groups {
    /// The rows, group by group, ascending in each.
    pub order: RowIndex,
    /// Group `g` is `order[starts[g]..starts[g + 1]]`.
    pub starts: Vec<usize>,
    /// Where each row stands in `order`.
    pub back: RowIndex,
    /// The group of each row.
    pub group: RowIndex,
}

impl Groups {
    /// Groups `0..count` from the group of each row.
    pub fn new(group: &[u32], count: usize) -> Self {
        let group = RowIndex::new(group.to_vec(), count);
        let inverse = group.inverse();
        let (order, starts) = (inverse.items.clone(), inverse.offsets.clone());
        let mut back = vec![0u32; order.len()];
        order.iter().enumerate().for_each(|(place, &row)| back[row as usize] = place as u32);
        let rows = order.len();
        Groups { order: RowIndex::new(order, rows), starts, back: RowIndex::new(back, rows), group }
    }
}

/// Arcs gathered by (relation, target): each such pair is a row of its own until the pairs of a target are summed.
#[derive(Debug)]
pub struct ByRelation {
    /// From sources to pairs.
    pub pairs: Relation,
    /// Pairs of relation `r` are `starts[r]..starts[r + 1]`.
    pub starts: Vec<usize>,
    /// From pairs to targets.
    pub merge: Relation,
    /// The target of each pair.
    pub target: RowIndex,
    /// The relation of each pair.
    pub relation: RowIndex,
}

/// Sources repeated for each relation they are in, so that each copy can be transformed by its relation's weights.
#[derive(Debug)]
pub struct Stack {
    /// The source of each copy.
    pub source: RowIndex,
    /// The relation of each copy.
    pub relation: RowIndex,
    /// Copies of relation `r` are `starts[r]..starts[r + 1]`.
    pub starts: Vec<usize>,
    /// From copies to targets, all relations together.
    pub to_targets: Relation,
    /// From copies to the pairs of [`ByRelation`].
    pub to_pairs: Relation,
    /// The relation of each arc of `to_targets`.
    pub arc_relation: RowIndex,
}

/// Edges as such, for models that give them states.
#[derive(Debug)]
pub struct EdgeEnds {
    /// Where each edge starts.
    pub from: RowIndex,
    /// Where each edge ends.
    pub to: RowIndex,
    /// The label of each edge.
    pub label: RowIndex,
    /// Each edge itself.
    pub itself: RowIndex,
    /// From edges to the nodes they end at, by weight.
    pub into_nodes: Relation,
    /// From edges to the nodes they start from, by weight.
    pub out_of_nodes: Relation,
}

impl EdgeEnds {
    fn new(nodes: usize, labels: usize, ends: &[(u32, u32, u32)], weights: Option<&[f32]>) -> Self {
        let index = |of: fn(&(u32, u32, u32)) -> u32, bound| RowIndex::new(ends.iter().map(of).collect(), bound);
        let to_nodes = |of: fn(&(u32, u32, u32)) -> u32| {
            let along = |edge: usize| if weights.is_some() { edge as u32 } else { NO_ROW };
            let arcs = ends.iter().enumerate().map(|(edge, end)| (edge as u32, of(end), along(edge)));
            let arcs: Vec<Arc3> = arcs.collect();
            Relation::new(nodes, ends.len(), ends.len(), &arcs, weights)
        };
        EdgeEnds {
            from: index(|end| end.0, nodes),
            to: index(|end| end.1, nodes),
            label: index(|end| end.2, labels),
            itself: RowIndex::new((0..ends.len() as u32).collect(), ends.len()),
            into_nodes: to_nodes(|end| end.1),
            out_of_nodes: to_nodes(|end| end.0),
        }
    }
}

/// A relation with the factors of symmetric normalisation.
#[derive(Debug)]
pub struct Normalized {
    /// 1 / sqrt(d(u) d(v)) times its weight, for each arc.
    pub arcs: Vec<f32>,
    /// 1 / d(v) for each target's own row.
    pub own: Vec<f32>,
}

/// The bipartite graph of one layer; see the module's text.
#[derive(Debug)]
pub struct Block {
    /// Number of targets.
    pub targets: usize,
    /// Number of sources.
    pub sources: usize,
    /// Number of relations.
    pub relations: usize,
    /// Sources by node type; the targets are the first rows.
    pub source_types: Groups,
    /// Targets by node type.
    pub target_types: Groups,
    /// The weighted degree of each source: in the whole graph, or the number of neighbours drawn when that is less.
    pub degrees: Vec<f32>,
    arcs: Vec<Arc>,
    edges: usize,
    weights: Option<std::sync::Arc<Vec<f32>>>,
    merged: OnceLock<(Relation, RowIndex)>,
    loops: OnceLock<Relation>,
    normalized: OnceLock<Normalized>,
    plain_normalized: OnceLock<Vec<f32>>,
    by_relation: OnceLock<ByRelation>,
    pair_factors: OnceLock<Vec<f32>>,
    stack: OnceLock<Stack>,
    ends: Option<EdgeEnds>,
    /// Cache: the first layer's aggregation of constant features, which is the same in every epoch.
    pub first: OnceLock<Array2<f32>>,
}

impl Block {
    /// A block of these arcs. `types` = the node type of each source, of `type_count` types; `edges` = number of edges
    /// that arcs may name, `weights` their weights.
    #[expect(clippy::too_many_arguments, reason = "the shape of a block, each part once")]
    pub fn new(
        targets: usize,
        relations: usize,
        types: &[u32],
        type_count: usize,
        degrees: Vec<f32>,
        arcs: Vec<Arc>,
        edges: usize,
        weights: Option<std::sync::Arc<Vec<f32>>>,
    ) -> Self {
        Block {
            targets,
            sources: types.len(),
            relations,
            source_types: Groups::new(types, type_count),
            target_types: Groups::new(&types[..targets], type_count),
            degrees,
            arcs,
            edges,
            weights,
            merged: OnceLock::new(),
            loops: OnceLock::new(),
            normalized: OnceLock::new(),
            plain_normalized: OnceLock::new(),
            by_relation: OnceLock::new(),
            pair_factors: OnceLock::new(),
            stack: OnceLock::new(),
            ends: None,
            first: OnceLock::new(),
        }
    }

    /// Adds the edges as such: (from, to, label) of each.
    pub fn with_edge_ends(mut self, labels: usize, ends: &[(u32, u32, u32)]) -> Self {
        let weights = self.weights.as_ref().map(|weights| weights.as_slice());
        self.ends = Some(EdgeEnds::new(self.sources, labels, ends, weights));
        self
    }

    /// The edges as such.
    ///
    /// # Panics
    /// When the block was made without them: a mistake in this crate.
    pub fn edge_ends(&self) -> &EdgeEnds {
        match &self.ends {
            Some(ends) => ends,
            None => panic!("a block without edges as such"),
        }
    }

    /// Whether there are sources that are no targets.
    pub fn is_sampled(&self) -> bool {
        self.sources != self.targets
    }

    fn relation(&self, targets: usize, sources: usize, arcs: &[Arc3]) -> Relation {
        Relation::new(targets, sources, self.edges, arcs, self.weights.as_ref().map(|weights| weights.as_slice()))
    }

    fn merged_with_relations(&self) -> &(Relation, RowIndex) {
        self.merged.get_or_init(|| {
            let arcs: Vec<Arc3> = self.arcs.iter().map(|arc| (arc.source, arc.target, arc.edge)).collect();
            let relation = self.relation(self.targets, self.sources, &arcs);
            let of_arcs = by_target(self.targets, &self.arcs, |arc| arc.target, |arc| arc.relation);
            (relation, RowIndex::new(of_arcs, self.relations))
        })
    }

    /// All arcs as one relation.
    pub fn merged(&self) -> &Relation {
        &self.merged_with_relations().0
    }

    /// The relation of each arc of [`merged`](Self::merged).
    pub fn arc_relations(&self) -> &RowIndex {
        &self.merged_with_relations().1
    }

    /// All arcs, and a loop at each target.
    pub fn with_loops(&self) -> &Relation {
        self.loops.get_or_init(|| {
            let mut arcs: Vec<Arc3> = self.arcs.iter().map(|arc| (arc.source, arc.target, arc.edge)).collect();
            arcs.extend((0..self.targets as u32).map(|node| (node, node, NO_ROW)));
            self.relation(self.targets, self.sources, &arcs)
        })
    }

    /// Factors of symmetric normalisation for [`merged`](Self::merged), loops included (Kipf and Welling, ICLR 2017).
    pub fn normalized(&self) -> &Normalized {
        self.normalized.get_or_init(|| {
            let inverse: Vec<f32> = self.degrees.iter().map(|degree| 1.0 / (1.0 + degree).sqrt()).collect();
            let own = inverse[..self.targets].iter().map(|factor| factor * factor).collect();
            Normalized { arcs: arc_factors(self.merged(), &inverse), own }
        })
    }

    /// The same without loops: 1 / sqrt(d(u) d(v)) for each arc (He et al., LightGCN, SIGIR 2020).
    pub fn normalized_without_loops(&self) -> &[f32] {
        self.plain_normalized.get_or_init(|| {
            let inverse = |degree: &f32| if *degree > 0.0 { 1.0 / degree.sqrt() } else { 0.0 };
            let inverse: Vec<f32> = self.degrees.iter().map(inverse).collect();
            arc_factors(self.merged(), &inverse)
        })
    }

    /// Arcs by (relation, target).
    pub fn by_relation(&self) -> &ByRelation {
        self.by_relation.get_or_init(|| {
            let mut keys: Vec<(u32, u32)> = self.arcs.iter().map(|arc| (arc.relation, arc.target)).collect();
            keys.sort_unstable();
            keys.dedup();
            let place = |key| keys.partition_point(|known| *known < key) as u32;
            let arcs: Vec<Arc3> =
                self.arcs.iter().map(|arc| (arc.source, place((arc.relation, arc.target)), arc.edge)).collect();
            let merging: Vec<Arc3> =
                keys.iter().enumerate().map(|(pair, &(_, target))| (pair as u32, target, NO_ROW)).collect();
            let starts = starts_of(&keys, self.relations);
            ByRelation {
                pairs: self.relation(keys.len(), self.sources, &arcs),
                starts,
                merge: Relation::new(self.targets, keys.len(), 0, &merging, None),
                target: RowIndex::new(keys.iter().map(|key| key.1).collect(), self.targets),
                relation: RowIndex::new(keys.iter().map(|key| key.0).collect(), self.relations),
            }
        })
    }

    /// Factors of symmetric normalisation within each relation, for the arcs of `by_relation().pairs`.
    pub fn pair_factors(&self) -> &[f32] {
        self.pair_factors.get_or_init(|| {
            let by_relation = self.by_relation();
            let pairs = &by_relation.pairs;
            let relation_of = by_relation.relation.rows();
            let weight = |arc: usize| pairs.weights.as_ref().map_or(1.0, |weights| weights[arc]);
            let mut out_degrees = std::collections::BTreeMap::<(u32, u32), f32>::new();
            for (arc, (&source, &pair)) in pairs.source.rows().iter().zip(pairs.target.rows()).enumerate() {
                *out_degrees.entry((relation_of[pair as usize], source)).or_default() += weight(arc);
            }
            let inverse = pairs.inverse_degrees();
            let factor = |(arc, (&source, &pair)): (usize, (&u32, &u32))| {
                let out = out_degrees.get(&(relation_of[pair as usize], source)).copied().unwrap_or(0.0);
                if out > 0.0 { weight(arc) * (inverse[pair as usize] / out).sqrt() } else { 0.0 }
            };
            pairs.source.rows().iter().zip(pairs.target.rows()).enumerate().map(factor).collect()
        })
    }

    /// Sources repeated by relation.
    pub fn stack(&self) -> &Stack {
        self.stack.get_or_init(|| {
            let mut keys: Vec<(u32, u32)> = self.arcs.iter().map(|arc| (arc.relation, arc.source)).collect();
            keys.sort_unstable();
            keys.dedup();
            let place = |key| keys.partition_point(|known| *known < key) as u32;
            let copy = |arc: &Arc| place((arc.relation, arc.source));
            let to_targets: Vec<Arc3> = self.arcs.iter().map(|arc| (copy(arc), arc.target, arc.edge)).collect();
            let pairs = self.by_relation();
            let mut pair_keys: Vec<(u32, u32)> =
                pairs.relation.rows().iter().copied().zip(pairs.target.rows().iter().copied()).collect();
            pair_keys.sort_unstable();
            let pair = |arc: &Arc| pair_keys.partition_point(|known| *known < (arc.relation, arc.target)) as u32;
            let to_pairs: Vec<Arc3> = self.arcs.iter().map(|arc| (copy(arc), pair(arc), arc.edge)).collect();
            let arc_relation = by_target(self.targets, &self.arcs, |arc| arc.target, |arc| arc.relation);
            Stack {
                source: RowIndex::new(keys.iter().map(|key| key.1).collect(), self.sources),
                relation: RowIndex::new(keys.iter().map(|key| key.0).collect(), self.relations),
                starts: starts_of(&keys, self.relations),
                to_targets: self.relation(self.targets, keys.len(), &to_targets),
                to_pairs: self.relation(pair_keys.len(), keys.len(), &to_pairs),
                arc_relation: RowIndex::new(arc_relation, self.relations),
            }
        })
    }
}

fn arc_factors(relation: &Relation, inverse: &[f32]) -> Vec<f32> {
    let (sources, targets) = (relation.source.rows(), relation.target.rows());
    let factor = |arc: usize| {
        let weight = relation.weights.as_ref().map_or(1.0, |weights| weights[arc]);
        weight * inverse[sources[arc] as usize] * inverse[targets[arc] as usize]
    };
    (0..relation.arcs()).map(factor).collect()
}

/// A figure of each arc, in the order that [`Relation::new`] gives them.
fn by_target(targets: usize, arcs: &[Arc], target: impl Fn(&Arc) -> u32, figure: impl Fn(&Arc) -> u32) -> Vec<u32> {
    let index = RowIndex::new(arcs.iter().map(target).collect(), targets);
    index.inverse().items.iter().map(|&arc| figure(&arcs[arc as usize])).collect()
}

fn starts_of(keys: &[(u32, u32)], relations: usize) -> Vec<usize> {
    (0..=relations as u32).map(|relation| keys.partition_point(|key| key.0 < relation)).collect()
}
