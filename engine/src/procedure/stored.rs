//! Examples that are nodes: when each is, what it is about, what is to be predicted of it, and which part it is in.
//!
//! What an example is about are the nodes that its edges lead to, in either direction; those that are later than the example are
//! not there for it. Entities are told apart by *roles*: the label and direction of the edge, and where one example has several such
//! edges, also the type of the node and which of them it is.

use rustc_hash::FxHashMap;
use wend_algorithms::{AnyGraph, ExampleNodes, ExamplePart, Examples, Role};
use wend_storage::{Adjacent, Direction, LabelId, NodeId, PropertyKey, Value as Stored};

use super::{examples, view::collect};
use crate::{
    error::{Error, Result},
    runtime::statement::Statement,
    tables::Tables,
    times::{Times, seconds},
    value::Value,
    view::{Filter, View},
};

/// Most nodes that an example is about.
const MOST_ROLES: usize = 16;

/// The examples of a graph, as nodes and as algorithms take them.
pub(super) struct ExampleRows {
    /// The node of each.
    pub(super) nodes: Vec<NodeId>,
    /// The same rows, their entities as nodes of the view.
    pub(super) examples: Examples,
}

/// What is read of the nodes.
struct Read {
    nodes: Vec<NodeId>,
    times: Vec<f64>,
    calendar: bool,
    targets: Vec<Value>,
    splits: Vec<Option<ExamplePart>>,
}

/// An edge of an example.
struct About {
    label: LabelId,
    outgoing: bool,
    node_type: u32,
    entity: u32,
}

/// Reads the examples; what they are about is looked up in a view, which is without them.
pub(super) fn read(
    st: &Statement,
    request: &ExampleNodes,
    filter: &Filter,
    view: &View,
    times: &Times,
) -> Result<ExampleRows> {
    let Read { nodes, times: at, calendar, targets, splits } = Read::new(st, request)?;
    st.memory.take(nodes.len() * 64, "the examples")?;
    let roles = Roles::new(st, request, filter, view, times, &nodes, &at)?.finish(st)?;
    let has_target = |row: usize| match targets[row] {
        Value::Null => false,
        Value::Float(number) => !number.is_nan(),
        _ => true,
    };
    let (parts, validation_from, test_from) = match request.split {
        Some(_) => by_name(&splits, &at, has_target),
        None => by_time(&at, has_target),
    };
    let late = (0..nodes.len()).filter(|&row| parts[row] == ExamplePart::Train && at[row] >= test_from).count();
    if late > 0 {
        st.warn(
            "01000",
            &format!("{late} examples of the training part are not earlier than the first of the test part: what is learned from them may know what the test asks"),
        );
    }
    let horizon = horizon(&roles, &at, calendar);
    let targets = collect(targets.iter())?;
    let examples = Examples { roles, times: at, calendar, parts, targets, test_from, validation_from, horizon };
    Ok(ExampleRows { nodes, examples })
}

