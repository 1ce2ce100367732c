//! What `algo.gnn_embed` is called, takes and gives.

use crate::core::description::{ColumnDescription, DefaultValue, Description, Parameter, ParameterKind};
use crate::learning::features::FEATURES_TYPE;

const MODELS: &[&str] =
    &["gcn", "graphsage", "gat", "mpnn", "egnn", "ecc", "graphnet", "rgcn", "hgt", "lightgcn", "sgc"];

const fn int(name: &'static str, min: i64, max: i64, default: i64, doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Int { min, max }, default: DefaultValue::Int(default), doc }
}

const fn positive(name: &'static str, above: bool, max: f64, default: f64, doc: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Float { min: 0.0, above, max }, default: DefaultValue::Float(default), doc }
}

const fn choice(
    name: &'static str,
    choices: &'static [&'static str],
    default: &'static str,
    doc: &'static str,
) -> Parameter {
    Parameter { name, kind: ParameterKind::Choice(choices), default: DefaultValue::String(default), doc }
}

const fn absent(name: &'static str, kind: ParameterKind, meaning: &'static str, doc: &'static str) -> Parameter {
    Parameter { name, kind, default: DefaultValue::Absent(meaning), doc }
}

const fn column(name: &'static str, type_name: &'static str, doc: &'static str) -> ColumnDescription {
    ColumnDescription { name, type_name, doc }
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
          Models and their papers: gcn (Kipf and Welling, ICLR 2017), graphsage (Hamilton et al., NIPS 2017), gat \
          (Velickovic et al., ICLR 2018), mpnn (Gilmer et al., ICML 2017), egnn (GraphSAGE with edge features), ecc \
          (Simonovsky and Komodakis, CVPR 2017), graphnet (Battaglia et al., 2018), rgcn (Schlichtkrull et al., ESWC \
          2018), hgt (Hu et al., WWW 2020), lightgcn (He et al., SIGIR 2020), sgc (Wu et al., ICML 2019).\n\n\
          Held-out edges (parts validation and test of a targetEdge) carry no messages: neither training nor the \
          embeddings see them. The same graph, parameters and seed give the same bits for any number of threads on \
          one kind of processor.",
    parameters: &[
        choice("model", MODELS, "graphsage", "Which network."),
        absent(
            "dimensions",
            ParameterKind::Int { min: 1, max: 4096 },
            "64; with sgc the width of the features",
            "Length of each vector.",
        ),
        absent(
            "layers",
            ParameterKind::Int { min: 1, max: 8 },
            "2; 3 with lightgcn",
            "Layers: how many steps away a node sees. Beyond 3 states grow alike (over-smoothing).",
        ),
        absent("hiddenDimensions", ParameterKind::Int { min: 1, max: 4096 }, "= dimensions", "Width between layers."),
        choice(
            "aggregator",
            &["mean", "max", "sum", "lstm"],
            "mean",
            "How graphsage summarises neighbours; lstm reads the first 25 of each node.",
        ),
        int("heads", 1, 64, 4, "Attention heads of gat and hgt; dimensions is a multiple of it."),
        choice("update", &["gru", "mlp"], "gru", "How mpnn updates a state by its messages."),
        int("bases", 0, 4096, 30, "Matrices that rgcn mixes those of its relations from; 0 = one for each relation."),
        absent(
            "features",
            ParameterKind::Any(FEATURES_TYPE),
            "all properties that can be encoded and that no algorithm wrote, but target, split and timeProperty",
            "Node properties to learn from: names, or records with options; an empty list for none.",
        ),
        absent(
            "edgeFeatures",
            ParameterKind::Any(FEATURES_TYPE),
            "none; with egnn and ecc all that no algorithm wrote",
            "Edge properties to learn from, used by mpnn, egnn, ecc, graphnet and gat.",
        ),
        choice(
            "withoutFeatures",
            &["id", "degree"],
            "id",
            "What a node type without features gets: a learned vector for each node, or its degree as features. A \
             model with learned vectors is bound to its own graph.",
        ),
        absent(
            "task",
            ParameterKind::Choice(&[
                "unsupervised",
                "classification",
                "regression",
                "link_prediction",
                "recommendation",
            ]),
            "from target and targetEdge",
            "What is learned.",
        ),
        absent("target", ParameterKind::String, "none", "Node property to predict: classes or numbers."),
        absent(
            "split",
            ParameterKind::String,
            "80 : 10 : 10 at random by seed",
            "Property of nodes (of edges, with targetEdge) that says train, validation or test; others are not used.",
        ),
        absent(
            "targetEdge",
            ParameterKind::String,
            "all edges",
            "Edge label to predict, with the tasks link_prediction and recommendation.",
        ),
        absent(
            "loss",
            ParameterKind::Choice(&[
                "cross_entropy",
                "bce",
                "mse",
                "max_margin",
                "bpr",
                "triplet",
                "reconstruction",
                "dgi",
            ]),
            "by task: cross_entropy, mse, bce, bpr; unsupervised bce on nodes that meet in walks of 3 steps",
            "What is minimised.",
        ),
        int(
            "negativeSamples",
            1,
            1000,
            5,
            "Random pairs against each that belongs together; in recommendation of items that somebody has.",
        ),
        positive("margin", false, f64::INFINITY, 1.0, "Of the losses max_margin and triplet."),
        int("epochs", 0, 1_000_000, 200, "Most epochs; 0 leaves the first random weights."),
        absent(
            "patience",
            ParameterKind::Int { min: 0, max: i64::MAX },
            "20; 50 where edges are predicted",
            "Epochs without progress on validation (without one, of the loss) before \
             training stops; 0 = never.",
        ),
        absent(
            "learningRate",
            ParameterKind::Float { min: 0.0, above: true, max: 10.0 },
            "0.01; 0.001 with the loss dgi",
            "Step of the optimizer.",
        ),
        absent(
            "weightDecay",
            ParameterKind::Float { min: 0.0, above: false, max: 10.0 },
            "0.0005 with a target, else 0",
            "L2 penalty on all weights.",
        ),
        absent(
            "dropout",
            ParameterKind::Float { min: 0.0, above: false, max: 0.99 },
            "0.5; 0 with the loss dgi",
            "Share of entries dropped before each layer while training.",
        ),
        choice("optimizer", &["adam", "sgd"], "adam", "Adam, or gradient descent with momentum 0.9."),
        absent(
            "sampling",
            ParameterKind::Any("STRING | LIST<INT>"),
            "\"full\"",
            "\"full\": every epoch is one step on the whole graph. A list such as [25, 10]: batches, with at most so \
             many neighbours drawn in each layer.",
        ),
        int("batchSize", 1, i64::MAX, 512, "Nodes (pairs, where pairs are learned) in a batch when sampling."),
        Parameter {
            name: "normalize",
            kind: ParameterKind::Bool,
            default: DefaultValue::Bool(true),
            doc: "Scale each vector to length 1.",
        },
        choice("embed", &["nodes", "edges", "graph"], "nodes", "What comes out of graphnet."),
        absent(
            "asOf",
            ParameterKind::Any("DATE | DATETIME | FLOAT"),
            "now",
            "Only edges and features up to this moment are seen, by timeProperty; what has no time is always seen.",
        ),
        absent(
            "timeProperty",
            ParameterKind::String,
            "none",
            "Property of edges, nodes or both that holds their time.",
        ),
        absent("saveModel", ParameterKind::String, "none", "Keep the trained model under this name."),
        absent(
            "useModel",
            ParameterKind::String,
            "none",
            "Apply this model without training; only nodeLabels, edgeLabels, weight, asOf, timeProperty and \
             concurrency count beside it.",
        ),
    ],
    columns: &[
        column("nodeId", "STRING", "The node's _id."),
        column("embedding", "VECTOR", "The vector, of length 1 unless normalize is false."),
        column("prediction", "ANY", "With a target: the class or number predicted."),
        column("confidence", "FLOAT", "With classes: the probability of the predicted one."),
        column("edgeId", "STRING", "With embed: \"edges\", the edge's id."),
    ],
    stats: &[
        column("nodeCount", "INT", "Nodes embedded."),
        column("dimensions", "INT", "Length of each vector."),
        column("model", "STRING", "Which network."),
        column("parameters", "INT", "Numbers it learned."),
        column("epochsRun", "INT", "Epochs until training stopped."),
        column("loss", "FLOAT", "Training loss of the last epoch."),
        column("trainScore", "FLOAT", "Score on the training part."),
        column("validationScore", "FLOAT", "Score on the validation part."),
        column("testScore", "FLOAT", "Score on the test part."),
        column("metric", "STRING", "Which score: accuracy, r2, auc or recall@20."),
        column("lossHistory", "LIST<FLOAT>", "Training loss of each epoch."),
    ],
};
