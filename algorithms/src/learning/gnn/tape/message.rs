//! Operations along the arcs of a relation.

use ndarray::{Array2, Zip, s};

use super::super::kernel::attention::{self, ScoreParts};
use super::super::relation::Relation;
use super::{Tape, Var};
use crate::numeric::kernel::sparse::{self, Factor, Heads, Lists};
use crate::numeric::matrix::RowMajor;

/// Constant coefficient of a message.
#[derive(Debug, Clone, Copy)]
pub enum Coefficient<'g> {
    /// The weight of its arc, or 1.
    Weight,
    /// The weight divided by the sum of weights into the target: the mean.
    Mean,
    /// A factor for each arc, and one for each target's own row.
    Arcs(&'g [f32], Option<&'g [f32]>),
}

fn targets_lists(relation: &Relation) -> Lists<'_> {
    Lists { offsets: &relation.offsets, rows: relation.source.rows() }
}

/// The targets of each source's arcs, and the arcs themselves.
fn sources_lists(relation: &Relation) -> (Lists<'_>, &[u32]) {
    let inverse = relation.source.inverse();
    (Lists { offsets: &inverse.offsets, rows: relation.back_targets() }, &inverse.items)
}

impl<'g> Tape<'g> {
    /// `out[v] = sum over arcs u -> v of coefficient * x[u]`; with a factor of its own row, `+ factor * x[v]`.
    pub fn aggregate(&mut self, relation: &'g Relation, coefficient: Coefficient<'g>, x: Var) -> Var {
        let (rows, cols) = self.shape(x);
        assert_eq!(rows, relation.sources(), "a row for each source");
        let mut out = self.workers.matrix(relation.targets(), cols);
        let lists = targets_lists(relation);
        let weights = relation.weights.as_deref();
        let plain = weights.map_or(Factor::One, Factor::Arc);
        {
            let x = self.value(x);
            match (coefficient, weights) {
                (Coefficient::Weight, _) => sparse::sum(self.workers, &mut out, lists, x, plain),
                (Coefficient::Mean, None) => {
                    sparse::sum(self.workers, &mut out, lists, x, Factor::Result(relation.inverse_degrees()));
                }
                (Coefficient::Mean, Some(_)) => {
                    sparse::sum(self.workers, &mut out, lists, x, plain);
                    self.scale_rows(&mut out, relation.inverse_degrees());
                }
                (Coefficient::Arcs(factors, own), _) => {
                    sparse::sum(self.workers, &mut out, lists, x, Factor::Arc(factors));
                    if let Some(own) = own {
                        self.add_own_rows(&mut out, x, own);
                    }
                }
            }
        }
        self.result(out, &[x], move |tape, g, gradients| {
            let (lists, arcs) = sources_lists(relation);
            let mut dx = tape.workers.matrix(relation.sources(), cols);
            let mut g = g;
            if matches!(coefficient, Coefficient::Mean) {
                tape.scale_rows(&mut g, relation.inverse_degrees());
            }
            let factor = match coefficient {
                Coefficient::Arcs(factors, _) => Factor::Item(arcs, factors),
                _ => relation.weights.as_deref().map_or(Factor::One, |weights| Factor::Item(arcs, weights)),
            };
            sparse::sum(tape.workers, &mut dx, lists, &g, factor);
            if let Coefficient::Arcs(_, Some(own)) = coefficient {
                // Targets are the first of the sources.
                tape.add_own_rows(&mut dx, &g, own);
            }
            gradients.add(tape, x, dx);
            tape.workers.recycle(g);
        })
    }

    pub(super) fn scale_rows(&self, matrix: &mut Array2<f32>, factors: &[f32]) {
        let cols = matrix.ncols();
        self.workers.for_rows(matrix, cols, |first, mut out| {
            for (mut out, &factor) in out.outer_iter_mut().zip(&factors[first..]) {
                out *= factor;
            }
        });
    }

    /// `out[v] += own[v] * x[v]` for the rows that have a factor, the first ones.
    fn add_own_rows(&self, out: &mut Array2<f32>, x: &Array2<f32>, own: &[f32]) {
        let cols = out.ncols();
        self.workers.for_rows(out, cols, |first, mut out| {
            for (row, mut out) in (first..own.len()).zip(out.outer_iter_mut()) {
                out.scaled_add(own[row], &x.row(row));
            }
        });
    }

