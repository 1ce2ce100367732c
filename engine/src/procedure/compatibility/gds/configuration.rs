//! The configuration of an algorithm of the library as the parameters of the algorithm here.

use wend_algorithms::Argument;
use wend_grammar::suggest;

use super::super::super::argument::argument_of;
use super::super::argument::{Fields, field, strings_in};
use crate::{
    error::{Error, Result},
    projection::Projection,
    registry::compatibility::gds::{COMMON, GdsParameter, Means, Plain, Run},
    runtime::statement::Statement,
    value::Value,
};

/// What a call asks for.
pub(super) struct Configuration {
    /// The parameters of the algorithm.
    pub(super) given: Vec<(String, Argument)>,
    /// As it was given.
    pub(super) shown: Value,
    /// The id by which a client follows it.
    pub(super) job: Option<String>,
    /// Where what comes out goes.
    pub(super) property: Option<String>,
    pub(super) relationship_type: Option<String>,
}

fn plain(value: Plain) -> Option<Argument> {
    Some(match value {
        Plain::Nothing => return None,
        Plain::Bool(value) => Argument::Bool(value),
        Plain::Int(value) => Argument::Int(value),
        Plain::Float(value) => Argument::Float(value),
        Plain::Text(value) => Argument::String(value.to_owned()),
    })
}

fn equals(value: &Value, wanted: Plain) -> bool {
    match (value, wanted) {
        (Value::Null, Plain::Nothing) => true,
        (Value::Bool(value), Plain::Bool(wanted)) => *value == wanted,
        (Value::Int(value), Plain::Int(wanted)) => *value == wanted,
        (Value::Int(value), Plain::Float(wanted)) => *value as f64 == wanted,
        (Value::Float(value), Plain::Float(wanted)) => *value == wanted,
        (Value::Float(value), Plain::Int(wanted)) => *value == wanted as f64,
        (Value::String(value), Plain::Text(wanted)) => value.eq_ignore_ascii_case(wanted),
        _ => false,
    }
}

fn text_of(value: Plain) -> String {
    match value {
        Plain::Nothing => "null".to_owned(),
        Plain::Bool(value) => value.to_string(),
        Plain::Int(value) => value.to_string(),
        Plain::Float(value) => format!("{value:?}"),
        Plain::Text(value) => format!("'{value}'"),
    }
}

impl Configuration {
    pub(super) fn read(st: &Statement, run: &Run, projection: &Projection, fields: Fields<'_>) -> Result<Self> {
        let name = format!("gds.{}.{}", run.algorithm.name, run.mode.name());
        let known = || {
            let own = run.algorithm.parameters.iter().map(|parameter| parameter.name);
            own.chain(run.targets().iter().copied()).chain(COMMON)
        };
        if let Some((unknown, _)) = fields.iter().find(|(given, _)| !known().any(|name| name == &**given)) {
            let hint = match suggest(unknown, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it takes {}", known().collect::<Vec<_>>().join(", ")),
            };
            return Err(Error::reference(format!("{name} has no parameter `{unknown}`")).with_hint(hint));
        }
        let mut given: Vec<(String, Argument)> = Vec::new();
        for (name, value) in run.algorithm.fixed {
            given.extend(plain(*value).map(|value| ((*name).to_owned(), value)));
        }
        for parameter in run.algorithm.parameters {
            take(st, &name, parameter, fields, &mut given)?;
        }
        if let Some(threads @ Value::Int(_)) = field(fields, "concurrency") {
            given.push(("concurrency".to_owned(), argument_of(threads, Some(st))?));
        }
        let labels = labels(fields, "nodeLabels", &projection.node_labels, &projection.name)?;
        given.extend(labels.map(|labels| ("nodeLabels".to_owned(), labels)));
        let labels = self::labels(fields, "relationshipTypes", &projection.edge_labels, &projection.name)?;
        given.extend(labels.map(|labels| ("edgeLabels".to_owned(), labels)));
        let text = |name: &str| match field(fields, name) {
            Some(Value::String(text)) => Some(text.to_string()),
            _ => None,
        };
        if field(fields, "writeToResultStore").is_some_and(|value| !equals(value, Plain::Bool(false))) {
            return Err(Error::rule(format!("{name}: results are written to the graph, writeToResultStore is false")));
        }
        let target = |ending: &str| run.targets().iter().find(|name| name.ends_with(ending)).copied();
        let need = |ending: &str| match target(ending) {
            Some(parameter) if !run.estimate => match text(parameter).filter(|text| !text.is_empty()) {
                Some(text) => Ok(Some(text)),
                None => Err(Error::value_type(format!("{name} needs `{parameter}`, a name"))),
            },
            _ => Ok(None),
        };
        Ok(Configuration {
            given,
            shown: Value::Record(fields.into()),
            job: text("jobId"),
            property: need("Property")?,
            relationship_type: need("RelationshipType")?,
        })
    }

