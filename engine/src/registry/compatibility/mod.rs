//! Procedures under the names that clients of Neo4j call, with the parameters and columns those expect: one list. What they do is
//! in `procedure/compatibility`.

pub(crate) mod gds;

use std::sync::LazyLock;

use gds::GdsCall;

/// A parameter or a column: its name and type, as clients are told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) type_name: &'static str,
    /// Of a parameter that may be left out: what it is then.
    pub(crate) default: Option<&'static str>,
}

const fn field(name: &'static str, type_name: &'static str) -> Field {
    Field { name, type_name, default: None }
}

const fn optional(name: &'static str, type_name: &'static str, default: &'static str) -> Field {
    Field { name, type_name, default: Some(default) }
}

/// What a procedure touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing of a graph.
    Server,
    /// It reads the graph.
    Reads,
    /// It changes the graph.
    Writes,
}

impl Effect {
    /// As `SHOW PROCEDURES` says it in the column `mode`.
    pub(crate) fn mode(self) -> &'static str {
        match self {
            Effect::Server => "DBMS",
            Effect::Reads => "READ",
            Effect::Writes => "WRITE",
        }
    }
}

/// A procedure under a client's name for it.
#[derive(Debug)]
pub(crate) struct Compatible {
    pub(crate) name: String,
    pub(crate) doc: &'static str,
    pub(crate) parameters: Vec<Field>,
    /// Without any it gives one row without columns, so that the rows before it go on.
    pub(crate) columns: Vec<Field>,
    pub(crate) effect: Effect,
    pub(crate) code: Code,
}

/// What a procedure does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Components,
    Info,
    Configuration,
    Procedures,
    Functions,
    Labels,
    RelationshipTypes,
    PropertyKeys,
    Ping,
    Visualization,
    NodeTypes,
    RelationshipTypeProperties,
    MetaData,
    MetaSchema,
    MetaNodeTypes,
    MetaRelationshipTypes,
    MetaGraph,
    SchemaNodes,
    /// A search in a vector index, of edges or nodes; the binder makes a plan of it.
    QueryVectors {
        on_edge: bool,
    },
    /// A search in a full-text index, of edges or nodes; the binder makes a plan of it.
    QueryTexts {
        on_edge: bool,
    },
    Analyzers,
    /// Nothing is to be done: indexes are never behind.
    Await,
    DistinctValues,
    MergeNode,
    MergeRelationship,
    AddLabels,
    SetNodeVector,
    SetRelationshipVector,
    SetVector,
    Gds(GdsCall),
}

impl Compatible {
    fn new(
        name: impl Into<String>,
        parameters: &[Field],
        columns: &[Field],
        effect: Effect,
        code: Code,
        doc: &'static str,
    ) -> Self {
        let (parameters, columns) = (parameters.to_vec(), columns.to_vec());
        Compatible { name: name.into(), doc, parameters, columns, effect, code }
    }

    /// The procedure of that name.
    pub(crate) fn find(name: &str) -> Option<&'static Compatible> {
        all().iter().find(|procedure| procedure.name == name)
    }

    /// The arguments that cannot be left out.
    pub(crate) fn fewest_arguments(&self) -> usize {
        self.parameters.iter().filter(|parameter| parameter.default.is_none()).count()
    }

    /// `name(parameter = default :: TYPE, ..) :: (column :: TYPE, ..)`, as Neo4j writes signatures.
    pub(crate) fn signature(&self) -> String {
        let typed = |field: &Field| match field.default {
            None => format!("{} :: {}", field.name, field.type_name),
            Some(default) => format!("{} = {default} :: {}", field.name, field.type_name),
        };
        let list = |fields: &[Field]| fields.iter().map(typed).collect::<Vec<_>>().join(", ");
        let columns = if self.columns.is_empty() { "VOID".to_owned() } else { format!("({})", list(&self.columns)) };
        format!("{}({}) :: {columns}", self.name, list(&self.parameters))
    }
}

