//! log(1 + count), projected: the logarithm damps the large counts of a row before they are mixed with the others.
//!
//! The counts of one node are gathered from the walks, transformed, multiplied with the random matrix and forgotten;
//! only the walks are kept.

use super::parameters::Parameters;
use crate::core::context::{Context, Progress};
use crate::core::error::Error;
use crate::numeric::kernel::sparse::sum_row;
use crate::numeric::linear::{normalise, random_signs};
use crate::numeric::workers::Workers;
use crate::walk::corpus::{Corpus, DistanceWeights, PARTS};

pub(super) fn embed(
    corpus: Corpus,
    parameters: &Parameters,
    threads: usize,
    context: &Context<'_>,
) -> Result<Vec<f32>, Error> {
    let (dimensions, nodes) = (parameters.dimensions, corpus.nodes());
    let weights = DistanceWeights::new(parameters.window);
    let signs = random_signs(&Workers::new(context, threads), nodes, 0..dimensions, parameters.seed);
    context.check_cancelled()?;
    let mut data = vec![0f32; nodes * dimensions];
    let ranges = corpus.ranges(PARTS * threads);
    let all = ranges.len();
    let mut rest = data.as_mut_slice();
    let mut tasks = Vec::with_capacity(all);
    for (number, range) in ranges.into_iter().enumerate() {
        let (rows, after) = rest.split_at_mut(range.len() * dimensions);
        rest = after;
        tasks.push((number, range, rows));
    }
    context.for_each(threads, tasks, |(number, range, rows)| {
        let first = range.start;
        let (mut others, mut values) = (Vec::new(), Vec::new());
        corpus.counts(range, &weights, context, |node, counts| {
            let row = &mut rows[(node - first) as usize * dimensions..][..dimensions];
            others.clear();
            others.extend(counts.iter().map(|&(other, _)| other));
            values.clear();
            values.extend(counts.iter().map(|&(_, count)| (count as f64 / weights.unit).ln_1p() as f32));
            sum_row(row, &others, &values, &signs);
            normalise(row);
            Ok(())
        })?;
        (context.progress)(Progress { stage: "counts", fraction: 0.5 + 0.5 * (number + 1) as f64 / all as f64 });
        Ok(())
    })?;
    Ok(data)
}
