//! What `algo.predict` is called, takes and gives.

use super::sampler::Strategy;
use super::words::{DatabaseView, NumberLossChoice, PredictModel};
use crate::core::argument::Argument;
use crate::core::description::{ColumnDescription, Description};
use crate::core::parameters::{
    above, any, boolean, choice, float, from, int, optional_choice, optional_int, optional_text,
};
use crate::learning::features::FEATURES_TYPE;
use crate::learning::gnn::metric::Metric;
use crate::learning::gnn::options::Task;

crate::parameters! {
    /// The parameters of a call.
    pub(super) struct Given {
        /// The label of the nodes that predictions are about.
        entity as "entity": Option<String> = optional_text("it has to be given");
        /// What is predicted: a GQL expression over `n`, the entity, that sees only what lies in (t, t + horizon]. NULL: no example.
        target as "target": Option<String> = optional_text("it has to be given");
        /// How far ahead the target looks: a duration, or a number where times are numbers.
        horizon as "horizon": Argument = any("DURATION | FLOAT", "it has to be given");
        /// From one time of examples to the next.
        every as "every": Argument = any("DURATION | FLOAT", "= horizon");
        /// A GQL condition over `n` that sees only what lies in (t - lookback, t]: whether the entity is an example.
        eligible as "eligible": Option<String> = optional_text("every entity that is there at the time");
        /// How far back `eligible` looks.
        lookback as "lookback": Argument = any("DURATION | FLOAT", "to the beginning");
        /// Where validation begins. Examples of training lie before it.
        validation_from as "validationFrom": Argument = any("DATE | DATETIME | FLOAT", "a tenth of the time, without a few old rows, before testFrom");
        /// Where the test begins. Targets of training and validation see nothing later.
        test_from as "testFrom": Argument = any("DATE | DATETIME | FLOAT", "a tenth of that time before the last");
        /// The moment that run, stream and write predict for.
        at as "at": Argument = any("DATE | DATETIME | FLOAT", "the newest time in the graph").predicted_moment();
        /// Most times of validation, and of the test.
        stamps as "stamps": usize = int(1, 100_000, 40);
        /// Properties that hold the times of nodes and edges: one for all, or a record of label and property.
        time_property as "timeProperty": Argument = any("STRING | RECORD", "what the import stored");
        /// What examples of the test see: everything up to their own time, or nothing later than testFrom.
        database as "database": DatabaseView = choice("rolling");
        /// What predicts. auto tries ridge, aggregate and graphsage, and takes the mean that is best on validation.
        model as "model": PredictModel = choice("auto");
        /// Whether the target is a class or a number.
        task as "task": Option<Task> = optional_choice("BOOL, STRING and 0 or 1 are classes, other numbers are numbers");
        /// How predictions are judged, and what is chosen by: auroc, average_precision, f1 or accuracy of classes, mae, rmse or r2
        /// of numbers.
        metric as "metric": Option<Metric> = optional_choice("auroc for two classes, accuracy for more, mae for numbers");
        /// Of graphsage and hgt, for numbers: what is minimised.
        loss as "loss": NumberLossChoice = choice("mae");
        /// How much the examples of each class count: "balanced" or a record by class.
        class_weights as "classWeights": Argument = any("STRING | RECORD", "every example counts alike");
        /// Of graphsage and hgt: node properties to learn from.
        features as "features": Argument = any(FEATURES_TYPE, "all that can be encoded, but keys");
        /// Of graphsage and hgt: most neighbours of each relation, in as many layers as there are numbers, the entity's first.
        sampling as "sampling": Argument = any("LIST<INT>", "[64, 16]");
        /// Of graphsage and hgt: which neighbours are seen where there are more: the newest, or some at random.
        strategy as "strategy": Strategy = choice("last");
        /// Of graphsage and hgt: whether the network also gets how many rows each history of the entity has, and how old they are.
        recency as "recency": bool = boolean(true);
        /// Of graphsage and hgt: width of all states.
        width as "hiddenDimensions": usize = int(1, 4096, 64);
        /// Of hgt: heads of attention.
        heads as "heads": usize = int(1, 64, 4);
        /// Of graphsage and hgt: networks whose predictions are averaged, each from weights of its own.
        seeds as "seeds": usize = int(1, 100, 1);
        /// Of graphsage and hgt: most epochs.
        epochs as "epochs": usize = int(1, 100_000, 20);
        /// Of graphsage and hgt: epochs without progress on validation before training stops.
        patience as "patience": Option<usize> = optional_int(0, 100_000, "5");
        /// Of graphsage and hgt: step of the optimizer.
        learning_rate as "learningRate": f64 = float(above(0.0, 10.0), 0.005);
        /// Of graphsage and hgt: L2 penalty on all weights.
        weight_decay as "weightDecay": f64 = float(from(0.0, 10.0), 0.0);
        /// Of graphsage and hgt: share of entries dropped before each layer while training.
        dropout as "dropout": f64 = float(from(0.0, 0.99), 0.2);
        /// Of graphsage and hgt: examples in a step.
        batch_size as "batchSize": usize = int(1, 1_000_000, 512);
        /// Keep what was trained under this name.
        save_model as "saveModel": Option<String> = optional_text("none").saves_model();
        /// Apply this model without training. It knows its question; beside it only at, testFrom, stamps, nodeLabels, edgeLabels,
        /// concurrency and maxMemory count. `.stats` then scores what has happened since it was trained.
        use_model as "useModel": Option<String> = optional_text("none").uses_model();
        /// Of graphsage and hgt: training goes on from the weights and encoders of this saved model, of the same shape.
        start_from as "startFrom": Option<String> = optional_text("random weights").starts_from_model();
    }
}

