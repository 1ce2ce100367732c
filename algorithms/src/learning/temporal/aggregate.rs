//! Aggregates: what the history of an entity says of it at a time, as a table of numbers (deep feature synthesis: Kanter and
//! Veeramachaneni, DSAA 2015), made along the edges of the graph and censored at each example's time.
//!
//! *Paths.* The rows that belong to the entity; the rows that belong to those; and of the row that the newest of them refers
//! to, all the rows that belong to it. For a driver: the results; of the constructor of the last result, all its results.
//!
//! *Aggregates of each path.* How many rows there are, how many lately, how long ago the last was; of each field the last
//! value, the mean of the last 3, the last 10, of lately and of all, the smallest, the largest, and the deviation of the last 10.
//! Lately is twelve horizons. An absent row or value is NaN.

use std::borrow::Cow;

use ndarray::Array2;
use rustc_hash::{FxHashMap, FxHashSet};

use super::fields::{Field, Fields};
use super::statistic::{Aggregate, EVERY, FEW, FEWEST, SHARES};
use super::timeline::{History, TimedRelation, Timeline};
use crate::algorithm::examples::Examples;
use crate::graph::csr::NodeIndex;
use crate::graph::property::{PropertyGraph, Values};
use crate::numeric::random::mix;
use crate::numeric::workers::Workers;

/// Windows of a horizon that count as lately.
const LATELY: f64 = 12.0;
const DAY: f64 = 86_400.0;
/// Most rows of a path of two steps, as a multiple of the edges of the graph: beyond it the path is left out.
const MOST_GROWTH: usize = 4;
/// Most columns of a table.
const MOST_COLUMNS: usize = 1500;

/// Whose history it is, until when, and when the prediction is made.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The entity; `None` = there is none, and all that is said of it is NaN.
    pub entity: Option<NodeIndex>,
    /// The time of the example.
    pub at: f64,
    /// What is later is not seen; at most `at`.
    pub seen: f64,
}

/// The rows of a table: moments for each role of the examples.
#[derive(Debug, Clone)]
pub struct Moments {
    /// The name of each role, and its moments, one for each row.
    roles: Vec<(String, Vec<Moment>)>,
    rows: usize,
}

impl Moments {
    /// Of some examples, each with the last moment that it sees.
    pub fn new(examples: &Examples, rows: &[(u32, f64)]) -> Moments {
        let of_role = examples.roles.iter().map(|role| {
            let moment = |&(row, seen): &(u32, f64)| Moment {
                entity: role.entities[row as usize],
                at: examples.times[row as usize],
                seen,
            };
            (role.name.clone(), rows.iter().map(moment).collect())
        });
        Moments { roles: of_role.collect(), rows: rows.len() }
    }
}

impl Table {
    /// Leaves out columns that say nothing: of one value in the first `rows` rows, or the same as one before.
    pub fn without_idle(self, rows: usize) -> Table {
        let known = self.values.slice(ndarray::s![..rows, ..]);
        let mut seen = FxHashSet::default();
        let says = |place: &usize| {
            let column = known.column(*place);
            let bits = |value: &f64| if value.is_nan() { u64::MAX } else { value.to_bits() };
            let first = column.first().map_or(0, bits);
            // Two columns of one hash of 64 bits each way are the same for all that matters.
            let hash = |seed: u64| column.iter().fold(seed, |hash, value| mix(hash ^ bits(value)));
            column.iter().any(|value| bits(value) != first) && seen.insert((hash(1), hash(2)))
        };
        let kept: Vec<usize> = (0..self.names.len()).filter(says).collect();
        let values = self.values.select(ndarray::Axis(1), &kept);
        let names = kept.iter().map(|&place| self.names[place].clone()).collect();
        Table { names, values }
    }

    /// The columns of these names, in their order, those that are not there NaN; and the names of these.
    pub fn arranged(self, wanted: &[String]) -> (Array2<f64>, Vec<String>) {
        let place: FxHashMap<&str, usize> =
            self.names.iter().enumerate().rev().map(|(place, name)| (name.as_str(), place)).collect();
        let mut values = Array2::from_elem((self.values.nrows(), wanted.len()), f64::NAN);
        let mut missing = Vec::new();
        for (mut out, name) in values.columns_mut().into_iter().zip(wanted) {
            match place.get(name.as_str()) {
                Some(&place) => out.assign(&self.values.column(place)),
                None => missing.push(name.clone()),
            }
        }
        (values, missing)
    }
}

