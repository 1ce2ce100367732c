//! The arguments of a call: values of the language as algorithms take them, and what can be known of them before a call.

use wend_algorithms::{Argument, ArgumentError, Arguments, Blocks, Common, Description, ParameterKind, ParameterRole};

use crate::{
    error::{Error, Result},
    plan::expr::{Expr, ExprKind, PropertyName},
    registry::{Computation, Mode, Procedure},
    runtime::{element::node_property, statement::Statement},
    tables::Tables,
    value::{
        Duration, Value,
        moment::{moment, seconds},
    },
    written::{self, Owner},
};

/// A value as algorithms take it. A node is its `_id`; there is none where no statement runs.
pub(super) fn argument_of(value: &Value, st: Option<&Statement>) -> Result<Argument> {
    Ok(match value {
        Value::Null => Argument::Null,
        Value::Bool(value) => Argument::Bool(*value),
        Value::Int(value) => Argument::Int(*value),
        Value::Float(value) => Argument::Float(*value),
        Value::String(text) => Argument::String(text.to_string()),
        Value::Date(_) | Value::LocalDateTime(_) | Value::ZonedDateTime(_) => {
            Argument::Time(seconds(value).unwrap_or_default())
        }
        Value::Duration(duration) => Argument::Duration {
            months: duration.months(),
            seconds: duration.days() as f64 * 86_400.0 + duration.seconds() as f64 + f64::from(duration.nanos()) / 1e9,
        },
        Value::List(items) => Argument::List(items.iter().map(|item| argument_of(item, st)).collect::<Result<_>>()?),
        Value::Vector(items) => Argument::List(items.iter().map(|&item| Argument::Float(item.into())).collect()),
        Value::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| Ok((name.to_string(), argument_of(value, st)?)));
            Argument::Record(fields.collect::<Result<_>>()?)
        }
        Value::Node(node) => {
            let Some(st) = st else { return Err(Error::internal("a node outside of a statement")) };
            match node_property(st, node.number, &PropertyName::new("_id"))? {
                Value::String(id) => Argument::String(id.to_string()),
                _ => return Err(Error::internal("a node without an _id")),
            }
        }
        other => {
            return Err(Error::value_type(format!("a {} cannot be a parameter of an algorithm", other.type_name())));
        }
    })
}

/// The parameters that the first argument of a call gives.
pub(super) fn fields(
    procedure: Procedure,
    argument: Option<&Value>,
    st: Option<&Statement>,
) -> Result<Vec<(String, Argument)>> {
    match argument {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Record(fields)) => {
            fields.iter().map(|(name, value)| Ok((name.to_string(), argument_of(value, st)?))).collect()
        }
        Some(other) => Err(Error::value_type(format!(
            "{} takes a record of parameters, such as {{seed: 1}}, not {}",
            procedure.name(),
            other.type_name()
        ))),
    }
}

/// Where a call says until when it sees the graph and not which property holds times, that of the graph's tables: its name where
/// all have the same, else a record from label to property for algorithms that take one.
pub(super) fn add_times(st: &Statement, procedure: Procedure, given: &mut Vec<(String, Argument)>) -> Result<()> {
    let description = procedure.description();
    let is_given = |name: &str| given.iter().any(|(known, value)| known == name && !matches!(value, Argument::Null));
    let moment = description.parameter_with(ParameterRole::Moment).is_some_and(is_given);
    let parameter = description.parameters.iter().find(|parameter| parameter.role == ParameterRole::TimeProperty);
    let Some(parameter) = parameter.filter(|parameter| moment && !is_given(parameter.name)) else { return Ok(()) };
    let tables = Tables::of_graph(&st.tx, st.graph)?;
    let mut times = tables.times();
    let Some((_, first)) = times.next() else { return Ok(()) };
    let value = if times.all(|(_, property)| property == first) {
        Argument::String(first.to_owned())
    } else if matches!(parameter.kind, ParameterKind::Any(_)) {
        let text = |(label, property): (&str, &str)| (label.to_owned(), Argument::String(property.to_owned()));
        Argument::Record(tables.times().map(text).collect())
    } else {
        let known: Vec<String> = tables.times().map(|(label, property)| format!("`{label}`.`{property}`")).collect();
        return Err(Error::rule(format!("the tables of the graph have different time columns: {}", known.join(", ")))
            .with_hint(format!("name one with {}, and the labels that have it with nodeLabels", parameter.name)));
    };
    given.retain(|(name, _)| name != parameter.name);
    given.push((parameter.name.to_owned(), value));
    Ok(())
}

