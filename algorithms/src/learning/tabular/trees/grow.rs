//! Growing one tree: sums of slopes by bin, the best split of a leaf, and its rows parted.
//!
//! The sums of a leaf's larger child are those of the leaf less those of the smaller one (Ke et al., "LightGBM", NeurIPS 2017), so that
//! only the smaller half of the rows is read. A feature is summed and searched by one thread, in the order of the rows.

use std::ops::Range;

use super::bins::Column;
use super::loss::Slope;
use super::tree::{Node, Tree};
use super::{Growth, Trees};
use crate::core::crew::Crew;
use crate::core::error::Error;

/// Rows whose slopes stay in the processor's cache while several features are summed.
const BLOCK: usize = 2048;
/// Most features that one thread takes at a time.
const MOST_TOGETHER: usize = 8;
/// Cells and rows to go through below which one thread is faster than several.
const LITTLE: usize = 1 << 14;
/// A gain below this share of what the leaf has is rounding.
const LEAST_GAIN: f64 = 1e-10;

/// Sums over the rows of a leaf that are in one bin, or in the leaf.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    gradient: f64,
    hessian: f64,
    rows: u32,
}

impl Cell {
    fn add(&mut self, slope: Slope) {
        self.gradient += slope.gradient;
        self.hessian += slope.hessian;
        self.rows += 1;
    }

    fn plus(self, other: Cell) -> Cell {
        Cell {
            gradient: self.gradient + other.gradient,
            hessian: self.hessian + other.hessian,
            rows: self.rows + other.rows,
        }
    }

    fn minus(self, other: Cell) -> Cell {
        Cell {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }

    /// By how much the best constant lowers the loss, twice.
    fn strength(self, lambda: f64) -> f64 {
        let divisor = self.hessian + lambda;
        if divisor > 0.0 { self.gradient * self.gradient / divisor } else { 0.0 }
    }
}

/// A question that parts a leaf.
#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    /// The place of the feature among those of the tree.
    place: usize,
    /// Values in bins up to this go left.
    bin: usize,
    missing_left: bool,
}

/// A leaf that may be split.
struct Leaf {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    total: Cell,
    sums: Vec<Cell>,
    split: Option<Split>,
}

/// A grown tree and where its rows are.
pub(super) struct Grown {
    pub tree: Tree,
    /// The rows of each leaf together.
    pub rows: Vec<u32>,
    /// Each leaf's node and its range of `rows`.
    pub leaves: Vec<(usize, Range<usize>)>,
    /// Features that were asked and what they gained.
    pub gains: Vec<(u32, f64)>,
}

/// What the tree is grown on.
pub(super) struct Ground<'a> {
    pub columns: &'a [Column],
    /// The features that may be asked.
    pub features: &'a [u32],
    pub slopes: &'a [Slope],
    pub weights: &'a [f64],
    pub settings: &'a Trees,
    pub crew: Crew<'a>,
}

/// How the features' cells lie in a leaf's sums.
struct Layout {
    /// The first cell of each feature, and the end.
    first: Vec<usize>,
    /// Features that one thread takes together.
    groups: Vec<Range<usize>>,
}

impl Layout {
    fn new(ground: &Ground<'_>) -> Self {
        let mut first = vec![0];
        for &feature in ground.features {
            first.push(first[first.len() - 1] + ground.columns[feature as usize].missing() + 1);
        }
        let features = ground.features.len();
        let together = (features / (4 * ground.crew.threads)).clamp(1, MOST_TOGETHER);
        let groups = (0..features).step_by(together).map(|start| start..(start + together).min(features)).collect();
        Layout { first, groups }
    }

    fn cells(&self) -> usize {
        self.first[self.first.len() - 1]
    }

    /// The cells of each group.
    fn parts<'c>(&self, mut cells: &'c mut [Cell]) -> Vec<&'c mut [Cell]> {
        let mut parts = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let (part, rest) = cells.split_at_mut(self.first[group.end] - self.first[group.start]);
            parts.push(part);
            cells = rest;
        }
        parts
    }
}

