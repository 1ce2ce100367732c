//! Where a network begins to look: the entities of each example, and how the states of several become one.

use ndarray::{Array2, Axis};

use crate::algorithm::examples::Role;
use crate::graph::csr::NodeIndex;
use crate::learning::gnn::parameters::{Parameter, Parameters};
use crate::learning::gnn::relation::{NO_ROW, RowIndex};
use crate::learning::gnn::tape::{Tape, Var};

/// The examples of a network.
pub struct Roots<'a> {
    /// Their entities.
    pub roles: &'a [Role],
    /// Of each example, what is later than this is not seen.
    pub seen: &'a [f64],
    /// Numbers beside what it sees; `None` = none.
    pub beside: Option<&'a Array2<f32>>,
}

/// The rows of states that belong to each role of some examples; empty where the states are those of the examples.
pub type RootIndex = Vec<RowIndex>;

impl Roots<'_> {
    /// Whether an example is about anything but one entity.
    pub fn are_joint(&self) -> bool {
        self.roles.len() > 1 || self.roles.iter().any(|role| role.entities.contains(&None))
    }

    /// The entities of some examples, role by role, with what is later than they see; and which are whose.
    pub fn of(&self, rows: &[u32]) -> (Vec<(NodeIndex, f64)>, RootIndex) {
        let mut seen = Vec::with_capacity(rows.len() * self.roles.len());
        let mut places = Vec::with_capacity(self.roles.len());
        for role in self.roles {
            let place = |&row: &u32| match role.entities[row as usize] {
                None => NO_ROW,
                Some(entity) => {
                    seen.push((entity, self.seen[row as usize]));
                    seen.len() as u32 - 1
                }
            };
            places.push(rows.iter().map(place).collect::<Vec<u32>>());
        }
        if seen.is_empty() {
            // A block has a row at least; this one sees nothing, and nobody asks for it.
            seen.push((0, f64::NEG_INFINITY));
        }
        let index = match self.are_joint() {
            true => places.into_iter().map(|of_role| RowIndex::new(of_role, seen.len())).collect(),
            false => Vec::new(),
        };
        (seen, index)
    }

    /// The numbers beside what some examples see.
    pub fn beside(&self, rows: &[u32]) -> Option<Array2<f32>> {
        let rows: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
        self.beside.map(|numbers| numbers.select(Axis(0), &rows))
    }
}

/// Makes one state of those of an example's entities: the sum of a map of each, and of the products of two by two, since whether
/// two things suit each other is in neither alone. An entity that is not there counts as zero.
pub struct Joint {
    /// Of each role the map of the sum, and that of the products.
    maps: Vec<(Parameter, Option<Parameter>)>,
}

impl Joint {
    /// Of so many roles, whose states are so wide.
    pub fn new(roles: usize, width: usize, p: &mut Parameters) -> Joint {
        let map = |role: usize| {
            let sum = p.glorot(format!("role{role}.weight"), width, width);
            (sum, (roles > 1).then(|| p.glorot(format!("role{role}.product"), width, width)))
        };
        Joint { maps: (0..roles).map(map).collect() }
    }

    /// The states of the examples.
    pub fn forward<'g>(&self, tape: &mut Tape<'g>, p: &[Var], states: Var, index: &'g RootIndex) -> Var {
        let mapped: Vec<(Var, &RowIndex)> =
            self.maps.iter().zip(index).map(|((map, _), rows)| (tape.matmul(states, p[*map]), rows)).collect();
        let mut out = tape.gather(&mapped);
        let mut factors = Vec::new();
        for ((_, product), rows) in self.maps.iter().zip(index) {
            let Some(product) = product else { continue };
            let mapped = tape.matmul(states, p[*product]);
            factors.push(tape.gather(&[(mapped, rows)]));
        }
        for (place, &first) in factors.iter().enumerate() {
            for &second in &factors[place + 1..] {
                let product = tape.mul(first, second);
                out = tape.add(out, product);
            }
        }
        out
    }
}