    /// The orientation of the projection, for algorithms that ask for one.
    pub(super) fn orient(&mut self, projection: &Projection, description: &wend_algorithms::Description) {
        if description.parameters.iter().any(|parameter| parameter.name == "orientation") {
            let orientation = projection.orientation.name().to_ascii_lowercase();
            self.given.push(("orientation".to_owned(), Argument::String(orientation)));
        }
    }
}

/// Labels of a call within those of the projection; `None` = all nodes, or all edges.
fn labels(
    fields: Fields<'_>,
    name: &str,
    projected: &Option<Vec<String>>,
    projection: &str,
) -> Result<Option<Argument>> {
    let asked =
        strings_in(fields, name).filter(|labels| !labels.is_empty() && !labels.iter().any(|label| label == "*"));
    if let (Some(asked), Some(projected)) = (&asked, projected)
        && let Some(other) = asked.iter().find(|label| !projected.contains(label))
    {
        return Err(Error::reference(format!("{name}: `{other}` is not in the projected graph '{projection}'"))
            .with_hint(format!("it has {}", projected.join(", "))));
    }
    let texts = |labels: Vec<String>| Argument::List(labels.into_iter().map(Argument::String).collect());
    Ok(asked.or_else(|| projected.clone()).map(texts))
}

/// One parameter.
fn take(
    st: &Statement,
    procedure: &str,
    parameter: &GdsParameter,
    fields: Fields<'_>,
    given: &mut Vec<(String, Argument)>,
) -> Result<()> {
    let value = field(fields, parameter.name);
    let name = parameter.name;
    match parameter.means {
        Means::Is(ours, default) => {
            let value = match value {
                Some(value) => Some(argument_of(value, Some(st))?),
                None => plain(default),
            };
            given.extend(value.map(|value| (ours.to_owned(), value)));
        }
        Means::Nothing => {}
        Means::Only(wanted) => {
            if let Some(value) = value.filter(|value| !equals(value, wanted)) {
                return Err(Error::rule(format!("{procedure}: `{name}` can only be {}, not {value}", text_of(wanted)))
                    .with_hint("leave it out"));
            }
        }
        Means::Nodes(ours) => {
            let nodes = match value {
                None => return Ok(()),
                Some(Value::List(items)) => items.iter().collect(),
                Some(one) => vec![one],
            };
            let id = |value: &&Value| match value {
                Value::Node(_) => argument_of(value, Some(st)),
                Value::Int(number) if *number >= 0 => {
                    let id = st.tx.node_id(st.graph, wend_storage::NodeId(*number as u64))?;
                    let id = id.ok_or_else(|| Error::reference(format!("{procedure}: there is no node {number}")))?;
                    Ok(Argument::String(id))
                }
                other => {
                    Err(Error::value_type(format!("{procedure}: `{name}` takes nodes, not {}", other.type_name())))
                }
            };
            let nodes = nodes.iter().map(id).collect::<Result<Vec<_>>>()?;
            if !nodes.is_empty() {
                given.push((ours.to_owned(), Argument::List(nodes)));
            }
        }
        Means::VectorProperty => {
            let (property, metric) = vector_property(procedure, name, value)?;
            given.push(("property".to_owned(), Argument::String(property)));
            given.push(("metric".to_owned(), Argument::String(metric.to_owned())));
        }
        Means::Choice(ours, choices) => match value {
            None => {}
            Some(Value::String(text)) if choices.contains(&&*text.to_ascii_uppercase()) => {
                given.push((ours.to_owned(), Argument::String(text.to_ascii_lowercase())));
            }
            Some(other) => {
                return Err(Error::data(
                    "22003",
                    format!("{procedure}: `{name}` is one of {}, not {other}", choices.join(", ")),
                ));
            }
        },
    }
    Ok(())
}

/// The property with vectors, and how they are compared.
fn vector_property(procedure: &str, name: &str, value: Option<&Value>) -> Result<(String, &'static str)> {
    let wrong = || {
        Error::value_type(format!("{procedure}: `{name}` names one property with vectors, as 'p' or {{p: 'COSINE'}}"))
    };
    match value {
        Some(Value::String(text)) => Ok((text.to_string(), "cosine")),
        Some(Value::List(items)) if items.len() == 1 => vector_property(procedure, name, items.first()),
        Some(Value::Record(fields)) if fields.len() == 1 => {
            let (property, metric) = &fields[0];
            let metric = match metric {
                Value::String(metric) if metric.eq_ignore_ascii_case("EUCLIDEAN") => "euclidean",
                Value::String(metric) if ["COSINE", "DEFAULT"].iter().any(|name| metric.eq_ignore_ascii_case(name)) => {
                    "cosine"
                }
                other => {
                    return Err(Error::data(
                        "22003",
                        format!("{procedure}: vectors are compared by COSINE or EUCLIDEAN, not {other}"),
                    ));
                }
            };
            Ok((property.to_string(), metric))
        }
        _ => Err(wrong()),
    }
}