const STRING: &str = "STRING";
const INTEGER: &str = "INTEGER";
const FLOAT: &str = "FLOAT";
const BOOLEAN: &str = "BOOLEAN";
const MAP: &str = "MAP";
const ANY: &str = "ANY";
const NODE: &str = "NODE";
const RELATIONSHIP: &str = "RELATIONSHIP";
const STRINGS: &str = "LIST<STRING>";
const NODES: &str = "LIST<NODE>";
const RELATIONSHIPS: &str = "LIST<RELATIONSHIP>";
const DATE_TIME: &str = "ZONED DATETIME";

const CONFIG: Field = optional("config", MAP, "{}");

const INFO: [Field; 3] = [field("id", STRING), field("name", STRING), field("creationDate", STRING)];

const CONFIGURATION: [Field; 4] =
    [field("name", STRING), field("description", STRING), field("value", STRING), field("dynamic", BOOLEAN)];

const PICTURE: [Field; 2] = [field("nodes", NODES), field("relationships", RELATIONSHIPS)];

const VECTOR_PROPERTY: [Field; 2] = [field("key", STRING), field("vector", "LIST<FLOAT> | VECTOR")];

/// All of them, by what they are about.
pub(crate) fn all() -> &'static [Compatible] {
    static ALL: LazyLock<Vec<Compatible>> = LazyLock::new(|| {
        let mut all = administration();
        all.append(&mut schema());
        all.append(&mut searches());
        all.append(&mut changes());
        all.append(&mut gds::procedures());
        all
    });
    &ALL
}

fn administration() -> Vec<Compatible> {
    use Effect::{Reads, Server};
    vec![
        Compatible::new(
            "dbms.components",
            &[],
            &[field("name", STRING), field("versions", STRINGS), field("edition", STRING)],
            Server,
            Code::Components,
            "The version of Neo4j whose clients are understood, and the version of this database.",
        ),
        Compatible::new("dbms.info", &[], &INFO, Server, Code::Info, "The database that the session works on."),
        Compatible::new(
            "dbms.clientConfig",
            &[],
            &CONFIGURATION,
            Server,
            Code::Configuration,
            "Settings for clients; there are none.",
        ),
        Compatible::new(
            "dbms.listConfig",
            &[optional("searchString", STRING, "\"\"")],
            &CONFIGURATION,
            Server,
            Code::Configuration,
            "Settings that clients may read; there are none.",
        ),
        Compatible::new(
            "dbms.procedures",
            &[],
            &[field("name", STRING), field("signature", STRING), field("description", STRING), field("mode", STRING)],
            Server,
            Code::Procedures,
            "What CALL can name, as SHOW PROCEDURES.",
        ),
        Compatible::new(
            "dbms.functions",
            &[],
            &[field("name", STRING), field("signature", STRING), field("description", STRING)],
            Server,
            Code::Functions,
            "The functions of the language, as SHOW FUNCTIONS.",
        ),
        Compatible::new("db.info", &[], &INFO, Reads, Code::Info, "The graph that the session works on."),
        Compatible::new(
            "db.ping",
            &[],
            &[field("success", BOOLEAN)],
            Reads,
            Code::Ping,
            "Says that the database answers.",
        ),
        Compatible::new("db.labels", &[], &[field("label", STRING)], Reads, Code::Labels, "The labels of nodes."),
        Compatible::new(
            "db.relationshipTypes",
            &[],
            &[field("relationshipType", STRING)],
            Reads,
            Code::RelationshipTypes,
            "The labels of edges.",
        ),
        Compatible::new(
            "db.propertyKeys",
            &[],
            &[field("propertyKey", STRING)],
            Reads,
            Code::PropertyKeys,
            "The property keys of the database.",
        ),
    ]
}

