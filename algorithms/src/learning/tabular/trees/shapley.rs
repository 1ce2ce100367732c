//! Exact Shapley values of one tree in time that grows with leaves * depth^2 (Lundberg et al., "From local explanations to global
//! understanding with explainable AI for trees", Nature Machine Intelligence 2, 2020, algorithm 2).
//!
//! The game: a feature that is not known lets a row go both ways, in the proportion of the examples that went there. The values of all
//! features and the tree's mean add up to the row's leaf.
//!
//! Along a path from the root, the features asked so far are kept with the share of unknown rows and of known rows that come through.
//! `weights[i]` is what sets of i known features weigh; a feature that is asked again is taken out and put back with its shares multiplied.

use super::tree::Tree;

/// A feature on the path.
#[derive(Debug, Clone, Copy)]
struct Step {
    feature: u32,
    /// Share of the examples that go on along the path when the feature is unknown.
    unknown: f64,
    /// 1 when the row goes on along the path, else 0.
    known: f64,
    /// Weight of the sets with as many known features as the place of this step says.
    weight: f64,
}

/// The feature of the path's first step, which is none.
const NONE: u32 = u32::MAX;

/// Adds the Shapley values of a row to `out`, one for each feature.
pub(super) fn add(tree: &Tree, row: &[f64], out: &mut [f64]) {
    // Trees may be as deep as they have leaves, so the walk keeps a stack of its own.
    let root = Step { feature: NONE, unknown: 1.0, known: 1.0, weight: 0.0 };
    let mut open: Vec<(usize, Vec<Step>, Step)> = vec![(0, Vec::new(), root)];
    while let Some((place, mut path, step)) = open.pop() {
        extend(&mut path, step);
        let node = &tree.nodes[place];
        if node.is_leaf() {
            for i in 1..path.len() {
                let (weight, step) = (unwound(&path, i), path[i]);
                out[step.feature as usize] += weight * (step.known - step.unknown) * node.value;
            }
            continue;
        }
        let (mut unknown, mut known) = (1.0, 1.0);
        if let Some(again) = path.iter().position(|step| step.feature == node.feature) {
            (unknown, known) = (path[again].unknown, path[again].known);
            unwind(&mut path, again);
        }
        let taken = node.child(row[node.feature as usize]);
        for child in [node.left as usize, node.right as usize] {
            let step = Step {
                feature: node.feature,
                unknown: unknown * (tree.nodes[child].cover / node.cover),
                known: if child == taken { known } else { 0.0 },
                weight: 0.0,
            };
            open.push((child, path.clone(), step));
        }
    }
}

/// Puts a feature at the end of the path.
fn extend(path: &mut Vec<Step>, step: Step) {
    let length = path.len();
    path.push(Step { weight: if length == 0 { 1.0 } else { 0.0 }, ..step });
    for i in (0..length).rev() {
        let parts = (length + 1) as f64;
        path[i + 1].weight += step.known * path[i].weight * (i + 1) as f64 / parts;
        path[i].weight *= step.unknown * (length - i) as f64 / parts;
    }
}

/// Takes the feature at place `out` from the path.
fn unwind(path: &mut Vec<Step>, out: usize) {
    let last = path.len() - 1;
    let Step { unknown, known, .. } = path[out];
    let mut next = path[last].weight;
    let parts = (last + 1) as f64;
    for i in (0..last).rev() {
        if known == 0.0 {
            path[i].weight = path[i].weight * parts / (unknown * (last - i) as f64);
        } else {
            let before = path[i].weight;
            path[i].weight = next * parts / ((i + 1) as f64 * known);
            next = before - path[i].weight * unknown * (last - i) as f64 / parts;
        }
    }
    for i in out..last {
        path[i] = Step { weight: path[i].weight, ..path[i + 1] };
    }
    path.pop();
}