/// Where a call names a property instead of the model that wrote it: that model, and what of the graph the call that wrote it saw.
pub(super) fn add_model(st: &Statement, procedure: Procedure, given: &mut Vec<(String, Argument)>) -> Result<()> {
    let description = procedure.description();
    let value = |given: &[(String, Argument)], name: &str| {
        given.iter().find(|(known, value)| known == name && !matches!(value, Argument::Null)).map(|(_, of)| of.clone())
    };
    let parameter = |role| description.parameter_with(role);
    let (Some(by_property), Some(by_name)) =
        (parameter(ParameterRole::ModelOfProperty), parameter(ParameterRole::UseModel))
    else {
        return Ok(());
    };
    let Some(Argument::String(property)) = value(given, by_property) else { return Ok(()) };
    if value(given, by_name).is_some() {
        return Err(Error::data("22003", format!("{by_name} and {by_property} both say which model: leave one out")));
    }
    let key = st.tx.property_key(&property)?;
    let notes = written::notes(&st.tx, st.graph)?;
    let found = notes.into_iter().find(|(owner, of, _)| *owner == Owner::Node && Some(*of) == key);
    let Some((.., Some(note))) = found else {
        return Err(Error::reference(format!("{by_property}: no algorithm wrote `{property}` at nodes of this graph"))
            .with_hint("CALL algo.gnn_embed.write({.., saveModel: 'name'}, {db: {property: ..}}) writes one"));
    };
    let writer = Procedure::find(&format!("algo.{}", note.algorithm))?.description();
    let kept = [ParameterRole::SaveModel, ParameterRole::UseModel];
    let name = kept.into_iter().find_map(|role| value(&note.parameters, writer.parameter_with(role)?));
    let Some(name) = name else {
        return Err(Error::rule(format!("algo.{} wrote `{property}` and kept no model", note.algorithm))
            .with_hint("call it again with saveModel: 'name', where it takes that"));
    };
    if writer.parameter_with(ParameterRole::Moment).is_some_and(|moment| value(&note.parameters, moment).is_some()) {
        return Err(Error::rule(format!(
            "`{property}` was written as of a time, and what is explained are predictions of now"
        ))
        .with_hint("name the model to see what it says now"));
    }
    let predicted = ParameterRole::PredictedMoment;
    if let (Some(own), Some(of_writer)) = (parameter(predicted), writer.parameter_with(predicted))
        && value(given, own).is_none()
        && let Some(at) = value(&note.parameters, of_writer)
    {
        given.push((own.to_owned(), at));
    }
    for common in [Common::node_labels, Common::edge_labels, Common::weight] {
        if let Some(seen) = value(&note.parameters, common).filter(|_| value(given, common).is_none()) {
            given.push((common.to_owned(), seen));
        }
    }
    given.push((by_name.to_owned(), name));
    Ok(())
}

/// An argument as a value, to be shown.
pub(super) fn value_of(argument: &Argument) -> Value {
    match argument {
        Argument::Null => Value::Null,
        Argument::Bool(value) => Value::Bool(*value),
        Argument::Int(value) => Value::Int(*value),
        Argument::Float(value) => Value::Float(*value),
        Argument::String(text) => Value::String(text.as_str().into()),
        Argument::Time(seconds) => moment((seconds * 1e6) as i64),
        // Days of months apart and days of 24 hours: what the argument was made of.
        Argument::Duration { months, seconds } => {
            let (whole, rest) = (seconds.div_euclid(86_400.0), seconds.rem_euclid(86_400.0));
            let nanos = (rest.fract() * 1e9).round() as i64;
            Duration::new(*months, whole as i64, rest as i64, nanos).map_or(Value::Null, Value::Duration)
        }
        Argument::List(items) => Value::List(items.iter().map(value_of).collect()),
        Argument::Record(fields) => record_of(fields),
    }
}

