//! The input layer: from features to the first states, before any message is passed.
//!
//! With one node type the features are the states. With several, each type has features of its own width, and a linear
//! map of its own brings them to one width. Categories are looked up in learned tables. A type without features gets a
//! learned vector for each of its nodes, or numbers made of its degree.

use ndarray::Array2;

use super::parameters::{Parameter, Parameters};
use super::relation::RowIndex;
use super::tape::{Activation, Tape, Var};
use crate::learning::features::EncodedGroup;

/// The features of the nodes of one type.
#[derive(Debug)]
pub struct GroupData {
    /// Numbers; no columns when there are none.
    pub dense: Array2<f32>,
    /// Rows of each category's table.
    pub codes: Vec<RowIndex>,
    /// Rows of the table of learned vectors, if this type has one.
    pub ids: Option<RowIndex>,
    /// Widths of the categories' tables.
    widths: Vec<usize>,
    rows: usize,
}

impl GroupData {
    /// Rows and width of each category's table.
    pub fn tables(&self) -> Vec<(usize, usize)> {
        self.codes.iter().map(RowIndex::bound).zip(self.widths.iter().copied()).collect()
    }
}

/// The features of all nodes, or of some.
#[derive(Debug)]
pub struct InputData {
    /// By node type.
    pub groups: Vec<GroupData>,
    /// Where each node stands when the groups are put one below the other; `None` = in order.
    back: Option<RowIndex>,
}

crate::choices! {
    /// Input of nodes of a type without features.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum WithoutFeatures {
        /// A vector is learned for each.
        Ids = "id",
        /// Their degree is their feature.
        Degrees = "degree",
    }
}

impl InputData {
    /// Takes over encoded features; `degrees` are the nodes' weighted degrees.
    pub fn new(groups: Vec<EncodedGroup>, degrees: &[f32], without: WithoutFeatures) -> Self {
        let single = groups.len() <= 1;
        let mut back = vec![0u32; if single { 0 } else { degrees.len() }];
        let mut place = 0;
        let take = |group: EncodedGroup| {
            let rows = group.rows.len();
            if !single {
                for &row in &group.rows {
                    back[row as usize] = place;
                    place += 1;
                }
            }
            let bare = group.dense.ncols() == 0 && group.categories.is_empty();
            let (dense, ids) = match (bare, without) {
                (true, WithoutFeatures::Ids) => {
                    (Array2::zeros((rows, 0)), Some(RowIndex::new((0..rows as u32).collect(), rows)))
                }
                (true, WithoutFeatures::Degrees) => (degree_features(&group.rows, degrees), None),
                (false, _) => (group.dense, None),
            };
            let widths = group.categories.iter().map(|table| table.width).collect();
            let codes =
                group.categories.into_iter().map(|table| RowIndex::new(table.codes, table.cardinality)).collect();
            GroupData { dense, codes, ids, widths, rows }
        };
        let groups = groups.into_iter().map(take).collect();
        InputData { groups, back: (!single).then(|| RowIndex::new(back, degrees.len())) }
    }

    /// The features of these nodes alone; `types` = the type of every node, `within` its place among its type's.
    pub fn of_nodes(&self, nodes: &[u32], types: &[u32], within: &[u32]) -> Self {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.groups.len()];
        let mut places = Vec::with_capacity(nodes.len());
        for &node in nodes {
            let group = &mut rows[types[node as usize] as usize];
            places.push(group.len() as u32);
            group.push(within[node as usize]);
        }
        let starts: Vec<u32> = rows
            .iter()
            .scan(0, |start, rows| {
                let own = *start;
                *start += rows.len() as u32;
                Some(own)
            })
            .collect();
        let back = self.back.as_ref().map(|_| {
            let place = |(node, place): (&u32, u32)| starts[types[*node as usize] as usize] + place;
            RowIndex::new(nodes.iter().zip(places).map(place).collect(), nodes.len())
        });
        let pick = |index: &RowIndex, rows: &[u32]| {
            RowIndex::new(rows.iter().map(|&row| index.rows()[row as usize]).collect(), index.bound())
        };
        let take = |(group, rows): (&GroupData, &Vec<u32>)| {
            let mut dense = Array2::zeros((rows.len(), group.dense.ncols()));
            for (mut out, &row) in dense.outer_iter_mut().zip(rows) {
                out.assign(&group.dense.row(row as usize));
            }
            GroupData {
                dense,
                codes: group.codes.iter().map(|codes| pick(codes, rows)).collect(),
                ids: group.ids.as_ref().map(|ids| pick(ids, rows)),
                widths: group.widths.clone(),
                rows: rows.len(),
            }
        };
        InputData { groups: self.groups.iter().zip(&rows).map(take).collect(), back }
    }
}