fn searches() -> Vec<Compatible> {
    let search_texts = |name: &str, on_edge, found: Field, doc| {
        let parameters = [field("indexName", STRING), field("queryString", STRING), optional("options", MAP, "{}")];
        let columns = [found, field("score", FLOAT)];
        Compatible::new(name, &parameters, &columns, Effect::Reads, Code::QueryTexts { on_edge }, doc)
    };
    let wait = |name: &str, parameters: &[Field]| {
        let doc = "Returns at once: an index changes in the commit that changes the graph.";
        Compatible::new(name, parameters, &[], Effect::Reads, Code::Await, doc)
    };
    let timeout = optional("timeOutSeconds", INTEGER, "300");
    let search = |name: &str, on_edge, found: Field, doc| {
        let parameters = [
            field("indexName", STRING),
            field("numberOfNearestNeighbours", INTEGER),
            field("query", "LIST<FLOAT> | VECTOR"),
        ];
        Compatible::new(
            name,
            &parameters,
            &[found, field("score", FLOAT)],
            Effect::Reads,
            Code::QueryVectors { on_edge },
            doc,
        )
    };
    vec![
        search(
            "db.index.vector.queryNodes",
            false,
            field("node", NODE),
            "The nodes of a vector index that are nearest to a vector, the nearest first.",
        ),
        search(
            "db.index.vector.queryRelationships",
            true,
            field("relationship", RELATIONSHIP),
            "The edges of a vector index that are nearest to a vector, the nearest first.",
        ),
        search_texts(
            "db.index.fulltext.queryNodes",
            false,
            field("node", NODE),
            "The nodes of a full-text index that a query finds, the best first; options are skip, limit, analyzer.",
        ),
        search_texts(
            "db.index.fulltext.queryRelationships",
            true,
            field("relationship", RELATIONSHIP),
            "The edges of a full-text index that a query finds, the best first; options are skip, limit, analyzer.",
        ),
        Compatible::new(
            "db.index.fulltext.listAvailableAnalyzers",
            &[],
            &[field("analyzer", STRING), field("description", STRING), field("stopwords", STRINGS)],
            Effect::Reads,
            Code::Analyzers,
            "The ways in which a full-text index can make words of texts.",
        ),
        wait("db.index.fulltext.awaitEventuallyConsistentIndexRefresh", &[]),
        wait("db.awaitIndexes", &[timeout]),
        wait("db.awaitIndex", &[field("indexName", STRING), timeout]),
    ]
}

