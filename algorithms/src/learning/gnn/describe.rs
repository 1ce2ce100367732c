//! What `algo.gnn_embed` is called, takes and gives.

use super::head::Readout;
use super::input::WithoutFeatures;
use super::metric::Metric;
use super::model::{Aggregator, Model, Norm};
use super::options::{Embed, Loss, Task};
use super::parameters::Method;
use crate::core::argument::Argument;
use crate::core::description::{ColumnDescription, Description};
use crate::core::parameters::{
    Choice, NOT_NEGATIVE, UNLIMITED, Value, above, any, boolean, choice, float, from, int, optional_choice,
    optional_float, optional_int, optional_text, optional_texts,
};
use crate::learning::features::FEATURES_TYPE;
use crate::learning::temporal::sampler::Strategy;
use crate::learning::temporal::words::{DatabaseView, PredictModel};

crate::choices! {
    /// How mpnn updates a state.
    pub enum UpdateBy {
        /// By a gated recurrent unit.
        Gru = "gru",
        /// By two layers.
        Mlp = "mlp",
    }
}

/// What predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predictor {
    /// A network.
    Network(Model),
    /// With examples: what else predicts over time.
    OverTime(PredictModel),
}

/// Those that are no networks.
const OVER_TIME: [PredictModel; 3] = [PredictModel::Aggregate, PredictModel::Ridge, PredictModel::Auto];

impl Choice for Predictor {
    const WORDS: &'static [&'static str] = &{
        let mut words = [""; Model::WORDS.len() + OVER_TIME.len()];
        let mut at = 0;
        while at < Model::WORDS.len() {
            words[at] = Model::WORDS[at];
            at += 1;
        }
        // The words of `OVER_TIME`, which no constant can ask for: a test compares them.
        words[at] = "aggregate";
        words[at + 1] = "ridge";
        words[at + 2] = "auto";
        words
    };

    fn word(self) -> &'static str {
        match self {
            Predictor::Network(model) => model.word(),
            Predictor::OverTime(model) => model.word(),
        }
    }
}

impl Value for Predictor {
    fn of(argument: &Argument) -> Option<Self> {
        let over_time = || PredictModel::of(argument).filter(|model| OVER_TIME.contains(model));
        Model::of(argument).map(Predictor::Network).or_else(|| over_time().map(Predictor::OverTime))
    }
}