/// Features of a node without others: 1, log(1 + degree) / 4, and 1 / (1 + degree).
fn degree_features(rows: &[u32], degrees: &[f32]) -> Array2<f32> {
    let figures = |&row: &u32| {
        let degree = degrees[row as usize];
        [1.0, degree.ln_1p() / 4.0, 1.0 / (1.0 + degree)]
    };
    Array2::from(rows.iter().map(figures).collect::<Vec<_>>())
}

/// The parameters of the input layer: embedding tables and linear maps.
pub struct InputLayer {
    groups: Vec<GroupLayer>,
    width: usize,
}

struct GroupLayer {
    tables: Vec<Parameter>,
    ids: Option<Parameter>,
    /// Weight and bias of the map to the common width.
    map: Option<(Parameter, Parameter)>,
}

/// The shape of a group's input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GroupShape {
    /// The node type.
    pub name: String,
    /// Numbers per node.
    pub dense: usize,
    /// Rows and width of each category's table.
    pub tables: Vec<(usize, usize)>,
    /// Nodes, if a vector is learned for each; else 0.
    pub ids: usize,
}

impl InputLayer {
    /// `hidden` = the common width of several types, and of learned vectors. With `plain`, groups are put side by side
    /// instead, each in columns of its own.
    pub fn new(groups: &[GroupShape], hidden: usize, plain: bool, parameters: &mut Parameters) -> Self {
        let several = groups.len() > 1 && !plain;
        let mut widths = Vec::new();
        let layers = groups
            .iter()
            .map(|group| {
                let name = if group.name.is_empty() { "input" } else { &group.name };
                let table = |(position, &(rows, width)): (usize, &(usize, usize)), parameters: &mut Parameters| {
                    parameters.uniform(format!("{name}.table{position}"), rows, width, 0.5)
                };
                let tables = group.tables.iter().enumerate().map(|pair| table(pair, parameters)).collect();
                let mut width = group.dense + group.tables.iter().map(|table| table.1).sum::<usize>();
                let ids = (group.ids > 0).then(|| {
                    width = hidden;
                    parameters.glorot(format!("{name}.ids"), group.ids, hidden)
                });
                let map = (several && ids.is_none()).then(|| {
                    let weight = parameters.glorot(format!("{name}.map"), width, hidden);
                    width = hidden;
                    (weight, parameters.constant(format!("{name}.map.bias"), 1, hidden, 0.0))
                });
                widths.push(width);
                GroupLayer { tables, ids, map }
            })
            .collect();
        let width = if plain { widths.iter().sum() } else { widths.first().copied().unwrap_or(0) };
        InputLayer { groups: layers, width }
    }

    /// Numbers per node that it gives.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The first states of all nodes of `data`.
    pub fn forward<'g>(&self, tape: &mut Tape<'g>, p: &[Var], data: &'g InputData, plain: bool) -> Var {
        let mut states = Vec::with_capacity(self.groups.len());
        let mut before = 0;
        for (layer, group) in self.groups.iter().zip(&data.groups) {
            let mut parts = Vec::new();
            if group.dense.ncols() > 0 {
                parts.push(tape.constant(&group.dense));
            }
            for (&table, codes) in layer.tables.iter().zip(&group.codes) {
                parts.push(tape.gather(&[(p[table], codes)]));
            }
            if let Some((ids, index)) = layer.ids.zip(group.ids.as_ref()) {
                let whole = index.len() == index.bound();
                parts.push(if whole { p[ids] } else { tape.gather(&[(p[ids], index)]) });
            }
            let mut state = if parts.is_empty() {
                let nothing = tape.workers().zeros(group.rows, 0);
                tape.constant_owned(nothing)
            } else {
                tape.concat_cols(&parts)
            };
            if let Some((weight, bias)) = layer.map {
                state = tape.linear(&[(state, p[weight])], Some(p[bias]), Activation::Relu);
            }
            if plain && self.groups.len() > 1 {
                let width = tape.shape(state).1;
                let zeros = |cols: usize, tape: &mut Tape<'g>| {
                    let zeros = tape.workers().zeros(group.rows, cols);
                    tape.constant_owned(zeros)
                };
                let (left, right) = (zeros(before, tape), zeros(self.width - before - width, tape));
                state = tape.concat_cols(&[left, state, right]);
                before += width;
            }
            states.push(state);
        }
        let all = tape.concat_rows(&states);
        match &data.back {
            Some(back) => tape.gather(&[(all, back)]),
            None => all,
        }
    }
}
