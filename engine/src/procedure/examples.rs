//! Examples for predictive queries: the times at which predictions are made, and what is to be predicted of each entity there.
//!
//! Training examples lie every so often before the validation, which lies before the test. A target looks ahead of its
//! example by the horizon, and none of training and validation looks beyond the beginning of the test.

use std::sync::Arc;

use wend_algorithms::{
    ElementTimes, ExamplePart, ExampleRequest, Examples, PredictiveQuery, Role, TimeSource, TimeSpan, Values,
};
use wend_grammar::ast::{ClauseKind, Expr, StatementKind};
use wend_storage::{LabelId, NodeId};

use super::view::collect;
use crate::{
    error::{Error, ErrorKind, Result},
    plan::examples::{ExampleQuery, Stamp},
    runtime::statement::Statement,
    tables::Tables,
    times::{TimeProperties, Times},
    value::{Duration, Value, moment::local_moment},
    view::View,
};

/// One example, as the database made it.
pub(super) struct Example {
    pub(super) node: NodeId,
    pub(super) time: Value,
    pub(super) part: ExamplePart,
    pub(super) target: Value,
}

/// Examples, and what they were made with.
pub(super) struct Made {
    pub(super) examples: Vec<Example>,
    seconds: Vec<f64>,
    test_from: f64,
    validation_from: f64,
    horizon: f64,
    calendar: bool,
}

/// The properties that hold times: those that a call names, or what the graph knows.
pub(super) fn time_properties(source: &TimeSource) -> TimeProperties {
    let TimeSource { by_label, otherwise, without } = source.clone();
    TimeProperties { by_label, otherwise, without }
}

/// The times by which examples see. Where they are nodes, a graph may do without any.
pub(super) fn times(
    st: &Statement,
    properties: &TimeProperties,
    request: Option<&ExampleRequest>,
) -> Result<Arc<Times>> {
    if !matches!(request, Some(ExampleRequest::Nodes(_))) {
        return st.times(properties);
    }
    if properties.is_empty() && Tables::of_graph(&st.tx, st.graph)?.times().next().is_none() {
        st.warn(
            "01000",
            "no property is known to hold the times of nodes and edges, so that every example sees all of them; name them with \
             timeProperty",
        );
        return Ok(Arc::default());
    }
    let times = st.times(properties)?;
    if times.range().is_none() {
        return Err(Error::data("22003", "timeProperty: no node and no edge but examples has a time by it").with_hint(
            "name the properties that hold times: timeProperty: 'date', or {Order: 'placed', Visit: 'day'}",
        ));
    }
    Ok(times)
}

/// The label of the examples, where these are nodes.
pub(super) fn label_of_nodes(st: &Statement, request: Option<&ExampleRequest>) -> Result<Option<LabelId>> {
    match request {
        Some(ExampleRequest::Nodes(nodes)) => label(st, "examples", &nodes.label).map(Some),
        _ => Ok(None),
    }
}