crate::parameters! {
    /// The parameters of a call.
    pub(in crate::learning) struct Given {
        /// Which network; aggregate, ridge and auto predict examples over time.
        model as "model": Predictor = choice("graphsage");
        /// Length of each vector.
        dimensions as "dimensions": Option<usize> = optional_int(1, 4096, "64; with sgc the width of the features");
        /// Layers: how many steps away a node sees. Beyond 3 states grow alike (over-smoothing).
        layers as "layers": Option<usize> = optional_int(1, 8, "2; 3 with lightgcn, 5 with gin and groupBy");
        /// Width between layers.
        hidden as "hiddenDimensions": Option<usize> = optional_int(1, 4096, "= dimensions");
        /// How graphsage summarises neighbours; lstm reads the first 25 of each node.
        aggregator as "aggregator": Aggregator = choice("mean");
        /// Attention heads of gat and hgt; dimensions is a multiple of it.
        heads as "heads": usize = int(1, 64, 4);
        /// How mpnn updates a state by its messages.
        update as "update": UpdateBy = choice("gru");
        /// How gin normalises states: each number over the nodes of a batch, or the numbers of each node.
        norm as "norm": Norm = choice("batch");
        /// Matrices that rgcn mixes those of its relations from; 0 = one for each relation.
        bases as "bases": usize = int(0, 4096, 30);
        /// Node properties to learn from: names, or records with options; an empty list for none.
        features as "features": Argument = any(
            FEATURES_TYPE,
            "all properties that can be encoded, that are no key of a table and that no algorithm wrote, but target, split and timeProperty"
        );
        /// Edge properties to learn from, used by mpnn, egnn, ecc, graphnet, gat and gin, and where edges are predicted.
        edge_features as "edgeFeatures": Argument = any(
            FEATURES_TYPE,
            "none; with egnn, ecc and the tasks of edges all that no algorithm wrote, but target, split and timeProperty"
        );
        /// What a node type without features gets: a learned vector for each node, or its degree as features. A
        /// model with learned vectors is bound to its own graph.
        without_features as "withoutFeatures": Option<WithoutFeatures> = optional_choice("id; degree with groupBy");
        /// What is learned.
        task as "task": Option<Task> = optional_choice("from target and targetEdge");
        /// Label of nodes that are examples over time: a row to learn from each, about the nodes that its edges lead to. It sees only
        /// what is not later than its own time, and no other example.
        examples as "examples": Option<String> = optional_text("nodes, edges or graphs are predicted as they are");
        /// With examples: the property that holds the time of each.
        example_time as "exampleTime": Option<String> = optional_text("the time column of their table, where they were imported");
        /// With examples: what those of the test see, everything up to their own time, or nothing later than the first of them.
        database as "database": DatabaseView = choice("rolling");
        /// With examples: which neighbours are seen where there are more: the newest, or some at random.
        strategy as "strategy": Strategy = choice("last");
        /// With examples: whether networks also get how many rows each history of an entity has, and how old they are.
        recency as "recency": bool = boolean(true);
        /// With examples: networks whose predictions are averaged, each from weights of its own.
        seeds as "seeds": usize = int(1, 100, 1);
        /// Property to predict, classes or numbers: of nodes; of edges with the tasks edge_classification and edge_regression.
        target as "target": Option<String> = optional_text("none");
        /// Property of nodes (of edges, where edges are predicted) that says train, validation or test; others are not used.
        split as "split": Option<String> = optional_text("80 : 10 : 10 at random by seed; with examples by time");
        /// Node property that says which graph a node belongs to: whole graphs are predicted. A graph is the nodes with one value
        /// and the edges between them; its target stands at all its nodes, or at one, and so does its split.
        group_by as "groupBy": Option<String> = optional_text("nodes are predicted");
        /// With groupBy, how the states of a graph's nodes become the graph's: attention is their mean with learned weights.
        readout as "readout": Readout = choice("sum");
        /// Edge label to predict, with the tasks link_prediction and recommendation; with those of edges' properties only edges of
        /// this label are predicted.
        target_edge as "targetEdge": Option<String> = optional_text("all edges");
        /// What is minimised.
        loss as "loss": Option<Loss> = optional_choice(
            "by task: cross_entropy, mse (or mae, huber; with examples mae), bce, bpr; unsupervised bce on nodes that meet in walks of 3 steps"
        );
        /// How predictions are judged, and which epoch is kept: auroc, average_precision, f1 or accuracy of classes (of more
        /// than two the mean over the classes, each against all others), mae, rmse or r2 of numbers.
        metric as "metric": Option<Metric> = optional_choice(
            "auroc for two classes, accuracy for more, mae for numbers; link_prediction auroc, recommendation recall@20"
        );
        /// How much the nodes (graphs, edges) of each class count in the loss: "balanced" gives all classes the same weight in total, a
        /// record gives the weight of each class by its name (1 for those it does not name).
        class_weights as "classWeights": Argument = any("STRING | RECORD", "every node counts alike");
        /// Random pairs against each that belongs together; in recommendation of items that somebody has.
        negative_samples as "negativeSamples": usize = int(1, 1000, 5);
        /// Of the losses max_margin and triplet.
        margin as "margin": f64 = float(NOT_NEGATIVE, 1.0);
        /// Most epochs; 0 leaves the first random weights.
        epochs as "epochs": Option<usize> = optional_int(0, 1_000_000, "200; 20 with examples");
        /// Epochs without progress on validation (without one, of the loss) before training stops; 0 = never.
        patience as "patience": Option<usize> = optional_int(
            0,
            UNLIMITED,
            "20; 5 with examples; 50 where it is predicted which edges there are, or one of two classes has less than a fifth of the training nodes"
        );
        /// Step of the optimizer.
        learning_rate as "learningRate": Option<f64> =
            optional_float(above(0.0, 10.0), "0.01; 0.005 with examples; 0.001 with the loss dgi");
        /// L2 penalty on all weights.
        weight_decay as "weightDecay": Option<f64> =
            optional_float(from(0.0, 10.0), "0.0005 with a target of nodes, else 0; 0 with gin and with examples");
        /// Share of entries dropped before each layer while training; with gin before the last map alone.
        dropout as "dropout": Option<f64> = optional_float(from(0.0, 0.99), "0.5; 0.2 with examples; 0 with the loss dgi");
        /// Adam, or gradient descent with momentum 0.9.
        optimizer as "optimizer": Method = choice("adam");
        /// "full": every epoch is one step on the whole graph. A list such as [25, 10]: batches, with at most so
        /// many neighbours drawn in each layer.
        sampling as "sampling": Argument = any(
            "STRING | LIST<INT>",
            "\"full\"; with groupBy batches of whole graphs; with a target that more than 20000 training nodes have, batches \
             where the model takes them: [25, 10] in two layers; with examples [64, 16]"
        );
        /// Nodes (graphs, edges or pairs, where these are learned) in a batch.
        batch_size as "batchSize": Option<usize> = optional_int(
            1,
            UNLIMITED,
            "512; 64 graphs; where batches are chosen by size a tenth of the training nodes, at least 2048"
        );
        /// Scale each vector to length 1.
        normalize as "normalize": bool = boolean(true);
        /// What comes out of graphnet.
        embed as "embed": Embed = choice("nodes");
        /// Only edges and features up to this moment are seen, by timeProperty; what has no time is always seen.
        as_of as "asOf": Argument = any("DATE | DATETIME | FLOAT", "now").moment();
        /// Property of edges, nodes or both that holds their time; with examples also a record of label and property.
        time_property as "timeProperty": Argument =
            any("STRING | RECORD", "none; with asOf or examples the time columns of the tables that were imported").names_times();
        /// Only these nodes, by their `_id`, have a row; others are seen, but neither given out nor written to.
        nodes as "nodes": Option<Vec<String>> = optional_texts("all; with a target those of the labels that have it");
        /// Keep the trained model under this name.
        save_model as "saveModel": Option<String> = optional_text("none").saves_model();
        /// Apply this model without training; only nodes, nodeLabels, edgeLabels, weight, asOf, timeProperty and
        /// concurrency count beside it.
        use_model as "useModel": Option<String> = optional_text("none").uses_model();
        /// Training goes on from the weights and encoders of this saved model, of the same shape.
        start_from as "startFrom": Option<String> = optional_text("random weights").starts_from_model();
    }
}