/// A table of numbers, a row for each example; NaN = absent.
#[derive(Debug, Clone)]
pub struct Table {
    /// What each column is: `<-[DRIVER]-results.grid mean of 10`.
    pub names: Vec<String>,
    /// Examples x columns.
    pub values: Array2<f64>,
}

/// What the table is made of.
pub struct AggregateRequest<'a> {
    /// The graph.
    pub graph: &'a PropertyGraph,
    /// Its edges by time.
    pub timeline: &'a Timeline,
    /// The fields of its rows.
    pub fields: &'a Fields,
    /// The types of the entities in each role; a number that no type has stands for one that is not in this graph.
    pub entity_types: &'a [Vec<u32>],
    /// The horizon of the target, in the unit of the times.
    pub horizon: f64,
    /// Whether times are seconds, so that days and months mean something.
    pub calendar: bool,
    /// The columns that are wanted; without it all that say something.
    pub wanted: Option<&'a Wanted>,
}

/// The columns that a saved model reads.
#[derive(Debug)]
pub struct Wanted {
    names: FxHashSet<String>,
}

impl Wanted {
    /// Columns of these names.
    pub fn new(names: &[String]) -> Wanted {
        Wanted { names: names.iter().cloned().collect() }
    }
}

/// The name of a column of a role.
fn of_role(role: &str, name: &str) -> String {
    if role.is_empty() { name.to_owned() } else { format!("{role}: {name}") }
}

/// A part of the table: names, and numbers row by row.
pub struct Part {
    names: Vec<String>,
    values: Vec<f64>,
}

impl Part {
    /// The columns that are wanted.
    fn only(self, wanted: &Wanted) -> Part {
        let width = self.names.len().max(1);
        let kept: Vec<usize> =
            (0..self.names.len()).filter(|&place| wanted.names.contains(&self.names[place])).collect();
        let rows = self.values.chunks_exact(width);
        let values = rows.flat_map(|row| kept.iter().map(move |&place| row[place])).collect();
        let names = kept.iter().map(|&place| self.names[place].clone()).collect();
        Part { names, values }
    }
}

/// The parts of a table, as many as it may have columns.
#[derive(Default)]
struct Parts<'a> {
    parts: Vec<Part>,
    columns: usize,
    wanted: Option<&'a Wanted>,
}

impl Parts<'_> {
    /// Whether any column is wanted whose name begins so.
    fn asks(&self, role: &str, path: &str) -> bool {
        let begin = of_role(role, path);
        self.wanted.is_none_or(|wanted| wanted.names.iter().any(|name| name.starts_with(&begin)))
    }

    /// Adds a part; whether it fits. `role` = what its names begin with.
    fn add(&mut self, role: &str, mut part: Part) -> bool {
        part.names.iter_mut().for_each(|name| *name = of_role(role, name));
        if let Some(wanted) = self.wanted {
            part = part.only(wanted);
        }
        let columns = self.columns + part.names.len();
        if columns > MOST_COLUMNS {
            return false;
        }
        self.columns = columns;
        self.parts.push(part);
        true
    }

    fn table(self, rows: usize) -> Table {
        let names: Vec<String> = self.parts.iter().flat_map(|part| part.names.iter().cloned()).collect();
        let mut values = Array2::zeros((rows, names.len()));
        let mut first = 0;
        for part in self.parts {
            let width = part.names.len();
            for (mut row, numbers) in values.outer_iter_mut().zip(part.values.chunks_exact(width.max(1))) {
                row.iter_mut().skip(first).zip(numbers).for_each(|(out, number)| *out = *number);
            }
            first += width;
        }
        Table { names, values }
    }
}

/// A path from entities to rows, with the fields of these rows.
pub struct Path<'a> {
    /// What it is.
    pub name: String,
    /// From the nodes whose histories are asked for to the rows.
    pub relation: Cow<'a, TimedRelation>,
    /// What is said of the rows, and which aggregates of it.
    pub columns: Vec<(Column<'a>, &'static [Aggregate])>,
    /// Of each example the node that rows have to belong to as well, and the relation from a row to that (`None` = it is the row).
    pub also: Option<(Option<&'a TimedRelation>, &'a [Moment])>,
}

/// A field of the rows themselves or of the row that each refers to.
pub struct Column<'a> {
    name: String,
    field: &'a Field,
    /// The relation to the row that has the field.
    through: Option<&'a TimedRelation>,
}

