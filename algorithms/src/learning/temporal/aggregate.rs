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

use super::fields::{Field, Fields};
use super::timeline::{TimedRelation, Timeline};
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
    /// The entity.
    pub entity: NodeIndex,
    /// The time of the example.
    pub at: f64,
    /// What is later is not seen; at most `at`.
    pub seen: f64,
}

impl Table {
    /// Leaves out columns that say nothing: of one value in the first `rows` rows, or the same as one before.
    pub fn without_idle(self, rows: usize) -> Table {
        let known = self.values.slice(ndarray::s![..rows, ..]);
        let mut seen = rustc_hash::FxHashSet::default();
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
    /// The types of the entities.
    pub entity_types: &'a [u32],
    /// The horizon of the target, in the unit of the times.
    pub horizon: f64,
    /// Whether times are seconds, so that days and months mean something.
    pub calendar: bool,
}

/// A part of the table: names, and numbers row by row.
struct Part {
    names: Vec<String>,
    values: Vec<f64>,
}

/// A path from entities to rows, with the fields of these rows.
struct Path<'a> {
    name: String,
    relation: Cow<'a, TimedRelation>,
    columns: Vec<Column<'a>>,
}

/// A field of the rows themselves or of the row that each refers to.
struct Column<'a> {
    name: String,
    field: &'a Field,
    /// The relation to the row that has the field.
    through: Option<&'a TimedRelation>,
}