impl Given {
    /// Parameters that only go with `examples`.
    pub const OVER_TIME: [&str; 5] = [Self::example_time, Self::database, Self::strategy, Self::recency, Self::seeds];
}

const fn column(name: &'static str, type_name: &'static str, doc: &'static str) -> ColumnDescription {
    ColumnDescription::new(name, type_name, doc)
}

pub(super) static DESCRIPTION: Description = Description {
    name: "gnn_embed",
    category: "embedding",
    summary: "Embeddings and predictions from a graph neural network, trained on stored properties.",
    doc: "A network passes messages along the edges, in both directions: after each layer a node's state comes from \
          its own and its neighbours' states before. The first states are features, made of properties; the last are \
          the embeddings. What is learned depends on the parameters: the classes or numbers of a target property, \
          the edges of a label, or, without either, that nodes near each other in the graph are alike.\n\n\
          A graph of several node types or edge labels gives each type its own inputs and each label, in each \
          direction, its own weights. A node type without features gets a learned vector for each of its nodes.\n\n\
          With groupBy, whole graphs are predicted: the states of each graph's nodes are put together by readout, and rows of its nodes \
          have its vector and its prediction. With the tasks edge_classification and edge_regression, a property of edges is predicted \
          from the states of both ends and the edge's features; rows are edges.\n\n\
          With examples, each node of that label is a row to learn from, about the nodes that its edges lead to, with a time of its own: it \
          sees the nodes and edges whose time is not later (those without a time always), and never another example. Rows are these \
          nodes, and the models those of algo.predict.\n\n\
          Models and their papers: gcn (Kipf and Welling, ICLR 2017), graphsage (Hamilton et al., NIPS 2017), gat \
          (Velickovic et al., ICLR 2018), mpnn (Gilmer et al., ICML 2017), egnn (GraphSAGE with edge features), ecc \
          (Simonovsky and Komodakis, CVPR 2017), graphnet (Battaglia et al., 2018), rgcn (Schlichtkrull et al., ESWC \
          2018), hgt (Hu et al., WWW 2020), gin (Xu et al., ICLR 2019), lightgcn (He et al., SIGIR 2020), sgc (Wu et al., ICML 2019).\n\n\
          Held-out edges (parts validation and test of a targetEdge) carry no messages: neither training nor the \
          embeddings see them. The same graph, parameters and seed give the same bits for any number of threads on \
          one kind of processor.",
    parameters: Given::PARAMETERS,
    columns: &[
        ColumnDescription::node_id(),
        column("embedding", "VECTOR", "The vector, of length 1 unless normalize is false; NULL with examples."),
        column(
            "prediction",
            "ANY",
            "With a target: the class or number predicted, of the node, its graph, or the edge.",
        ),
        column("confidence", "FLOAT", "With classes: the probability of the predicted one; NULL with examples."),
        column("probability", "RECORD", "With classes: the probability of each, by its name."),
        ColumnDescription::edge_id("With embed: \"edges\", and where edges are predicted: the edge's id."),
        column("group", "ANY", "With groupBy: its value, which says which graph the row is about."),
    ],
    stats: &[
        column("nodeCount", "INT", "Nodes of the graph."),
        column("graphCount", "INT", "With groupBy: how many graphs that makes."),
        column("dimensions", "INT", "Length of each vector."),
        column("model", "STRING", "Which network."),
        column("parameters", "INT", "Numbers it learned."),
        column("epochsRun", "INT", "Epochs until training stopped."),
        column("loss", "FLOAT", "Training loss of the last epoch."),
        column("trainScore", "FLOAT", "Score on the training part."),
        column("validationScore", "FLOAT", "Score on the validation part."),
        column("testScore", "FLOAT", "Score on the test part."),
        column("metric", "STRING", "Which score, as the parameter metric; recall@20 for recommendation."),
        column(
            "baseline",
            "FLOAT",
            "The same score, on the same part as the following figures, of always predicting the most frequent class or the \
             mean of the training part (with examples the median); of auroc 0.5.",
        ),
        column(
            "accuracy",
            "FLOAT",
            "With classes: the share of nodes (graphs, edges) whose class is predicted, on the test part (where there is none, on validation, else on training).",
        ),
        column("f1", "FLOAT", "With classes, likewise: F1 of the positive class; of more than two classes their mean."),
        column("averagePrecision", "FLOAT", "With classes, likewise: the average precision, as f1."),
        column(
            "auroc",
            "FLOAT",
            "With classes, likewise: the area under the ROC curve, as f1; NULL where all nodes are of one class.",
        ),
        column(
            "positive",
            "ANY",
            "With two classes: which one is positive. TRUE, the larger number, or the rarer text.",
        ),
        column(
            "confusion",
            "LIST<RECORD>",
            "With classes, likewise: how many nodes of a class (actual) are predicted to be of a class (predicted), as nodes, graphs \
             or edges; pairs without any are left out.",
        ),
        column(
            "sampling",
            "STRING",
            "\"full\": a step an epoch on the whole graph; \"graphs\": batches of whole graphs; otherwise the neighbours drawn in each layer.",
        ),
        column("batchSize", "INT", "Nodes or pairs in a batch; NULL without batches."),
        column("lossHistory", "LIST<FLOAT>", "Training loss of each epoch."),
        column(
            "entityBaseline",
            "FLOAT",
            "With examples: the test score of the mean of each entity's earlier targets.",
        ),
        column("database", "STRING", "With examples: what those of the test see, rolling or frozen."),
        column("trainExamples", "INT", "With examples: those learned from."),
        column("validationExamples", "INT", "With examples: those that model and settings were chosen by."),
        column("testExamples", "INT", "With examples: those that are scored."),
        column(
            "models",
            "LIST<RECORD>",
            "With examples: each model that was tried, its name, validationScore, testScore, weight in the mean, and settings.",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_that_of_a_predictor() {
        for word in Predictor::WORDS {
            let found = Predictor::of(&Argument::String((*word).to_owned()));
            assert_eq!(found.map(Predictor::word), Some(*word));
        }
        let over_time = OVER_TIME.map(Choice::word);
        assert!(over_time.iter().all(|word| Predictor::WORDS.contains(word)), "{over_time:?}");
    }
}