/// Grows a tree on these rows, which are ascending.
pub(super) fn grow(ground: &Ground<'_>, mut rows: Vec<u32>) -> Result<Grown, Error> {
    let settings = ground.settings;
    let layout = Layout::new(ground);
    let mut spare: Vec<Vec<Cell>> = Vec::new();
    let mut aside = Vec::with_capacity(rows.len());
    let (total, cover) = sums(ground, &rows);
    let mut tree = Tree { nodes: vec![Node::leaf(cover)] };
    let mut root = Leaf { node: 0, rows: 0..rows.len(), depth: 0, total, sums: Vec::new(), split: None };
    if root.may_split(settings) {
        root.sums = vec![Cell::default(); layout.cells()];
        root.split = search(ground, &layout, &rows, (&mut root.sums[..], total), None)?[0];
    }
    let (mut open, mut done, mut gains) = (vec![root], Vec::new(), Vec::new());
    while !open.is_empty() {
        let leaves = open.len() + done.len();
        let leaf = open.remove(next(settings.growth, &open));
        let Some(split) = leaf.split.filter(|_| leaves < settings.leaves) else {
            done.push((leaf.node, leaf.rows));
            spare.push(leaf.sums);
            continue;
        };
        let feature = ground.features[split.place];
        let column = &ground.columns[feature as usize];
        let left = leaf.rows.start + part(&mut rows[leaf.rows.clone()], &mut aside, column, split);
        let child = tree.nodes.len();
        let node = &mut tree.nodes[leaf.node];
        node.feature = feature;
        node.threshold = column.bounds.get(split.bin).copied().unwrap_or(f64::INFINITY);
        node.missing_left = split.missing_left;
        (node.left, node.right) = (child as u32, child as u32 + 1);
        gains.push((feature, split.gain));
        let mut children = [leaf.rows.start..left, left..leaf.rows.end].map(|range| {
            let (total, cover) = sums(ground, &rows[range.clone()]);
            tree.nodes.push(Node::leaf(cover));
            let node = tree.nodes.len() - 1;
            Leaf { node, rows: range, depth: leaf.depth + 1, total, sums: Vec::new(), split: None }
        });
        if leaves + 1 < settings.leaves && children.iter().any(|child| child.may_split(settings)) {
            let smaller = usize::from(children[1].rows.len() < children[0].rows.len());
            let (mut of_smaller, mut of_larger) = (spare.pop().unwrap_or_default(), leaf.sums);
            of_smaller.clear();
            of_smaller.resize(layout.cells(), Cell::default());
            let (small, large) = (&children[smaller], &children[1 - smaller]);
            let small_rows = &rows[small.rows.clone()];
            let splits = search(
                ground,
                &layout,
                small_rows,
                (&mut of_smaller[..], small.total),
                Some((&mut of_larger[..], large.total)),
            )?;
            for (child, cells, split) in [(smaller, of_smaller, splits[0]), (1 - smaller, of_larger, splits[1])] {
                children[child].split = split.filter(|_| children[child].may_split(settings));
                children[child].sums = cells;
            }
        }
        open.extend(children);
    }
    Ok(Grown { tree, rows, leaves: done, gains })
}

impl Leaf {
    /// Whether it is worth looking for a split.
    fn may_split(&self, settings: &Trees) -> bool {
        self.rows.len() >= 2 * settings.least_examples.max(1) && settings.depth.is_none_or(|depth| self.depth < depth)
    }
}

/// The place of the leaf to split next: the one that gains most, or the one that has waited longest.
fn next(growth: Growth, open: &[Leaf]) -> usize {
    match growth {
        Growth::DepthWise => 0,
        Growth::LeafWise => {
            let gain = |leaf: &Leaf| leaf.split.map_or(-1.0, |split| split.gain);
            (1..open.len()).fold(0, |best, place| if gain(&open[place]) > gain(&open[best]) { place } else { best })
        }
    }
}

/// The sums of slopes and of weights.
fn sums(ground: &Ground<'_>, rows: &[u32]) -> (Cell, f64) {
    rows.iter().fold((Cell::default(), 0.0), |(mut total, cover), &row| {
        total.add(ground.slopes[row as usize]);
        (total, cover + ground.weights[row as usize])
    })
}