impl AggregateRequest<'_> {
    /// The table of these examples.
    pub fn table(&self, workers: &Workers<'_>, moments: &[Moment]) -> Table {
        let mut parts = vec![self.own(moments)];
        let mut columns = parts[0].names.len();
        let mut add = |part: Part| {
            columns += part.names.len();
            let fits = columns <= MOST_COLUMNS;
            if fits {
                parts.push(part);
            }
            fits
        };
        let entities: Vec<Option<NodeIndex>> = moments.iter().map(|moment| Some(moment.entity)).collect();
        let histories = self.histories();
        for path in &histories {
            if !add(self.aggregate(workers, path, &entities, moments, true)) {
                break;
            }
        }
        for (name, found, paths) in self.neighbors(&histories, moments) {
            for path in paths {
                let path = Path { name: format!("{name}{}", path.name), ..path };
                if !add(self.aggregate(workers, &path, &found, moments, false)) {
                    break;
                }
            }
        }
        let names: Vec<String> = parts.iter().flat_map(|part| part.names.iter().cloned()).collect();
        let mut values = Array2::zeros((moments.len(), names.len()));
        let mut first = 0;
        for part in parts {
            let width = part.names.len();
            for (mut row, numbers) in values.outer_iter_mut().zip(part.values.chunks_exact(width.max(1))) {
                row.iter_mut().skip(first).zip(numbers).for_each(|(out, number)| *out = *number);
            }
            first += width;
        }
        Table { names, values }
    }

    /// The fields of the entity itself, its ages, and what the calendar says.
    fn own(&self, moments: &[Moment]) -> Part {
        let mut names = vec!["time unseen".to_owned()];
        let mut columns: Vec<Vec<f64>> = vec![moments.iter().map(|moment| (moment.at - moment.seen) / DAY).collect()];
        if self.calendar {
            names.push("day of year".to_owned());
            let year = 365.2425 * DAY;
            columns.push(moments.iter().map(|moment| (moment.at.rem_euclid(year)) / DAY).collect());
        }
        for &kind in self.entity_types {
            for field in &self.fields.of_type[kind as usize] {
                names.push(field.name.clone());
                let value = |moment: &Moment| match self.graph.node_type[moment.entity as usize] == kind {
                    true => self.fields.at(field, moment.entity),
                    false => f64::NAN,
                };
                columns.push(moments.iter().map(value).collect());
            }
        }
        for property in &self.graph.node_properties {
            let Values::Times(times) = &property.values else { continue };
            // An age that is not known yet would be a look ahead.
            let age = |moment: &Moment| match moment.seen - times[moment.entity as usize] {
                age if age >= 0.0 => (moment.at - times[moment.entity as usize]) / DAY,
                _ => f64::NAN,
            };
            let ages: Vec<f64> = moments.iter().map(age).collect();
            if ages.iter().any(|age| !age.is_nan()) {
                names.push(format!("age of {}", property.name));
                columns.push(ages);
            }
        }
        let values = (0..moments.len()).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Part { names, values }
    }

    fn arrow(&self, relation: &TimedRelation) -> String {
        let label = &self.graph.edge_labels[relation.label as usize];
        let kind = &self.graph.node_types[relation.to_type as usize];
        if relation.outgoing { format!("-[{label}]->{kind}") } else { format!("<-[{label}]-{kind}") }
    }

    /// The columns of rows of a type; `from` = the relation they are reached by, whose other end says nothing new.
    fn columns(&self, relation: &TimedRelation, joined: bool) -> Vec<Column<'_>> {
        let own = self.fields.of_type[relation.to_type as usize].iter();
        let mut columns: Vec<Column<'_>> =
            own.map(|field| Column { name: field.name.clone(), field, through: None }).collect();
        if !joined {
            return columns;
        }
        for (_, next) in self.timeline.of_type(relation.to_type) {
            let back = next.label == relation.label && next.outgoing != relation.outgoing;
            if !next.outgoing || back || !next.is_single() || self.entity_types.contains(&next.to_type) {
                continue;
            }
            for field in &self.fields.of_type[next.to_type as usize] {
                let name = format!("{}.{}", self.graph.edge_labels[next.label as usize], field.name);
                columns.push(Column { name, field, through: Some(next) });
            }
        }
        columns
    }

    /// The paths from the entities to the rows that belong to them, and to the rows that belong to those.
    fn histories(&self) -> Vec<Path<'_>> {
        let mut paths = Vec::new();
        for &kind in self.entity_types {
            let many = |relation: &TimedRelation| !relation.outgoing || !relation.is_single();
            for (_, first) in self.timeline.of_type(kind).filter(|(_, relation)| many(relation)) {
                let name = self.arrow(first);
                let columns = self.columns(first, true);
                paths.push(Path { name: name.clone(), relation: Cow::Borrowed(first), columns });
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
                if steps > MOST_GROWTH * self.graph.edge_count() {
                    continue;
                }
                let relation = first.then(second);
                let columns = self.columns(second, false);
                let name = format!("{name}{}", self.arrow(second));
                paths.push(Path { name, relation: Cow::Owned(relation), columns });
            }
        }
        paths
    }

    /// Of each path the row that its newest row refers to, and of each entity the row that it refers to itself; with the
    /// histories of those rows.
    fn neighbors<'a>(
        &'a self,
        histories: &[Path<'a>],
        moments: &[Moment],
    ) -> Vec<(String, Vec<Option<NodeIndex>>, Vec<Path<'a>>)> {
        let mut out = Vec::new();
        let mut seen: Vec<Vec<Option<NodeIndex>>> = Vec::new();
        let mut add = |name: String, to: &'a TimedRelation, found: Vec<Option<NodeIndex>>| {
            if found.iter().all(Option::is_none) || seen.contains(&found) {
                return;
            }
            let mut paths = Vec::new();
            for (_, next) in self.timeline.of_type(to.to_type) {
                if next.outgoing || next.len() == 0 || !next.is_timed() {
                    continue;
                }
                let columns = self.columns(next, false);
                let relation = Cow::Borrowed(next);
                paths.push(Path { name: self.arrow(next), relation, columns });
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
        for &kind in self.entity_types {
            for relation in single(kind) {
                let found = moments.iter().map(|moment| target(relation, moment.entity, moment.seen)).collect();
                add(self.arrow(relation), relation, found);
            }
        }
        for path in histories {
            let Cow::Borrowed(first) = &path.relation else { continue };
            for relation in single(first.to_type) {
                if relation.label == first.label || self.entity_types.contains(&relation.to_type) {
                    continue;
                }
                let found = moments
                    .iter()
                    .map(|moment| {
                        let last = first.history(moment.entity, moment.seen).nodes.last()?;
                        target(relation, *last, moment.seen)
                    })
                    .collect();
                add(format!("{} last{}", path.name, self.arrow(relation)), relation, found);
            }
        }
        out
    }

    /// The aggregates of one path; `found` = the node whose history each example asks for, `own` = whether that is the entity.
    fn aggregate(
        &self,
        workers: &Workers<'_>,
        path: &Path<'_>,
        found: &[Option<NodeIndex>],
        moments: &[Moment],
        own: bool,
    ) -> Part {
        let relation = &*path.relation;
        let mut names: Vec<String> = ["rows", "rows lately", "age of last", "rows in horizon"]
            .map(|what| format!("{} {what}", path.name))
            .into();
        let counts = names.len();
        let kinds: Vec<&[Aggregate]> = path
            .columns
            .iter()
            .map(|column| match (own && column.through.is_none(), column.field.share) {
                (true, false) => &EVERY[..],
                (true, true) => &SHARES[..],
                (false, false) => &FEW[..],
                (false, true) => &FEWEST[..],
            })
            .collect();
        for (column, kinds) in path.columns.iter().zip(&kinds) {
            names.extend(kinds.iter().map(|kind| format!("{}.{} {}", path.name, column.name, kind.name())));
        }
        let width = names.len();
        let mut values = vec![f64::NAN; moments.len() * width];
        const PIECE: usize = 64;
        let pieces = values.chunks_mut(PIECE * width).zip(found.chunks(PIECE).zip(moments.chunks(PIECE)));
        workers.for_each(pieces, |(out, (found, moments))| {
            let mut numbers = Vec::new();
            for ((out, node), moment) in out.chunks_exact_mut(width).zip(found).zip(moments) {
                let Some(node) = *node else { continue };
                let history = relation.history(node, moment.seen);
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
                for (column, kinds) in path.columns.iter().zip(&kinds) {
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

/// What is said of the numbers of a field in the order of time.
#[derive(Debug, Clone, Copy)]
enum Aggregate {
    Last,
    MeanOf(usize),
    MeanLately,
    Mean,
    Smallest,
    Largest,
    DeviationOf(usize),
}

use Aggregate as A;

/// On paths from the entity itself.
const EVERY: [Aggregate; 8] =
    [A::Last, A::MeanOf(3), A::MeanOf(10), A::MeanLately, A::Mean, A::Smallest, A::Largest, A::DeviationOf(10)];
/// The same, of fields that are 1 or 0.
const SHARES: [Aggregate; 4] = [A::MeanOf(3), A::MeanOf(10), A::MeanLately, A::Mean];
/// On paths from other rows, and of fields of rows that are referred to.
const FEW: [Aggregate; 4] = [A::Last, A::MeanOf(3), A::MeanOf(10), A::MeanLately];
/// The same, of fields that are 1 or 0.
const FEWEST: [Aggregate; 2] = [A::MeanOf(10), A::MeanLately];

impl Aggregate {
    fn name(self) -> String {
        match self {
            A::Last => "last".to_owned(),
            A::MeanOf(count) => format!("mean of {count}"),
            A::MeanLately => "mean lately".to_owned(),
            A::Mean => "mean".to_owned(),
            A::Smallest => "smallest".to_owned(),
            A::Largest => "largest".to_owned(),
            A::DeviationOf(count) => format!("deviation of {count}"),
        }
    }

    /// Of these numbers, those from `lately` on being lately.
    fn of(self, numbers: &[f64], lately: usize) -> f64 {
        let last = |count: usize| &numbers[numbers.len().saturating_sub(count)..];
        match self {
            A::Last => present(numbers).next_back().unwrap_or(f64::NAN),
            A::MeanOf(count) => mean(last(count)),
            A::MeanLately => mean(&numbers[lately..]),
            A::Mean => mean(numbers),
            A::Smallest => present(numbers).fold(f64::NAN, f64::min),
            A::Largest => present(numbers).fold(f64::NAN, f64::max),
            A::DeviationOf(count) => {
                let center = mean(last(count));
                let squares = present(last(count)).map(|number| (number - center).powi(2));
                let (sum, count) = squares.fold((0.0, 0usize), |(sum, count), square| (sum + square, count + 1));
                if count == 0 { f64::NAN } else { (sum / count as f64).sqrt() }
            }
        }
    }
}

fn mean(numbers: &[f64]) -> f64 {
    let (sum, count) = present(numbers).fold((0.0, 0usize), |(sum, count), number| (sum + number, count + 1));
    if count == 0 { f64::NAN } else { sum / count as f64 }
}

fn present(numbers: &[f64]) -> impl DoubleEndedIterator<Item = f64> {
    numbers.iter().copied().filter(|number| !number.is_nan())
}