impl Read {
    fn new(st: &Statement, request: &ExampleNodes) -> Result<Read> {
        let label = examples::label(st, "examples", &request.label)?;
        let stored;
        let time = match &request.time {
            Some(name) => name,
            None => {
                let tables = Tables::of_graph(&st.tx, st.graph)?;
                let known = tables.times().find(|(label, _)| *label == request.label);
                let Some((_, name)) = known else {
                    return Err(Error::data(
                        "22003",
                        "exampleTime: it has to be given, the property that holds the time of each example",
                    )
                    .with_hint("such as exampleTime: 'date'"));
                };
                stored = name.to_owned();
                &stored
            }
        };
        let of = |parameter: &str, name: &str| -> Result<PropertyKey> {
            match st.tx.property_key(name)? {
                Some(key) => Ok(key),
                None => Err(no_property(st, parameter, name, &request.label)?),
            }
        };
        let (time_key, target_key) = (of("exampleTime", time)?, of("target", &request.target)?);
        let split_key = request.split.as_deref().map(|name| of("split", name)).transpose()?;
        let mut keys: Vec<PropertyKey> = [time_key, target_key].into_iter().chain(split_key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut read =
            Read { nodes: Vec::new(), times: Vec::new(), calendar: false, targets: Vec::new(), splits: Vec::new() };
        let (mut untimed, mut numbers, mut some_split) = (Vec::new(), 0, false);
        let mut reader = st.tx.node_reader(st.graph);
        for node in st.tx.nodes(st.graph, Some(label))? {
            if read.nodes.len().is_multiple_of(4096) {
                st.cancel.check()?;
            }
            let node = node?;
            let (mut at, mut target, mut split) = (None, Value::Null, None);
            reader.go(node)?;
            reader.parts(Some(&keys), &mut |key, value| {
                if key == time_key {
                    numbers += usize::from(matches!(value, Stored::Int(_) | Stored::Float(_)));
                    at = seconds(&value);
                }
                if Some(key) == split_key {
                    split = Some(value.clone());
                }
                if key == target_key {
                    target = Value::from_stored(value);
                }
            })?;
            some_split |= split.is_some();
            match at {
                Some(at) => read.times.push(at),
                None => untimed.push(node),
            }
            read.nodes.push(node);
            read.targets.push(target);
            read.splits.push(part(split)?);
        }
        let name_of = |node: NodeId| Ok::<_, Error>(st.tx.node_id(st.graph, node)?.unwrap_or_default());
        if let Some(&first) = untimed.first() {
            let (count, all) = (untimed.len(), read.nodes.len());
            let message = format!(
                "exampleTime: {count} of {all} nodes with the label `{}` have no date, datetime or number as `{time}`, the first is '{}'",
                request.label,
                name_of(first)?
            );
            return Err(
                Error::data("22003", message).with_hint("an example needs a time: set it, or take the label away")
            );
        }
        if numbers > 0 && numbers < read.nodes.len() {
            let message = format!("exampleTime: `{time}` is a number at some examples and a date at others");
            return Err(Error::data("22003", message).with_hint("times are all dates and datetimes, or all numbers"));
        }
        read.calendar = numbers == 0;
        if read.targets.iter().all(|target| matches!(target, Value::Null)) {
            return Err(no_property(st, "target", &request.target, &request.label)?);
        }
        if let Some(split) = request.split.as_deref().filter(|_| !some_split) {
            return Err(no_property(st, "split", split, &request.label)?);
        }
        Ok(read)
    }
}

/// The part that the value of the property `split` names; other texts name none.
fn part(split: Option<Stored>) -> Result<Option<ExamplePart>> {
    let known = [ExamplePart::Train, ExamplePart::Validation, ExamplePart::Test];
    match split {
        None => Ok(None),
        Some(Stored::String(text)) => Ok(known.into_iter().find(|part| part.name() == &*text)),
        Some(other) => {
            let got = Value::from_stored(other);
            let message = format!("split: takes texts: train, validation or test, got {}", got.type_name());
            Err(Error::data("22G03", message))
        }
    }
}

/// Parts as they are named, and the first times of validation and test.
fn by_name(
    splits: &[Option<ExamplePart>],
    at: &[f64],
    has_target: impl Fn(usize) -> bool,
) -> (Vec<ExamplePart>, f64, f64) {
    let part = |row: usize| splits[row].filter(|_| has_target(row)).unwrap_or(ExamplePart::Future);
    let parts: Vec<ExamplePart> = (0..splits.len()).map(part).collect();
    let first = |wanted: ExamplePart| {
        let times = parts.iter().zip(at).filter(|(part, _)| **part == wanted).map(|(_, &time)| time);
        times.fold(f64::INFINITY, f64::min)
    };
    let (validation, test) = (first(ExamplePart::Validation), first(ExamplePart::Test));
    (parts, validation, test)
}

/// Parts by time: the last tenth is the test, the tenth before it validation. Examples of one time are in one part.
fn by_time(at: &[f64], has_target: impl Fn(usize) -> bool) -> (Vec<ExamplePart>, f64, f64) {
    let mut times: Vec<f64> = (0..at.len()).filter(|&row| has_target(row)).map(|row| at[row]).collect();
    times.sort_unstable_by(f64::total_cmp);
    // Later than `before`, so that no part is empty where there are times enough.
    let cut = |share: usize, before: f64| {
        let wanted = times.get(times.len() * share / 10).copied().unwrap_or(f64::INFINITY);
        if wanted > before {
            return wanted;
        }
        times.get(times.partition_point(|&time| time <= before)).copied().unwrap_or(f64::INFINITY)
    };
    let validation = cut(8, times.first().copied().unwrap_or(f64::NEG_INFINITY));
    let test = cut(9, validation);
    let part = |row: usize| match at[row] {
        _ if !has_target(row) => ExamplePart::Future,
        time if time < validation => ExamplePart::Train,
        time if time < test => ExamplePart::Validation,
        _ => ExamplePart::Test,
    };
    ((0..at.len()).map(part).collect(), validation, test)
}

/// How far apart examples of one entity lie, the median: about as far as their targets look ahead.
fn horizon(roles: &[Role], at: &[f64], calendar: bool) -> f64 {
    let mut of_entity: Vec<(u32, f64)> = roles
        .first()
        .into_iter()
        .flat_map(|role| role.entities.iter().zip(at))
        .filter_map(|(entity, &time)| Some(((*entity)?, time)))
        .collect();
    of_entity.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let pairs = of_entity.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let mut gaps: Vec<f64> = pairs.map(|pair| pair[1].1 - pair[0].1).filter(|gap| *gap > 0.0).collect();
    gaps.sort_unstable_by(f64::total_cmp);
    let whole = at.iter().copied().fold(f64::NEG_INFINITY, f64::max) - at.iter().copied().fold(f64::INFINITY, f64::min);
    match gaps.get(gaps.len() / 2) {
        Some(&gap) => gap,
        None if whole > 0.0 => whole / 100.0,
        None if calendar => 86_400.0,
        None => 1.0,
    }
}

/// The entities of examples.
struct Roles {
    /// The edges of each example, one example after the other.
    about: Vec<Vec<About>>,
    node_types: Vec<String>,
}

impl Roles {
    fn new(
        st: &Statement,
        request: &ExampleNodes,
        filter: &Filter,
        view: &View,
        times: &Times,
        nodes: &[NodeId],
        at: &[f64],
    ) -> Result<Roles> {
        let Some(AnyGraph::Properties(graph)) = view.graph() else {
            return Err(Error::internal("examples without a property graph"));
        };
        let mut cursor = st.tx.adjacency(st.graph)?;
        let mut edges: Vec<Adjacent> = Vec::new();
        let (mut about, mut later, mut alone) = (Vec::with_capacity(nodes.len()), 0, 0);
        for (row, (&node, &time)) in nodes.iter().zip(at).enumerate() {
            if row % 1024 == 0 {
                st.cancel.check()?;
            }
            edges.clear();
            cursor.expand(node, Direction::Both, None, &mut edges)?;
            edges.sort_unstable_by_key(|edge| edge.edge);
            let mut of_row: Vec<About> = Vec::new();
            let mut hidden = false;
            for &Adjacent { label, edge, node, outgoing } in &edges {
                if filter.edge_labels.as_ref().is_some_and(|labels| !labels.contains(&label)) {
                    continue;
                }
                let Ok(entity) = view.nodes().binary_search(&node) else { continue };
                if [times.of_node(node), times.of_edge(edge)].into_iter().flatten().any(|of| of > time) {
                    hidden = true;
                    continue;
                }
                let known =
                    |about: &About| (about.entity, about.label, about.outgoing) == (entity as u32, label, outgoing);
                if !of_row.iter().any(known) {
                    let node_type = graph.node_type[entity];
                    of_row.push(About { label, outgoing, node_type, entity: entity as u32 });
                }
            }
            if of_row.len() > MOST_ROLES {
                let id = st.tx.node_id(st.graph, node)?.unwrap_or_default();
                let message = format!(
                    "examples: '{id}' is joined to {} nodes, and an example is about {MOST_ROLES} at most",
                    of_row.len()
                );
                return Err(Error::data("22003", message).with_hint("nodeLabels and edgeLabels say what is seen"));
            }
            later += usize::from(hidden);
            alone += usize::from(of_row.is_empty());
            about.push(of_row);
        }
        if alone == nodes.len() {
            let message = format!(
                "examples: no node with the label `{}` is joined to a node that is seen and not later: an example is about the nodes \
                 that its edges lead to",
                request.label
            );
            return Err(Error::data("22003", message).with_hint("look at nodeLabels, edgeLabels and timeProperty"));
        }
        if later > 0 {
            st.warn(
                "01000",
                &format!(
                    "{later} examples have edges or nodes beside them that are later than they are, and do not see them"
                ),
            );
        }
        if alone > 0 {
            st.warn("01000", &format!("{alone} examples are about no node that is seen and not later than they are"));
        }
        let node_types = graph.node_types.iter().map(ToString::to_string).collect();
        Ok(Roles { about, node_types })
    }