/// Arguments as a record, to be shown.
pub(super) fn record_of(fields: &[(String, Argument)]) -> Value {
    Value::Record(fields.iter().map(|(name, value)| (name.as_str().into(), value_of(value))).collect())
}

/// 42002 for an unknown name, 22003 for a value out of range, 22G03 for a wrong type.
pub(super) fn argument_error(description: &Description, given: &[(String, Argument)], error: &ArgumentError) -> Error {
    let known = description.all_parameters().find(|parameter| parameter.name == error.parameter);
    let value = given.iter().find(|(name, _)| *name == error.parameter).map(|(_, value)| value);
    let Some(parameter) = known else {
        return Error::reference(error.to_string());
    };
    let of_the_type = matches!(
        (parameter.kind, value),
        (ParameterKind::Int { .. }, Some(Argument::Int(_)))
            | (ParameterKind::Float { .. }, Some(Argument::Int(_) | Argument::Float(_)))
            | (ParameterKind::Choice(_), Some(Argument::String(_)))
    );
    Error::data(if of_the_type { "22003" } else { "22G03" }, error.to_string())
}

/// The value of an expression that depends on nothing.
pub(super) fn constant(expr: &Expr) -> Option<Value> {
    Some(match &expr.kind {
        ExprKind::Constant(value) => value.clone(),
        ExprKind::Negate(inner) => match constant(inner)? {
            Value::Int(value) => Value::Int(value.checked_neg()?),
            Value::Float(value) => Value::Float(-value),
            _ => return None,
        },
        ExprKind::List(items) => Value::List(items.iter().map(constant).collect::<Option<_>>()?),
        ExprKind::Record(fields) => Value::Record(
            fields.iter().map(|(name, value)| Some((name.clone(), constant(value)?))).collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

/// The columns of a call without YIELD: where its arguments are known before it runs, those that hold something.
pub(crate) fn columns_without_yield(procedure: Procedure, arguments: Option<&Expr>) -> Vec<&'static str> {
    let mut all = procedure.columns();
    if matches!(procedure.mode, Mode::Run | Mode::Stream) {
        // Those of blocks have to be asked for.
        all.truncate(procedure.description().columns.len());
    }
    let (Computation::Algorithm(algorithm), Mode::Run | Mode::Stream) = (procedure.computation, procedure.mode) else {
        return all;
    };
    let value = match arguments {
        None => None,
        Some(arguments) => match constant(arguments) {
            Some(value) => Some(value),
            None => return all,
        },
    };
    // What is wrong with the arguments is said when the call runs.
    let given = fields(procedure, value.as_ref(), None);
    let Ok(checked) = given.and_then(|given| check(procedure, &given)) else { return all };
    let held = algorithm.columns(&checked, None);
    all.into_iter().filter(|column| held.contains(column)).collect()
}

/// The columns of a call whose parameters are known, by position: those that hold something.
pub(super) fn columns_of(procedure: Procedure, parameters: &Value, st: &Statement) -> Result<Vec<usize>> {
    let checked = check(procedure, &fields(procedure, Some(parameters), Some(st))?)?;
    let held = match procedure.computation {
        Computation::Algorithm(algorithm) => algorithm.columns(&checked, None),
        Computation::Search(_) => procedure.columns(),
    };
    let described = procedure.description().columns.iter().enumerate();
    Ok(described.filter(|(_, column)| held.contains(&column.name)).map(|(position, _)| position).collect())
}

/// Checks the parameters of a call.
pub(super) fn check(procedure: Procedure, given: &[(String, Argument)]) -> Result<Arguments> {
    let description = procedure.description();
    let checked = description.check(given).map_err(|error| argument_error(description, given, &error))?;
    if checked.block_size.is_some() && procedure.mode != Mode::Stream {
        let (name, parameter) = (description.name, Blocks::block_size);
        return Err(Error::reference(format!("{parameter} is a parameter of algo.{name}.stream alone"))
            .with_hint(format!("CALL algo.{name}.stream({{.., {parameter}: 1000}})")));
    }
    Ok(checked)
}