fn schema() -> Vec<Compatible> {
    use Effect::Reads;
    let observed = [field("propertyObservations", INTEGER), field("totalObservations", INTEGER)];
    let typed = [field("propertyName", STRING), field("propertyTypes", STRINGS), field("mandatory", BOOLEAN)];
    let node_type = [field("nodeType", STRING), field("nodeLabels", STRINGS)];
    let ends = [field("sourceNodeLabels", STRINGS), field("targetNodeLabels", STRINGS)];
    let rel_type = [field("relType", STRING)];
    vec![
        Compatible::new(
            "db.schema.visualization",
            &[],
            &PICTURE,
            Reads,
            Code::Visualization,
            "A node for each label and an edge for each pair of labels that edges join.",
        ),
        Compatible::new(
            "db.schema.nodeTypeProperties",
            &[],
            &[&node_type[..], &typed].concat(),
            Reads,
            Code::NodeTypes,
            "The properties of nodes with the same labels, with their types.",
        ),
        Compatible::new(
            "db.schema.relTypeProperties",
            &[],
            &[&rel_type[..], &typed].concat(),
            Reads,
            Code::RelationshipTypeProperties,
            "The properties of edges with the same label, with their types.",
        ),
        Compatible::new(
            "apoc.meta.data",
            &[CONFIG],
            &[
                field("label", STRING),
                field("property", STRING),
                field("count", INTEGER),
                field("unique", BOOLEAN),
                field("index", BOOLEAN),
                field("existence", BOOLEAN),
                field("type", STRING),
                field("array", BOOLEAN),
                field("sample", "LIST<ANY>"),
                field("left", INTEGER),
                field("right", INTEGER),
                field("other", STRINGS),
                field("otherLabels", STRINGS),
                field("elementType", STRING),
            ],
            Reads,
            Code::MetaData,
            "Labels with their properties and edges, counted exactly.",
        ),
        Compatible::new(
            "apoc.meta.schema",
            &[CONFIG],
            &[field("value", MAP)],
            Reads,
            Code::MetaSchema,
            "The same as one map from label to properties and edges.",
        ),
        Compatible::new(
            "apoc.meta.nodeTypeProperties",
            &[CONFIG],
            &[&node_type[..], &typed, &observed].concat(),
            Reads,
            Code::MetaNodeTypes,
            "The properties of nodes with the same labels, with their types, counted exactly.",
        ),
        Compatible::new(
            "apoc.meta.relTypeProperties",
            &[CONFIG],
            &[&rel_type[..], &ends, &typed, &observed].concat(),
            Reads,
            Code::MetaRelationshipTypes,
            "The properties of edges with the same label and ends, with their types, counted exactly.",
        ),
        Compatible::new(
            "apoc.meta.graph",
            &[CONFIG],
            &PICTURE,
            Reads,
            Code::MetaGraph,
            "A node for each label and an edge for each pair of labels that edges join, with counts.",
        ),
        Compatible::new(
            "apoc.meta.subGraph",
            &[field("config", MAP)],
            &PICTURE,
            Reads,
            Code::MetaGraph,
            "The same of some labels: includeLabels, includeRels, excludeLabels, excludeRels.",
        ),
        Compatible::new(
            "apoc.schema.nodes",
            &[CONFIG],
            &[
                field("name", STRING),
                field("label", STRING),
                field("properties", STRINGS),
                field("status", STRING),
                field("type", STRING),
                field("failure", STRING),
                field("populationProgress", FLOAT),
                field("size", INTEGER),
                field("valuesSelectivity", FLOAT),
                field("userDescription", STRING),
            ],
            Reads,
            Code::SchemaNodes,
            "The indexes on nodes, with how many nodes the label has and how many of them differ.",
        ),
        Compatible::new(
            "apoc.schema.properties.distinct",
            &[field("label", STRING), field("key", STRING)],
            &[field("value", "LIST<ANY>")],
            Reads,
            Code::DistinctValues,
            "The different values of a property of nodes with a label.",
        ),
    ]
}

fn changes() -> Vec<Compatible> {
    use Effect::Writes;
    let set = |owner: Field| [&[owner][..], &VECTOR_PROPERTY].concat();
    vec![
        Compatible::new(
            "apoc.merge.node",
            &[
                field("labels", STRINGS),
                field("identProps", MAP),
                optional("onCreateProps", MAP, "{}"),
                optional("onMatchProps", MAP, "{}"),
            ],
            &[field("node", NODE)],
            Writes,
            Code::MergeNode,
            "MERGE of a node whose labels are values.",
        ),
        Compatible::new(
            "apoc.merge.relationship",
            &[
                field("startNode", NODE),
                field("relType", STRING),
                field("identProps", MAP),
                field("onCreateProps", MAP),
                field("endNode", NODE),
                optional("onMatchProps", MAP, "{}"),
            ],
            &[field("rel", RELATIONSHIP)],
            Writes,
            Code::MergeRelationship,
            "MERGE of an edge whose label is a value.",
        ),
        Compatible::new(
            "apoc.create.addLabels",
            &[field("nodes", ANY), field("labels", STRINGS)],
            &[field("node", NODE)],
            Writes,
            Code::AddLabels,
            "Adds labels to a node or to each node of a list.",
        ),
        Compatible::new(
            "db.create.setNodeVectorProperty",
            &set(field("node", NODE)),
            &[],
            Writes,
            Code::SetNodeVector,
            "Sets a property of a node to a VECTOR.",
        ),
        Compatible::new(
            "db.create.setRelationshipVectorProperty",
            &set(field("relationship", RELATIONSHIP)),
            &[],
            Writes,
            Code::SetRelationshipVector,
            "Sets a property of an edge to a VECTOR.",
        ),
        Compatible::new(
            "db.create.setVectorProperty",
            &set(field("node", NODE)),
            &[field("node", NODE)],
            Writes,
            Code::SetVector,
            "Sets a property of a node to a VECTOR, and gives the node.",
        ),
    ]
}