const fn column(name: &'static str, type_name: &'static str, doc: &'static str) -> ColumnDescription {
    ColumnDescription::new(name, type_name, doc)
}

pub(super) static DESCRIPTION: Description = Description {
    name: "predict",
    category: "learning",
    summary: "Predictions of what a GQL expression will be, learned from the past.",
    doc: "The database makes examples: at times so far apart as `every` says, the target of each entity over the horizon that \
          follows. Examples before validationFrom are learned from, those until testFrom choose model and settings, those after \
          it are scored by `.stats`; run, stream and write predict for the time `at`. `CALL algo.predict.examples` shows them.\n\n\
          An example sees only what is not later than its time. A node without a time is always there, but where its label has \
          no time property it is as old as the newest node that it points to. An entity that is not there yet is no example. A \
          target sees what is later than its time, and the rows that this points to.\n\n\
          Models: aggregate and ridge learn from a table of what each history says: counts, last values, means, extremes and shares \
          along the edges (deep feature synthesis: Kanter and Veeramachaneni, DSAA 2015) by gradient-boosted trees, or by ridge \
          regression of quantile-normalised columns. graphsage and hgt pass messages over the neighbourhood at the time (Fey et al., \
          Relational deep learning, ICML 2024).\n\n\
          With saveModel the predictor is kept, and useModel applies it to a later `at`, to new rows and new entities, in a \
          fraction of the time. It reads labels, properties and edges by name, and refuses a graph that lacks what it reads. The same graph, parameters and seed give the same bits for any number of threads.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        column("time", "LOCAL DATETIME", "The time that the prediction is for; a FLOAT where times are numbers."),
        column("prediction", "ANY", "The class or number predicted."),
        column("probability", "RECORD", "Of classes: the probability of each, by its name."),
    ],
    stats: &[
        column("model", "STRING", "What predicts; of auto those that count."),
        column("database", "STRING", "What examples of the test see: rolling or frozen."),
        column("metric", "STRING", "How predictions are judged."),
        column("trainExamples", "INT", "Examples learned from."),
        column("validationExamples", "INT", "Examples that model and settings were chosen by."),
        column("testExamples", "INT", "Examples that are scored."),
        column("validationScore", "FLOAT", "The score on validation."),
        column("testScore", "FLOAT", "The score on the test; NULL where there is none."),
        column("baseline", "FLOAT", "The test score of always predicting the most frequent class or the median."),
        column("entityBaseline", "FLOAT", "The test score of the mean of each entity's earlier targets."),
        column(
            "models",
            "LIST<RECORD>",
            "Each model that was tried: its name, validationScore, testScore, weight in the mean, and settings.",
        ),
        column(
            "learnedUntil",
            "LOCAL DATETIME",
            "Targets that end by then were learned from; a FLOAT where times are numbers.",
        ),
    ],
};