/// The sum of the weights that are left when the feature at place `out` is taken away.
fn unwound(path: &[Step], out: usize) -> f64 {
    let last = path.len() - 1;
    let Step { unknown, known, .. } = path[out];
    let (mut next, mut sum, parts) = (path[last].weight, 0.0, (last + 1) as f64);
    for i in (0..last).rev() {
        if known == 0.0 {
            sum += path[i].weight * parts / (unknown * (last - i) as f64);
        } else {
            let weight = next * parts / ((i + 1) as f64 * known);
            sum += weight;
            next = path[i].weight - weight * unknown * (last - i) as f64 / parts;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::tree::Node;
    use super::*;

    /// The mean of the leaves that a row can reach when only the features of a set are known.
    fn expected(tree: &Tree, place: usize, row: &[f64], set: usize) -> f64 {
        let node = &tree.nodes[place];
        if node.is_leaf() {
            return node.value;
        }
        if set >> node.feature & 1 == 1 {
            return expected(tree, node.child(row[node.feature as usize]), row, set);
        }
        let part =
            |child: u32| tree.nodes[child as usize].cover / node.cover * expected(tree, child as usize, row, set);
        part(node.left) + part(node.right)
    }

    fn split(feature: u32, threshold: f64, missing_left: bool, left: u32, right: u32, cover: f64) -> Node {
        Node { feature, threshold, missing_left, left, right, ..Node::leaf(cover) }
    }

    fn leaf(value: f64, cover: f64) -> Node {
        Node { value, ..Node::leaf(cover) }
    }

    #[test]
    fn values_are_those_of_the_definition() {
        // Feature 0 is asked twice on one path.
        let tree = Tree {
            nodes: vec![
                split(0, 0.5, true, 1, 2, 10.0),
                split(1, 0.0, false, 3, 4, 6.0),
                split(2, 2.0, true, 5, 6, 4.0),
                leaf(1.0, 2.0),
                split(0, -1.0, false, 7, 8, 4.0),
                leaf(-2.0, 3.0),
                leaf(4.0, 1.0),
                leaf(0.5, 1.0),
                split(3, 1.0, false, 9, 10, 3.0),
                leaf(7.0, 2.0),
                leaf(-3.0, 1.0),
            ],
        };
        assert!(tree.is_sound(4) && !tree.is_sound(3));
        let rows =
            [[0.0, 1.0, 3.0, 0.0], [-2.0, -1.0, f64::NAN, 2.0], [f64::NAN, 3.0, 1.0, f64::NAN], [2.0, 0.0, 5.0, 1.5]];
        let factorial = |n: usize| (1..=n).product::<usize>() as f64;
        for row in rows {
            let mut values = [0.0; 4];
            add(&tree, &row, &mut values);
            for (feature, value) in values.iter().enumerate() {
                let without = (0..16usize).filter(|set| set >> feature & 1 == 0);
                let exact: f64 = without
                    .map(|set| {
                        let known = set.count_ones() as usize;
                        let weight = factorial(known) * factorial(3 - known) / factorial(4);
                        weight * (expected(&tree, 0, &row, set | 1 << feature) - expected(&tree, 0, &row, set))
                    })
                    .sum();
                assert!((value - exact).abs() < 1e-12, "{row:?} {feature}: {value} {exact}");
            }
            let sum: f64 = values.iter().sum();
            assert!((tree.mean() + sum - tree.value(|feature| row[feature])).abs() < 1e-12);
        }
    }

    #[test]
    fn what_is_no_tree_is_found_out() {
        let sound = Tree { nodes: vec![split(0, 0.0, true, 1, 2, 2.0), leaf(1.0, 1.0), leaf(2.0, 1.0)] };
        assert!(sound.is_sound(1));
        let broken = |change: &dyn Fn(&mut Vec<Node>)| {
            let mut tree = sound.clone();
            change(&mut tree.nodes);
            !tree.is_sound(1)
        };
        assert!(broken(&|nodes| nodes[0].left = 3));
        assert!(broken(&|nodes| nodes[0].right = 1));
        assert!(broken(&|nodes| nodes[0].feature = 1));
        assert!(broken(&|nodes| nodes[1].value = f64::NAN));
        assert!(broken(&|nodes| nodes[1].left = 1));
        assert!(broken(&|nodes| nodes[2].cover = 0.0));
        assert!(broken(&|nodes| nodes.push(leaf(0.0, 1.0))));
        assert!(broken(&Vec::clear));
    }
}