    /// `out[v, c]` = the largest `x[u, c]` over arcs u -> v; 0 without arcs.
    pub fn aggregate_max(&mut self, relation: &'g Relation, x: Var) -> Var {
        let cols = self.value(x).ncols();
        let mut out = self.workers.matrix(relation.targets(), cols);
        let largest = sparse::max(self.workers, &mut out, targets_lists(relation), self.value(x));
        self.result(out, &[x], move |tape, g, gradients| {
            let (lists, arcs) = sources_lists(relation);
            let mut dx = tape.workers.matrix(relation.sources(), cols);
            tape.workers.for_rows(&mut dx, 4 * cols, |first, mut out| {
                for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
                    out.fill(0.0);
                    let positions = lists.offsets[row]..lists.offsets[row + 1];
                    for (&target, &arc) in lists.rows[positions.clone()].iter().zip(&arcs[positions]) {
                        let (g, largest) = (g.row(target as usize), largest.row(target as usize));
                        Zip::from(&mut out).and(g).and(largest).for_each(|sum, &g, &largest| {
                            *sum += if largest == arc { g } else { 0.0 };
                        });
                    }
                }
            });
            gradients.add(tape, x, dx);
            tape.workers.recycle(g);
        })
    }

    /// Shares of each target's arcs by additive attention: the softmax over the arcs into v of
    /// `leaky(source[u] + target[v] + arc[u -> v])`, head by head (Velickovic et al., Graph attention networks, ICLR
    /// 2018). `source` is sources x heads, `target` targets x heads, `arc` arcs x heads.
    pub fn additive_attention(
        &mut self,
        relation: &'g Relation,
        source: Var,
        target: Var,
        arc: Option<Var>,
        slope: f32,
    ) -> Var {
        let heads = self.value(source).ncols();
        assert!(heads <= attention::MOST_HEADS);
        let mut out = self.workers.matrix(relation.arcs(), heads);
        {
            let parts = ScoreParts {
                source_of: relation.source.rows(),
                source: self.value(source).flat(),
                target: self.value(target).flat(),
                arc: arc.map(|arc| self.value(arc).flat()),
                slope,
            };
            attention::additive(self.workers, &mut out, &relation.offsets, parts);
        }
        let operands: Vec<Var> = [source, target].into_iter().chain(arc).collect();
        let output = Var(self.values.len());
        self.result(out, &operands, move |tape, mut g, gradients| {
            let parts = ScoreParts {
                source_of: relation.source.rows(),
                source: tape.value(source).flat(),
                target: tape.value(target).flat(),
                arc: arc.map(|arc| tape.value(arc).flat()),
                slope,
            };
            attention::softmax_backward(tape.workers, &mut g, &relation.offsets, tape.value(output), Some(parts));
            if tape.is_tracked(source) {
                let mut part = tape.workers.matrix(relation.sources(), heads);
                let inverse = relation.source.inverse();
                let lists = Lists { offsets: &inverse.offsets, rows: &inverse.items };
                sparse::sum(tape.workers, &mut part, lists, &g, Factor::One);
                gradients.add(tape, source, part);
            }
            if tape.is_tracked(target) {
                let part = tape.sum_arcs(relation, &g);
                gradients.add(tape, target, part);
            }
            match arc {
                Some(arc) => gradients.add(tape, arc, g),
                None => tape.workers.recycle(g),
            }
        })
    }

    /// `out[v] = sum over arcs into v of x[arc]`.
    fn sum_arcs(&self, relation: &Relation, x: &Array2<f32>) -> Array2<f32> {
        let cols = x.ncols();
        let mut out = self.workers.matrix(relation.targets(), cols);
        let cost = cols * (relation.arcs() / relation.targets().max(1) + 1);
        self.workers.for_rows(&mut out, cost, |first, mut out| {
            for (row, mut out) in (first..).zip(out.outer_iter_mut()) {
                out.fill(0.0);
                x.slice(s![relation.offsets[row]..relation.offsets[row + 1], ..]).outer_iter().for_each(|x| out += &x);
            }
        });
        out
    }

    /// The sum of the arcs' rows at each target; with `mean` their mean, weighted by the arcs' weights either way.
    pub fn sum_of_arcs(&mut self, relation: &'g Relation, mean: bool, x: Var) -> Var {
        let (rows, cols) = self.shape(x);
        assert_eq!(rows, relation.arcs(), "a row for each arc");
        let mut out;
        match &relation.weights {
            None => out = self.sum_arcs(relation, self.value(x)),
            Some(weights) => {
                let mut weighted = self.copied(self.value(x));
                self.scale_rows(&mut weighted, weights);
                out = self.sum_arcs(relation, &weighted);
                self.workers.recycle(weighted);
            }
        }
        if mean {
            self.scale_rows(&mut out, relation.inverse_degrees());
        }
        self.result(out, &[x], move |tape, mut g, gradients| {
            if mean {
                tape.scale_rows(&mut g, relation.inverse_degrees());
            }
            let mut dx = tape.workers.matrix(relation.arcs(), cols);
            let targets = relation.target.rows();
            tape.workers.for_rows(&mut dx, cols, |first, mut out| {
                for (arc, mut out) in (first..).zip(out.outer_iter_mut()) {
                    let weight = relation.weights.as_ref().map_or(1.0, |weights| weights[arc]);
                    out.zip_mut_with(&g.row(targets[arc] as usize), |out, g| *out = weight * g);
                }
            });
            gradients.add(tape, x, dx);
            tape.workers.recycle(g);
        })
    }

    /// The product `q[v, h] . k[u, h] * scale` for each arc u -> v and head; q is targets x heads*d, k sources x
    /// heads*d.
    pub fn arc_products(&mut self, relation: &'g Relation, q: Var, k: Var, heads: usize, scale: f32) -> Var {
        let width = self.value(q).ncols() / heads;
        let shape = Heads { count: heads, width, shared: false };
        let mut out = self.workers.matrix(relation.arcs(), heads);
        let (left, right) = ((relation.target.rows(), self.value(q)), (relation.source.rows(), self.value(k)));
        sparse::arc_dots(self.workers, &mut out, shape, left, right);
        out *= scale;
        self.result(out, &[q, k], move |tape, mut g, gradients| {
            g *= scale;
            if tape.is_tracked(q) {
                let mut dq = tape.workers.matrix(relation.targets(), heads * width);
                sparse::sum_heads(tape.workers, &mut dq, shape, targets_lists(relation), None, tape.value(k), &g);
                gradients.add(tape, q, dq);
            }
            if tape.is_tracked(k) {
                let (lists, arcs) = sources_lists(relation);
                let mut dk = tape.workers.matrix(relation.sources(), heads * width);
                sparse::sum_heads(tape.workers, &mut dk, shape, lists, Some(arcs), tape.value(q), &g);
                gradients.add(tape, k, dk);
            }
            tape.workers.recycle(g);
        })
    }

    /// The softmax of scores (arcs x heads) over the arcs into each target.
    pub fn arc_softmax(&mut self, relation: &'g Relation, scores: Var) -> Var {
        let mut out = self.copied(self.value(scores));
        attention::softmax(self.workers, &mut out, &relation.offsets);
        let output = Var(self.values.len());
        self.result(out, &[scores], move |tape, mut g, gradients| {
            attention::softmax_backward(tape.workers, &mut g, &relation.offsets, tape.value(output), None);
            gradients.add(tape, scores, g);
        })
    }

    /// `out[v, h] = sum over arcs u -> v of alpha[arc, h] * x[u, h]`. With `shared`, x is sources x d and every head
    /// takes the whole row; else x is sources x heads*d. The result is targets x heads*d.
    pub fn aggregate_heads(&mut self, relation: &'g Relation, alpha: Var, x: Var, shared: bool) -> Var {
        let (count, cols) = (self.value(alpha).ncols(), self.value(x).ncols());
        let width = if shared { cols } else { cols / count };
        let heads = Heads { count, width, shared };
        let mut out = self.workers.matrix(relation.targets(), count * width);
        let lists = targets_lists(relation);
        sparse::sum_heads(self.workers, &mut out, heads, lists, None, self.value(x), self.value(alpha));
        self.result(out, &[alpha, x], move |tape, g, gradients| {
            if tape.is_tracked(alpha) {
                let mut dalpha = tape.workers.matrix(relation.arcs(), count);
                let (left, right) = ((relation.target.rows(), &g), (relation.source.rows(), tape.value(x)));
                sparse::arc_dots(tape.workers, &mut dalpha, heads, left, right);
                gradients.add(tape, alpha, dalpha);
            }
            if tape.is_tracked(x) {
                let (lists, arcs) = sources_lists(relation);
                let mut dx = tape.workers.matrix(relation.sources(), cols);
                let alpha = tape.value(alpha);
                if shared {
                    sparse::sum_heads_shared_back(tape.workers, &mut dx, heads, lists, arcs, &g, alpha);
                } else {
                    sparse::sum_heads(tape.workers, &mut dx, heads, lists, Some(arcs), &g, alpha);
                }
                gradients.add(tape, x, dx);
            }
            tape.workers.recycle(g);
        })
    }
}