impl<'a> Path<'a> {
    /// Of rows that belong to one entity alone.
    fn new(name: String, relation: Cow<'a, TimedRelation>, columns: Vec<(Column<'a>, &'static [Aggregate])>) -> Self {
        Path { name, relation, columns, also: None }
    }
}

/// A column and what is said of it; `own` = on a path from the entity itself.
fn with_aggregates(column: Column<'_>, own: bool) -> (Column<'_>, &'static [Aggregate]) {
    let aggregates: &[Aggregate] = match (own && column.through.is_none(), column.field.share) {
        (true, false) => &EVERY,
        (true, true) => &SHARES,
        (false, false) => &FEW,
        (false, true) => &FEWEST,
    };
    (column, aggregates)
}

impl AggregateRequest<'_> {
    /// The table of these examples.
    pub fn table(&self, workers: &Workers<'_>, moments: &Moments) -> Table {
        let mut parts = Parts { wanted: self.wanted, ..Parts::default() };
        for ((role, of_role), types) in moments.roles.iter().zip(self.entity_types) {
            self.role(workers, types, of_role, role, &mut parts);
        }
        for (position, (role, first)) in moments.roles.iter().enumerate() {
            for (place, (other, second)) in moments.roles.iter().enumerate().skip(position + 1) {
                let name = format!("{role} with {other}");
                let found: Vec<Option<NodeIndex>> = first.iter().map(|moment| moment.entity).collect();
                for path in self.paths_between(&self.entity_types[position], &self.entity_types[place], second) {
                    if parts.asks(&name, &path.name) && !parts.add(&name, self.aggregate(workers, &path, &found, first))
                    {
                        break;
                    }
                }
            }
        }
        parts.table(moments.rows)
    }

    /// The columns of the entities in one role.
    fn role(&self, workers: &Workers<'_>, types: &[u32], moments: &[Moment], role: &str, parts: &mut Parts<'_>) {
        parts.add(role, self.own(types, moments));
        let entities: Vec<Option<NodeIndex>> = moments.iter().map(|moment| moment.entity).collect();
        let histories = self.histories(types);
        for path in &histories {
            if parts.asks(role, &path.name) && !parts.add(role, self.aggregate(workers, path, &entities, moments)) {
                break;
            }
        }
        for (name, found, paths) in self.neighbors(types, &histories, moments) {
            for path in paths {
                let path = Path { name: format!("{name}{}", path.name), ..path };
                if parts.asks(role, &path.name) && !parts.add(role, self.aggregate(workers, &path, &found, moments)) {
                    break;
                }
            }
        }
    }

    /// The fields of the entity itself, its ages, and what the calendar says.
    fn own(&self, types: &[u32], moments: &[Moment]) -> Part {
        let mut names = vec!["time unseen".to_owned()];
        let mut columns: Vec<Vec<f64>> = vec![moments.iter().map(|moment| (moment.at - moment.seen) / DAY).collect()];
        if self.calendar {
            names.push("day of year".to_owned());
            let year = 365.2425 * DAY;
            columns.push(moments.iter().map(|moment| (moment.at.rem_euclid(year)) / DAY).collect());
        }
        for &kind in types {
            for field in self.fields.of_type.get(kind as usize).into_iter().flatten() {
                names.push(format!("{}{}", self.begin(types, kind), field.name));
                let value = |moment: &Moment| match moment.entity {
                    Some(entity) if self.graph.node_type[entity as usize] == kind => self.fields.at(field, entity),
                    _ => f64::NAN,
                };
                columns.push(moments.iter().map(value).collect());
            }
        }
        for property in &self.graph.node_properties {
            let Values::Times(times) = &property.values else { continue };
            // An age that is not known yet would be a look ahead.
            let age = |moment: &Moment| match moment.entity.map(|entity| times[entity as usize]) {
                Some(time) if moment.seen - time >= 0.0 => (moment.at - time) / DAY,
                _ => f64::NAN,
            };
            let ages: Vec<f64> = moments.iter().map(age).collect();
            if self.wanted.is_some() || ages.iter().any(|age| !age.is_nan()) {
                names.push(format!("age of {}", property.name));
                columns.push(ages);
            }
        }
        let values = (0..moments.len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Part { names, values }
    }

    /// What names of columns of a type begin with, where the entities of a role are of several.
    fn begin(&self, types: &[u32], kind: u32) -> String {
        if types.len() > 1 { format!("{}.", self.graph.node_types[kind as usize]) } else { String::new() }
    }

    /// A relation as a pattern has it.
    pub fn arrow(&self, relation: &TimedRelation) -> String {
        let label = &self.graph.edge_labels[relation.label as usize];
        let kind = &self.graph.node_types[relation.to_type as usize];
        if relation.outgoing { format!("-[{label}]->{kind}") } else { format!("<-[{label}]-{kind}") }
    }

    /// The fields of the rows themselves that a relation leads to.
    pub fn own_columns(&self, relation: &TimedRelation) -> impl Iterator<Item = Column<'_>> {
        let own = self.fields.of_type[relation.to_type as usize].iter();
        own.map(|field| Column { name: field.name.clone(), field, through: None })
    }

    /// The columns of rows; `relation` = what they are reached by, whose other end says nothing new, `types` = those of the entities
    /// where the fields of rows that are referred to count, too.
    fn columns(
        &self,
        relation: &TimedRelation,
        types: Option<&[u32]>,
        own: bool,
    ) -> Vec<(Column<'_>, &'static [Aggregate])> {
        let mut columns: Vec<(Column<'_>, &'static [Aggregate])> =
            self.own_columns(relation).map(|column| with_aggregates(column, own)).collect();
        let Some(types) = types else { return columns };
        for (_, next) in self.timeline.of_type(relation.to_type) {
            let back = next.label == relation.label && next.outgoing != relation.outgoing;
            if !next.outgoing || back || !next.is_single() || types.contains(&next.to_type) {
                continue;
            }
            for field in &self.fields.of_type[next.to_type as usize] {
                let name = format!("{}.{}", self.graph.edge_labels[next.label as usize], field.name);
                columns.push(with_aggregates(Column { name, field, through: Some(next) }, own));
            }
        }
        columns
    }

    /// The paths from the entities to the rows that belong to them, and to the rows that belong to those.
    fn histories(&self, types: &[u32]) -> Vec<Path<'_>> {
        let mut paths = Vec::new();
        for &kind in types {
            let many = |relation: &TimedRelation| !relation.outgoing || !relation.is_single();
            for (_, first) in self.timeline.of_type(kind).filter(|(_, relation)| many(relation)) {
                let name = format!("{}{}", self.begin(types, kind), self.arrow(first));
                paths.push(Path::new(name, Cow::Borrowed(first), self.columns(first, Some(types), true)));
            }
        }
        let firsts = paths.len();
        for position in 0..firsts {
            let (name, first) = match &paths[position] {
                Path { name, relation: Cow::Borrowed(first), .. } => (name.clone(), *first),
                _ => continue,
            };
            for (_, second) in self.timeline.of_type(first.to_type) {
                let back = second.label == first.label && second.outgoing != first.outgoing;
                if second.outgoing || back || second.is_single() && second.len() == 0 {
                    continue;
                }
                let steps = first.neighbors().iter().map(|&node| second.row(node).len()).sum::<usize>();
                if self.wanted.is_none() && steps > MOST_GROWTH * self.graph.edge_count() {
                    continue;
                }
                let relation = first.then(second);
                let name = format!("{name}{}", self.arrow(second));
                paths.push(Path::new(name, Cow::Owned(relation), self.columns(second, None, true)));
            }
        }
        paths
    }

    /// Of each path the row that its newest row refers to, and of each entity the row that it refers to itself; with the
    /// histories of those rows.
    fn neighbors<'a>(
        &'a self,
        types: &[u32],
        histories: &[Path<'a>],
        moments: &[Moment],
    ) -> Vec<(String, Vec<Option<NodeIndex>>, Vec<Path<'a>>)> {
        let mut out = Vec::new();
        let mut seen: Vec<Vec<Option<NodeIndex>>> = Vec::new();
        let mut add = |name: String, to: &'a TimedRelation, found: Vec<Option<NodeIndex>>| {
            if self.wanted.is_none() && (found.iter().all(Option::is_none) || seen.contains(&found)) {
                return;
            }
            let mut paths = Vec::new();
            for (_, next) in self.timeline.of_type(to.to_type) {
                if next.outgoing || next.len() == 0 || (self.wanted.is_none() && !next.is_timed()) {
                    continue;
                }
                let columns = self.columns(next, None, false);
                paths.push(Path::new(self.arrow(next), Cow::Borrowed(next), columns));
            }
            seen.push(found.clone());
            out.push((name, found, paths));
        };
        let single = |kind: u32| {
            self.timeline
                .of_type(kind)
                .map(|(_, relation)| relation)
                .filter(|relation| relation.outgoing && relation.is_single())
        };
        let target =
            |relation: &TimedRelation, node: NodeIndex, seen: f64| relation.history(node, seen).nodes.last().copied();
        for &kind in types {
            for relation in single(kind) {
                let found = moments.iter().map(|moment| target(relation, moment.entity?, moment.seen)).collect();
                add(format!("{}{}", self.begin(types, kind), self.arrow(relation)), relation, found);
            }
        }
        for path in histories {
            let Cow::Borrowed(first) = &path.relation else { continue };
            for relation in single(first.to_type) {
                if relation.label == first.label || types.contains(&relation.to_type) {
                    continue;
                }
                let found = moments
                    .iter()
                    .map(|moment| {
                        let last = first.history(moment.entity?, moment.seen).nodes.last()?;
                        target(relation, *last, moment.seen)
                    })
                    .collect();
                add(format!("{} last{}", path.name, self.arrow(relation)), relation, found);
            }
        }
        out
    }

    /// The aggregates of one path; `found` = the node whose history each example asks for.
    fn aggregate(
        &self,
        workers: &Workers<'_>,
        path: &Path<'_>,
        found: &[Option<NodeIndex>],
        moments: &[Moment],
    ) -> Part {
        let relation = &*path.relation;
        let mut names: Vec<String> = ["rows", "rows lately", "age of last", "rows in horizon"]
            .map(|what| format!("{} {what}", path.name))
            .into();
        let counts = names.len();
        for (column, kinds) in &path.columns {
            names.extend(kinds.iter().map(|kind| format!("{}.{} {}", path.name, column.name, kind.name())));
        }
        let width = names.len();
        let mut values = vec![f64::NAN; moments.len() * width];
        const PIECE: usize = 64;
        let pieces = values.chunks_mut(PIECE * width).enumerate();
        workers.for_each(pieces, |(piece, out)| {
            let (mut numbers, mut both) = (Vec::new(), (Vec::new(), Vec::new()));
            for (out, row) in out.chunks_exact_mut(width).zip(PIECE * piece..) {
                let (Some(node), moment) = (found[row], moments[row]) else { continue };
                let mut history = relation.history(node, moment.seen);
                if let Some(also) = &path.also {
                    history = of_both(history, *also, row, &mut both);
                }
                let since = |span: f64| history.times.partition_point(|&time| time <= moment.seen - span);
                let (lately, horizon) = (since(LATELY * self.horizon), since(self.horizon));
                let rows = history.nodes.len();
                out[0] = rows as f64;
                out[1] = (rows - lately) as f64;
                if let Some(&last) = history.times.last().filter(|last| last.is_finite()) {
                    out[2] = (moment.seen - last) / DAY;
                }
                out[3] = (rows - horizon) as f64;
                let mut place = counts;
                for (column, kinds) in &path.columns {
                    numbers.clear();
                    numbers.extend(history.nodes.iter().map(|&row| column.at(self.fields, row, moment.seen)));
                    for kind in *kinds {
                        out[place] = kind.of(&numbers, lately);
                        place += 1;
                    }
                }
            }
        });
        Part { names, values }
    }
}

/// The part of a history that belongs to another node as well.
fn of_both<'h>(
    history: History<'_>,
    (relation, others): (Option<&TimedRelation>, &[Moment]),
    row: usize,
    (nodes, times): &'h mut (Vec<NodeIndex>, Vec<f64>),
) -> History<'h> {
    nodes.clear();
    times.clear();
    let Moment { entity: Some(other), seen, .. } = others[row] else { return History { nodes, times } };
    for (&node, &time) in history.nodes.iter().zip(history.times) {
        let belongs = match relation {
            None => node == other,
            Some(relation) => relation.history(node, seen).nodes.contains(&other),
        };
        if belongs {
            nodes.push(node);
            times.push(time);
        }
    }
    History { nodes, times }
}

impl Column<'_> {
    fn at(&self, fields: &Fields, row: NodeIndex, seen: f64) -> f64 {
        match self.through {
            None => fields.at(self.field, row),
            Some(relation) => match relation.history(row, seen).nodes.last() {
                Some(&other) => fields.at(self.field, other),
                None => f64::NAN,
            },
        }
    }
}