/// Puts the rows that go left before the others, both in their order, and says how many go left.
fn part(rows: &mut [u32], aside: &mut Vec<u32>, column: &Column, split: Split) -> usize {
    aside.clear();
    let mut left = 0;
    for place in 0..rows.len() {
        let row = rows[place];
        let bin = usize::from(column.bins[row as usize]);
        if if bin == column.missing() { split.missing_left } else { bin <= split.bin } {
            rows[left] = row;
            left += 1;
        } else {
            aside.push(row);
        }
    }
    rows[left..].copy_from_slice(aside);
    left
}

/// Sums the slopes of a leaf's rows and finds its best split; with a second leaf, whose cells hold the sums of both, likewise that one.
fn search(
    ground: &Ground<'_>,
    layout: &Layout,
    rows: &[u32],
    (cells, total): (&mut [Cell], Cell),
    larger: Option<(&mut [Cell], Cell)>,
) -> Result<[Option<Split>; 2], Error> {
    let slopes: Vec<Slope> = rows.iter().map(|&row| ground.slopes[row as usize]).collect();
    let (both, larger_total) = larger.map_or((None, Cell::default()), |(cells, total)| (Some(cells), total));
    let both = match both {
        Some(cells) => layout.parts(cells).into_iter().map(Some).collect(),
        None => layout.groups.iter().map(|_| None).collect::<Vec<_>>(),
    };
    let work = rows.len() * ground.features.len() + layout.cells();
    let threads = if work < LITTLE { 1 } else { ground.crew.threads };
    let mut found = vec![[None; 2]; layout.groups.len()];
    let tasks = layout.groups.iter().zip(layout.parts(cells)).zip(both).zip(&mut found);
    ground.crew.context.for_each(threads, tasks, |(((group, cells), mut both), found)| {
        let first = layout.first[group.start];
        for (rows, slopes) in rows.chunks(BLOCK).zip(slopes.chunks(BLOCK)) {
            for place in group.clone() {
                let bins = &ground.columns[ground.features[place] as usize].bins;
                let cells = &mut cells[layout.first[place] - first..layout.first[place + 1] - first];
                for (&row, &slope) in rows.iter().zip(slopes) {
                    cells[usize::from(bins[row as usize])].add(slope);
                }
            }
        }
        if let Some(both) = &mut both {
            both.iter_mut().zip(&*cells).for_each(|(both, small)| *both = both.minus(*small));
        }
        for place in group.clone() {
            let own = layout.first[place] - first..layout.first[place + 1] - first;
            best(&cells[own.clone()], total, place, ground.settings, &mut found[0]);
            if let Some(both) = &both {
                best(&both[own], larger_total, place, ground.settings, &mut found[1]);
            }
        }
        Ok(())
    })?;
    Ok([0, 1].map(|leaf: usize| {
        let mut found = found.iter().filter_map(|group| group[leaf]);
        let first = found.next();
        // Of equal gains the first feature's is taken.
        found.fold(first, |best, split| best.filter(|best| best.gain >= split.gain).or(Some(split)))
    }))
}

/// The best split by one feature, if it is better than the one that is there.
fn best(cells: &[Cell], total: Cell, place: usize, settings: &Trees, found: &mut Option<Split>) {
    let (missing, values) = (cells[cells.len() - 1], &cells[..cells.len() - 1]);
    let have = total.strength(settings.lambda);
    let least = settings.least_gain.max(LEAST_GAIN * have);
    let fits =
        |cell: Cell| cell.rows as usize >= settings.least_examples.max(1) && cell.hessian >= settings.least_hessian;
    // Where nothing is missing there is one way only, and what is missing later goes with most.
    let ways: &[bool] = if missing.rows > 0 { &[false, true] } else { &[false] };
    for &missing_left in ways {
        let mut left = if missing_left { missing } else { Cell::default() };
        for (bin, &cell) in values.iter().enumerate() {
            if cell.rows == 0 {
                continue;
            }
            left = left.plus(cell);
            let right = total.minus(left);
            if right.rows == 0 {
                break;
            }
            if !fits(left) || !fits(right) {
                continue;
            }
            let gain = left.strength(settings.lambda) + right.strength(settings.lambda) - have;
            if gain > least && found.is_none_or(|found| gain > found.gain) {
                let missing_left = if missing.rows > 0 { missing_left } else { left.rows > right.rows };
                *found = Some(Split { gain, place, bin, missing_left });
            }
        }
    }
}