    /// The entities by role, in the order in which roles are met.
    fn finish(self, st: &Statement) -> Result<Vec<Role>> {
        let mut several: Vec<(LabelId, bool)> = Vec::new();
        for of_row in &self.about {
            for (place, about) in of_row.iter().enumerate() {
                let kind = (about.label, about.outgoing);
                let again = of_row[..place].iter().any(|other| (other.label, other.outgoing) == kind);
                if again && !several.contains(&kind) {
                    several.push(kind);
                }
            }
        }
        let mut numbers: FxHashMap<(LabelId, bool, u32, usize), usize> = FxHashMap::default();
        let mut roles: Vec<Role> = Vec::new();
        for (row, of_row) in self.about.iter().enumerate() {
            for (place, about) in of_row.iter().enumerate() {
                let kind = (about.label, about.outgoing);
                let typed = several.contains(&kind);
                let same = |other: &&About| (other.label, other.outgoing) == kind && other.node_type == about.node_type;
                let which = of_row[..place].iter().filter(same).count();
                let node_type = if typed { about.node_type } else { u32::MAX };
                let number = match numbers.get(&(about.label, about.outgoing, node_type, which)) {
                    Some(&number) => number,
                    None => {
                        let mut name = st.tx.label_name(about.label)?.to_string();
                        if !about.outgoing {
                            name = format!("<-{name}");
                        }
                        if typed {
                            name = format!("{name} {}", self.node_types[about.node_type as usize]);
                        }
                        if which > 0 {
                            name = format!("{name} {}", which + 1);
                        }
                        numbers.insert((about.label, about.outgoing, node_type, which), roles.len());
                        roles.push(Role { name, entities: vec![None; self.about.len()] });
                        roles.len() - 1
                    }
                };
                roles[number].entities[row] = Some(about.entity);
            }
        }
        if let [only] = roles.as_mut_slice() {
            only.name.clear();
        }
        Ok(roles)
    }
}

/// The error of a property that no example has.
fn no_property(st: &Statement, parameter: &str, name: &str, label: &str) -> Result<Error> {
    let keys = st.tx.property_keys()?;
    let near = wend_grammar::suggest(name, keys.iter().map(|(_, name)| &**name).filter(|known| *known != name));
    Ok(Error::reference(format!("{parameter}: no node with the label `{label}` has the property `{name}`"))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?"))))
}
