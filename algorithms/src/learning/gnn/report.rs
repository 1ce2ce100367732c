//! What a training tells of its predictions: figures beside the score, and warnings of a model that only looks good.

use ndarray::Array2;

use super::metric::{ClassResult, Metric};
use super::objective::{ClassTask, Objective, Score};
use super::target::{Class, Part};
use crate::algorithm::output::Scalar;
use crate::algorithm::summary::Figure;

/// Nodes of a part from which on it is odd that all are predicted alike, even when all are of one class.
const ODD_FROM: usize = 10;

/// Figures and warnings of a training.
#[derive(Default)]
pub struct Report {
    /// Figures, by name.
    pub stats: Vec<Figure>,
    /// Warnings.
    pub warnings: Vec<String>,
}

fn float(value: Option<f64>) -> Scalar {
    value.map_or(Scalar::Null, Scalar::Float)
}

fn part_name(part: Part) -> &'static str {
    match part {
        Part::Train => "training part",
        Part::Validation => "validation part",
        Part::Test => "test part",
    }
}

/// The figures of classes beside a score; `many` = what is judged.
pub fn class_figures(result: &ClassResult<'_>, classes: &[Class], many: &'static str) -> Vec<Figure> {
    let mut entries = Vec::new();
    for (actual, counts) in result.confusion().iter().enumerate() {
        for (predicted, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            entries.push(Scalar::Record(vec![
                ("actual", classes[actual].scalar()),
                ("predicted", classes[predicted].scalar()),
                (many, Scalar::Int(count as i64)),
            ]));
        }
    }
    let positive = match classes.len() {
        2 => classes[result.positive as usize].scalar(),
        _ => Scalar::Null,
    };
    vec![
        ("accuracy", float(result.value(Metric::Accuracy))),
        ("f1", float(result.value(Metric::F1))),
        ("averagePrecision", float(result.value(Metric::AveragePrecision))),
        ("auroc", float(result.value(Metric::Auroc))),
        ("positive", positive),
        ("confusion", Scalar::List(entries)),
    ]
}

/// Judges the predictions on the test part; where there is none, on validation, else on training. `score` is that of a
/// part.
pub fn report(
    objective: &Objective,
    classes: &[Class],
    predicted: Option<&Array2<f32>>,
    score: impl Fn(Part) -> Option<Score>,
) -> Report {
    let mut report = Report::default();
    let judged = [Part::Test, Part::Validation, Part::Train].into_iter().find_map(|part| Some((part, score(part)?)));
    let Some((part, score)) = judged else { return report };
    let baseline = match (objective, predicted) {
        (Objective::Classes(task), Some(scores)) => report.classes(task, classes, scores, part),
        (Objective::Values(task), Some(_)) => task.result(None, part).value(task.metric),
        (Objective::Pairs(task), _) if !task.recommend => Some(0.5),
        _ => None,
    };
    report.stats.push(("baseline", float(baseline)));
    report.compare(objective, part, score.value, baseline);
    report
}

impl Report {
    /// The figures of classes; gives the baseline.
    fn classes(&mut self, task: &ClassTask, classes: &[Class], scores: &Array2<f32>, part: Part) -> Option<f64> {
        let result = task.result(scores, part);
        self.stats.extend(class_figures(&result, classes, task.kind.many()));
        self.one_class(task, classes, &result.confusion(), part);
        result.baseline(task.metric, task.majority)
    }

    /// Warns when all nodes are predicted to be of one class.
    fn one_class(&mut self, task: &ClassTask, classes: &[Class], confusion: &[Vec<u64>], part: Part) {
        let of_column = |class: usize| confusion.iter().map(|counts| counts[class]).sum::<u64>();
        let all: u64 = confusion.iter().flatten().sum();
        let Some(only) = (0..classes.len()).find(|&class| all > 0 && of_column(class) == all) else { return };
        let actual = confusion.iter().filter(|counts| counts.iter().any(|&count| count > 0)).count();
        if actual < 2 && all < ODD_FROM as u64 {
            return;
        }
        let share = 100.0 * confusion[only][only] as f64 / all as f64;
        let advice = match task.weights {
            None => "classWeights: \"balanced\" gives rare classes more weight in training, and ",
            Some(_) => "",
        };
        self.warnings.push(format!(
            "all {all} {} of the {} are predicted to be {}, as {share:.1} % of them are; {advice}`probability` still ranks the {}",
            task.kind.many(),
            part_name(part),
            classes[only].quoted(),
            task.kind.many()
        ));
    }

    /// Warns when a score is not better than the baseline.
    fn compare(&mut self, objective: &Objective, part: Part, score: Option<f64>, baseline: Option<f64>) {
        let (Some(score), Some(baseline), Some(metric)) = (score, baseline, objective.metric()) else { return };
        let (better, perfect) = match objective.lower_is_better() {
            true => (score < baseline, baseline <= 0.0),
            false => (score > baseline, baseline >= 1.0),
        };
        if better || perfect {
            return;
        }
        let always = match objective {
            Objective::Classes(_) if metric == Metric::Auroc.name() => "of a ranking at random",
            Objective::Classes(_) => "of always predicting the most frequent class",
            Objective::Values(_) => "of always predicting the mean",
            _ => "of a ranking at random",
        };
        self.warnings.push(format!(
            "{metric} on the {} is {score:.4}, not better than {baseline:.4} {always}: what the network learned does not hold there",
            part_name(part)
        ));
    }
}