/// The label that an argument names.
pub(super) fn label(st: &Statement, parameter: &str, name: &str) -> Result<LabelId> {
    let labels = st.tx.node_labels(st.graph)?;
    if let Some(label) = st.tx.label(name)?.filter(|label| labels.iter().any(|(known, _)| known == label)) {
        return Ok(label);
    }
    let names = labels.iter().map(|(label, _)| Ok(st.tx.label_name(*label)?)).collect::<Result<Vec<_>>>()?;
    let near = wend_grammar::suggest(name, names.iter().map(|name| &**name));
    Err(Error::reference(format!("{parameter}: no node has the label `{name}`"))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?"))))
}

/// The times of the nodes and edges of a view.
pub(super) fn element_times(view: &View, times: &Times) -> ElementTimes {
    let of = |time: Option<f64>| time.unwrap_or(f64::NAN);
    let edges: Vec<f64> = view.edges().iter().map(|&edge| of(times.of_edge(edge))).collect();
    ElementTimes {
        nodes: view.nodes().iter().map(|&node| of(times.of_node(node))).collect(),
        edges: if edges.iter().all(|time| time.is_nan()) { Vec::new() } else { edges },
    }
}

/// A number of seconds as a date and time, or a number as it is, as the lengths of time are given.
struct Clock {
    numbers: bool,
}

impl Clock {
    fn value(&self, time: f64) -> Result<Value> {
        if self.numbers {
            return Ok(Value::Float(time));
        }
        Ok(Value::LocalDateTime(local_moment(time)?))
    }

    /// The time `count` lengths away.
    fn moved(&self, time: f64, span: TimeSpan, count: i64) -> Result<f64> {
        match span {
            TimeSpan::Number(number) => Ok(time + number * count as f64),
            TimeSpan::Duration { months: 0, seconds } => Ok(time + seconds * count as f64),
            TimeSpan::Duration { months, seconds } => {
                let Value::LocalDateTime(moment) = self.value(time)? else { return Ok(time) };
                let months = months.checked_mul(count).ok_or_else(|| Error::data("22008", "a time out of range"))?;
                let moved = moment.plus(Duration::new(months, 0, 0, 0)?)?;
                Ok(moved.total_nanos() as f64 / 1e9 + seconds * count as f64)
            }
        }
    }
}

impl Clock {
    /// The times from `from` on whose targets end by `end`.
    fn forwards(&self, request: &PredictiveQuery, from: f64, end: f64) -> Result<Vec<f64>> {
        let mut found = Vec::new();
        for count in 0..request.stamps as i64 {
            let at = self.moved(from, request.every, count)?;
            let ends = self.moved(at, request.every, 1)?.max(self.moved(at, request.horizon, 1)?);
            if ends > end {
                break;
            }
            found.push(at);
        }
        Ok(found)
    }
}

/// The expression that an argument holds as text.
fn expression(parameter: &str, text: &str) -> Result<Expr> {
    let wrong = |why: String| {
        Error::data("22003", format!("{parameter}: {why}"))
            .with_hint(format!("{parameter} is an expression over `n`, the entity, as text"))
    };
    let parsed = wend_grammar::parse(&format!("RETURN {text}\n"));
    let mut statements = parsed.map_err(|error| wrong(error.to_string()))?;
    let one = || wrong("is not one expression".to_owned());
    let [statement] = statements.as_mut_slice() else { return Err(one()) };
    let StatementKind::Query(query) = &mut statement.kind else { return Err(one()) };
    let [block] = query.blocks.as_mut_slice() else { return Err(one()) };
    let ([clause], []) = (block.first.clauses.as_mut_slice(), block.rest.as_slice()) else { return Err(one()) };
    let ClauseKind::Return(projection) = &mut clause.kind else { return Err(one()) };
    let plain = !projection.distinct
        && !projection.star
        && projection.group_by.is_none()
        && projection.order_by.is_empty()
        && projection.offset.is_none()
        && projection.limit.is_none();
    match projection.items.as_mut_slice() {
        [item] if plain && item.alias.is_none() => Ok(item.expr.clone()),
        _ => Err(one()),
    }
}

/// When predictions are made.
struct Stamps {
    at: Vec<f64>,
    parts: Vec<ExamplePart>,
    test_from: f64,
    validation_from: f64,
}

impl Stamps {
    /// `early` = since when there is more than a few old rows.
    fn new(
        request: &PredictiveQuery,
        clock: &Clock,
        (first, early, last): (f64, f64, f64),
        future: bool,
    ) -> Result<Stamps> {
        /// More would take long for nothing: each is a look at every entity.
        const MOST_TRAINING: usize = 100_000;
        if let Some(learned) = request.learned_until {
            return Stamps::later(request, clock, (learned, last), future);
        }
        let step = request.every.length();
        let held_out = (((last - early) / step / 10.0).floor().max(1.0) as i64).min(request.stamps as i64);
        let test_from = match request.test_from {
            Some(from) => from,
            None => clock.moved(last, request.every, -held_out)?,
        };
        let validation_from = match request.validation_from {
            Some(from) => from,
            None => clock.moved(test_from, request.every, -held_out)?,
        };
        if validation_from >= test_from {
            return Err(Error::data("22003", "validationFrom has to lie before testFrom"));
        }
        let mut stamps = Stamps { at: Vec::new(), parts: Vec::new(), test_from, validation_from };
        let mut training = Vec::new();
        for count in 1.. {
            let at = clock.moved(validation_from, request.every, -count)?;
            if at < first {
                break;
            }
            if training.len() == MOST_TRAINING {
                let message =
                    format!("every: more than {MOST_TRAINING} times of training between the first and validationFrom");
                return Err(Error::data("22003", message).with_hint("make `every` longer"));
            }
            // A target that looks beyond the beginning of the test would know something of it.
            if clock.moved(at, request.horizon, 1)? <= test_from {
                training.push(at);
            }
        }
        training.reverse();
        stamps.add(training, ExamplePart::Train);
        stamps.add(clock.forwards(request, validation_from, test_from)?, ExamplePart::Validation);
        stamps.add(clock.forwards(request, test_from, last)?, ExamplePart::Test);
        if future {
            stamps.add(vec![request.at.unwrap_or(last)], ExamplePart::Future);
        }
        Ok(stamps)
    }

    /// For a model that has learned from targets until some time: what has happened since, to test it on, or what is to be predicted.
    fn later(request: &PredictiveQuery, clock: &Clock, (learned, last): (f64, f64), future: bool) -> Result<Stamps> {
        let test_from = request.test_from.unwrap_or(learned);
        if test_from < learned {
            let until = clock.value(learned)?;
            return Err(Error::data(
                "22003",
                format!("testFrom: the model has learned from what happened until {until}"),
            )
            .with_hint("test it on what comes later, or train another with an earlier testFrom"));
        }
        let mut stamps = Stamps { at: Vec::new(), parts: Vec::new(), test_from, validation_from: learned };
        if future {
            stamps.add(vec![request.at.unwrap_or(last)], ExamplePart::Future);
        } else {
            stamps.add(clock.forwards(request, test_from, last)?, ExamplePart::Test);
        }
        Ok(stamps)
    }

    fn add(&mut self, at: Vec<f64>, part: ExamplePart) {
        self.parts.extend(at.iter().map(|_| part));
        self.at.extend(at);
    }
}

/// Makes the examples; with `future` also those to be predicted.
pub(super) fn make(
    st: &Statement,
    request: &PredictiveQuery,
    properties: &TimeProperties,
    future: bool,
) -> Result<Made> {
    let target = expression("target", &request.target)?;
    let eligible = request.eligible.as_deref().map(|text| expression("eligible", text)).transpose()?;
    label(st, "entity", &request.entity)?;
    let times = st.times(properties)?;
    let Some((first, last)) = times.range() else {
        return Err(Error::data("22003", "no node and no edge has a time: there is no past to learn from").with_hint(
            "name the properties that hold times: timeProperty: 'date', or {Order: 'placed', Visit: 'day'}",
        ));
    };
    let spans = [Some(request.horizon), Some(request.every), request.lookback];
    let clock = Clock { numbers: matches!(request.horizon, TimeSpan::Number(_)) };
    if spans.into_iter().flatten().any(|span| matches!(span, TimeSpan::Number(_)) != clock.numbers) {
        let message = "horizon, every and lookback are all durations, or all numbers where times are numbers";
        return Err(Error::data("22003", message));
    }
    let early = times.early().unwrap_or(first);
    let stamps = Stamps::new(request, &clock, (first, early, last), future)?;
    let run = st.queries.ok_or_else(|| Error::internal("a statement that can run no query"))?;
    let mut made = Made {
        examples: Vec::new(),
        seconds: Vec::new(),
        test_from: stamps.test_from,
        validation_from: stamps.validation_from,
        horizon: clock.moved(stamps.test_from, request.horizon, 1)? - stamps.test_from,
        calendar: !clock.numbers,
    };
    let values = stamps.at.iter().map(|&at| clock.value(at)).collect::<Result<Vec<_>>>()?;
    let mut table = Vec::new();
    for (&at, value) in stamps.at.iter().zip(&values) {
        let since = match request.lookback {
            Some(lookback) => clock.value(clock.moved(at, lookback, -1)?)?,
            None => Value::Null,
        };
        let until = clock.value(clock.moved(at, request.horizon, 1)?)?;
        table.push(Stamp { since, at: value.clone(), until });
    }
    let known = stamps.parts.iter().take_while(|part| **part != ExamplePart::Future).count();
    for (range, target) in [(0..known, Some(&target)), (known..table.len(), None)] {
        let query = ExampleQuery {
            entity: &request.entity,
            target,
            eligible: eligible.as_ref(),
            stamps: &table[range.clone()],
            times: properties,
        };
        if range.is_empty() {
            continue;
        }
        for batch in run(st, &query).map_err(|error| in_expression(error, target.is_none()))? {
            for row in 0..batch.len() {
                let Value::Int(stamp) = batch.value(1, row) else {
                    return Err(Error::internal("a stamp without number"));
                };
                let stamp = range.start + stamp as usize;
                let node = batch.node(0, row).ok_or_else(|| Error::internal("an example without entity"))?;
                let target = if target.is_some() { batch.value(2, row) } else { Value::Null };
                made.seconds.push(stamps.at[stamp]);
                let (time, part) = (values[stamp].clone(), stamps.parts[stamp]);
                made.examples.push(Example { node, time, part, target });
            }
        }
    }
    made.sort();
    Ok(made)
}

/// The error of an expression of the query: the text it points into is not the statement's.
fn in_expression(error: Error, only_eligible: bool) -> Error {
    if !matches!(error.kind(), ErrorKind::Syntax | ErrorKind::Binding | ErrorKind::Data) {
        return error;
    }
    let what = if only_eligible { "eligible" } else { "target or eligible" };
    Error::data("22003", format!("{what}: {}", error.message())).with_hint_if(error.hint().map(str::to_owned))
}

impl Made {
    /// By time, then by entity, so that the order does not depend on the plan.
    fn sort(&mut self) {
        let mut order: Vec<usize> = (0..self.examples.len()).collect();
        let part = |row: usize| self.examples[row].part as usize;
        order.sort_by(|&a, &b| {
            let times = self.seconds[a].total_cmp(&self.seconds[b]);
            part(a).cmp(&part(b)).then(times).then(self.examples[a].node.cmp(&self.examples[b].node))
        });
        let mut examples: Vec<Option<Example>> = std::mem::take(&mut self.examples).into_iter().map(Some).collect();
        self.examples = order.iter().filter_map(|&row| examples[row].take()).collect();
        self.seconds = order.iter().map(|&row| self.seconds[row]).collect();
    }

    /// The examples as algorithms take them, their entities as nodes of a view.
    pub(super) fn for_view(self, view: &View) -> Result<Examples> {
        let missing = || {
            Error::data("22003", "nodeLabels leaves out entities")
                .with_hint("widen nodeLabels so that it has the entity's label")
        };
        let mut entities = Vec::with_capacity(self.examples.len());
        for example in &self.examples {
            entities.push(Some(view.nodes().binary_search(&example.node).map_err(|_| missing())? as u32));
        }
        let targets: Values = collect(self.examples.iter().map(|example| &example.target))?;
        Ok(Examples {
            roles: vec![Role { name: String::new(), entities }],
            calendar: self.calendar,
            parts: self.examples.iter().map(|example| example.part).collect(),
            times: self.seconds,
            targets,
            test_from: self.test_from,
            validation_from: self.validation_from,
            horizon: self.horizon,
        })
    }

    /// The rows of the procedure `examples`: nodeId, time, split, target.
    pub(super) fn rows(self, st: &Statement) -> Result<Vec<Vec<Value>>> {
        let row = |example: Example| {
            let id = st.tx.node_id(st.graph, example.node)?.unwrap_or_default();
            let part = Value::String(example.part.name().into());
            Ok(vec![Value::String(id.into()), example.time, part, example.target])
        };
        self.examples.into_iter().map(row).collect()
    }
}
