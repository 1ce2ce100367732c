//! A logistic function of one score, fitted by Newton's method (Platt, "Probabilistic outputs for support vector machines", 1999; Lin, Lin,
//! Weng, "A note on Platt's probabilistic outputs for support vector machines", Machine Learning 68, 2007).

/// Most steps of Newton's method; it needs about ten.
const MOST_STEPS: usize = 100;
/// Most halvings of a step.
const MOST_HALVINGS: usize = 40;

/// The probability of a class is `1 / (1 + exp(-(slope * score + offset)))`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Logistic {
    slope: f64,
    offset: f64,
}

impl Logistic {
    /// The function that fits scores to targets of 0 and 1 best, with a slope of at least 0: scores that tell nothing, or the opposite,
    /// give the class's share. As there are few examples, the targets are drawn to 1/2 a little: by (count + 1) / (count + 2).
    pub fn fit(scores: &[f64], targets: &[f64], weights: &[f64]) -> Self {
        let count = |wanted: f64| -> f64 {
            targets.iter().zip(weights).filter(|(target, _)| **target == wanted).map(|(_, weight)| weight).sum()
        };
        let (zeros, ones) = (count(0.0), count(1.0));
        let goals = [1.0 / (zeros + 2.0), (ones + 1.0) / (ones + 2.0)];
        let prior = Logistic { slope: 0.0, offset: ((ones + 1.0) / (zeros + 1.0)).ln() };
        let mean = scores.iter().zip(weights).map(|(score, weight)| score * weight).sum::<f64>() / (zeros + ones);
        let spread =
            (scores.iter().zip(weights).map(|(s, w)| w * (s - mean).powi(2)).sum::<f64>() / (zeros + ones)).sqrt();
        if !(spread > 0.0 && spread.is_finite()) {
            return prior;
        }
        // On scores of mean 0 and deviation 1 the two unknowns are of one size.
        let examples = || {
            let goal = |target: f64| goals[usize::from(target == 1.0)];
            scores.iter().zip(targets).zip(weights).map(move |((s, t), w)| ((s - mean) / spread, goal(*t), *w))
        };
        let loss = |own: Logistic| -> f64 {
            examples().map(|(x, goal, weight)| weight * (softplus(own.log_odds(x)) - goal * own.log_odds(x))).sum()
        };
        let mut own = prior;
        let mut now = loss(own);
        for _ in 0..MOST_STEPS {
            let (mut g, mut h) = ([0.0; 2], [1e-12, 0.0, 1e-12]);
            for (x, goal, weight) in examples() {
                let probability = own.probabilities(x).1;
                let (first, second) = (weight * (probability - goal), weight * probability * (1.0 - probability));
                g = [g[0] + first * x, g[1] + first];
                h = [h[0] + second * x * x, h[1] + second * x, h[2] + second];
            }
            let divisor = h[0] * h[2] - h[1] * h[1];
            let step = [(h[2] * g[0] - h[1] * g[1]) / divisor, (h[0] * g[1] - h[1] * g[0]) / divisor];
            let mut share = 1.0;
            let better = (0..MOST_HALVINGS).find_map(|_| {
                let tried = Logistic { slope: own.slope - share * step[0], offset: own.offset - share * step[1] };
                share /= 2.0;
                Some((loss(tried), tried)).filter(|(loss, _)| *loss < now)
            });
            let Some((loss, tried)) = better else { break };
            let done = now - loss <= 1e-12 * now.abs();
            (now, own) = (loss, tried);
            if done {
                break;
            }
        }
        let fitted = Logistic { slope: own.slope / spread, offset: own.offset - own.slope * mean / spread };
        if fitted.slope > 0.0 && fitted.is_sound() { fitted } else { prior }
    }

    pub fn slope(&self) -> f64 {
        self.slope
    }

    pub fn log_odds(&self, score: f64) -> f64 {
        self.slope * score + self.offset
    }

    /// The probabilities that it is not, and that it is, the class.
    pub fn probabilities(&self, score: f64) -> (f64, f64) {
        let odds = self.log_odds(score);
        let small = (-odds.abs()).exp();
        let (less, more) = (small / (1.0 + small), 1.0 / (1.0 + small));
        if odds >= 0.0 { (less, more) } else { (more, less) }
    }

    pub fn is_sound(&self) -> bool {
        self.slope.is_finite() && self.offset.is_finite()
    }
}

/// ln(1 + e^x), without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_function_that_made_the_targets() {
        // Ten examples of each score; as many ones as the function says.
        let (mut scores, mut targets) = (Vec::new(), Vec::new());
        let truth = Logistic { slope: 3.0, offset: -1.0 };
        for step in -20..=20 {
            let score = f64::from(step) / 20.0;
            let ones = (1000.0 * truth.probabilities(score).1).round() as usize;
            for i in 0..1000 {
                scores.push(score);
                targets.push(f64::from(u8::from(i < ones)));
            }
        }
        let fitted = Logistic::fit(&scores, &targets, &vec![1.0; scores.len()]);
        assert!((fitted.slope - 3.0).abs() < 0.02 && (fitted.offset + 1.0).abs() < 0.01, "{fitted:?}");
    }

    #[test]
    fn scores_that_tell_nothing_give_the_share() {
        for scores in [[0.5; 4], [4.0, 3.0, 2.0, 1.0]] {
            let fitted = Logistic::fit(&scores, &[0.0, 0.0, 1.0, 1.0], &[1.0; 4]);
            assert_eq!(fitted.probabilities(7.0), (0.5, 0.5));
        }
        // Perfectly separated classes do not lead to certainty.
        let fitted = Logistic::fit(&[0.0, 0.1, 0.9, 1.0], &[0.0, 0.0, 1.0, 1.0], &[1.0; 4]);
        assert!((0.7..0.999).contains(&fitted.probabilities(1.0).1), "{fitted:?}");
    }
}
