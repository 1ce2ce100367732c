//! A plan into one bulk load.
//!
//! Tables come in an order in which those referred to are first, so that an edge is made when its row is read. References within a table or in
//! a circle wait, with their keys, until all nodes are there; tables of edges come last.

use rustc_hash::FxHashMap;
use wend_storage::{BulkLoad, Error as StoreError, LabelId, NodeId, Properties, PropertyKey, Value as Stored};

use super::{
    plan::{EdgeCounts, PlannedEdge, PlannedTable, RelationalPlan},
    source::{SourceTable, TableRow, TableSource, is_key, push_key, stored},
};
use crate::{
    constraint::Constraints,
    error::{Error, ErrorKind, Result},
    import::kind::Kind,
};

/// Rows between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 1024;

/// Why a load ended early.
pub(super) enum Stopped {
    /// For good.
    Error(Error),
    /// A column of a table has a value that is not of its type.
    Mismatch { table: usize },
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Stopped::Error(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Stopped::Error(error.into())
    }
}

/// What a load needs besides its source.
pub(super) struct Loader<'a> {
    pub tables: &'a [SourceTable],
    pub plan: &'a mut RelationalPlan,
    pub constraints: &'a Constraints,
    pub strict: bool,
    /// Told the rows that were read, now and then.
    pub tick: &'a mut dyn FnMut(u64) -> Result<()>,
    pub source_name: String,
}

/// A column that is read, by its place among those read.
struct Wanted<'t> {
    table: &'t SourceTable,
    columns: Vec<usize>,
}

impl Wanted<'_> {
    fn places(&mut self, names: &[String]) -> Result<Vec<usize>> {
        names.iter().map(|name| self.place(name)).collect()
    }

    fn place(&mut self, name: &str) -> Result<usize> {
        let Some(column) = self.table.column(name) else {
            return Err(Error::reference(format!("the table `{}` has no column `{name}`", self.table.name)));
        };
        if let Some(place) = self.columns.iter().position(|other| *other == column) {
            return Ok(place);
        }
        self.columns.push(column);
        Ok(self.columns.len() - 1)
    }
}

/// A reference from rows to nodes: an edge, or one end of it.
struct Reference {
    /// Places of its columns in a row.
    places: Vec<usize>,
    /// What stands before the key in the `_id`s, where it refers to the key of a table.
    prefix: Option<String>,
    /// Which other columns it refers to.
    other: Option<(String, Vec<String>)>,
}

/// Properties of a row: the place of the column, the property, and whether the column is used once more.
struct PropertyColumns(Vec<(usize, PropertyKey, bool)>);

impl PropertyColumns {
    fn new(load: &BulkLoad, wanted: &mut Wanted<'_>, names: &[(String, String)]) -> Result<PropertyColumns> {
        let mut columns = Vec::new();
        for (at, (column, property)) in names.iter().enumerate() {
            let again = names[at + 1..].iter().any(|(other, _)| other == column);
            columns.push((wanted.place(column)?, load.intern_property_key(property)?, again));
        }
        Ok(PropertyColumns(columns))
    }

    fn take(&self, row: &mut [Option<Stored>]) -> Properties {
        let mut properties = Properties::with_capacity(self.0.len());
        for (place, key, again) in &self.0 {
            let value = if *again { row[*place].clone() } else { row[*place].take() };
            properties.extend(value.map(|value| (*key, value)));
        }
        properties
    }
}

/// An edge label of a table whose rows are nodes.
struct TableEdge {
    /// Its place in the plan.
    number: usize,
    label: LabelId,
    reference: Reference,
    properties: PropertyColumns,
    /// Whether its ends are not all there yet.
    waits: bool,
}

/// What waits for all nodes: an edge, where it starts, the key of its end, its properties.
type Waiting = (usize, LabelId, NodeId, String, Properties);

type OtherKeys = FxHashMap<(String, Vec<String>), FxHashMap<String, NodeId>>;

impl Loader<'_> {
    /// Loads all that the plan says. The counts of its edges are what came of them.
    pub fn run(&mut self, source: &mut dyn TableSource, load: &mut BulkLoad) -> std::result::Result<(), Stopped> {
        for edge in &mut self.plan.edges {
            edge.counts = Some(EdgeCounts::default());
        }
        let mut others = OtherKeys::default();
        for edge in self.plan.edges.iter().flat_map(ends) {
            if self.plan.table(&edge.table).is_some_and(|table| table.key != edge.referenced) {
                others.entry((edge.table.clone(), edge.referenced.clone())).or_default();
            }
        }
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut loaded: Vec<String> = Vec::new();
        for table in order(self.plan) {
            self.nodes(source, load, &table, &loaded, &mut others, &mut waiting)?;
            loaded.push(table.table);
        }
        for (number, label, from, key, properties) in waiting {
            let edge = self.plan.edges[number].clone();
            let other = others.get(&(edge.destination.table.clone(), edge.destination.referenced.clone()));
            let to = match other {
                Some(keys) => keys.get(&key).copied(),
                None => load.find(&key)?,
            };
            self.edge(load, number, label, (Some(from), to), &key, properties)?;
        }
        for number in 0..self.plan.edges.len() {
            if self.plan.edges[number].source.is_some() {
                self.edge_rows(source, load, number, &others)?;
            }
        }
        Ok(())
    }

    fn number(&self, name: &str) -> Result<usize> {
        let found = self.tables.iter().position(|table| table.name == name);
        found.ok_or_else(|| Error::reference(format!("the source has no table `{name}`")))
    }

    fn reference(&self, wanted: &mut Wanted<'_>, end: &super::plan::PlannedEnd) -> Result<Reference> {
        let places = wanted.places(&end.columns)?;
        let planned = self.plan.table(&end.table);
        let is_key = planned.is_some_and(|table| table.key == end.referenced);
        Ok(Reference {
            places,
            prefix: is_key.then(|| end.table.clone()),
            other: (!is_key).then(|| (end.table.clone(), end.referenced.clone())),
        })
    }

    /// The rows of a table as nodes, and the edges whose ends are there.
    fn nodes(
        &mut self,
        source: &mut dyn TableSource,
        load: &mut BulkLoad,
        planned: &PlannedTable,
        loaded: &[String],
        others: &mut OtherKeys,
        waiting: &mut Vec<Waiting>,
    ) -> std::result::Result<(), Stopped> {
        let number = self.number(&planned.table)?;
        let table = &self.tables[number];
        let mut wanted = Wanted { table, columns: Vec::new() };
        let key = wanted.places(&planned.key)?;
        let label = load.intern_label(&planned.label)?;
        let mut edges = Vec::new();
        for (at, edge) in self.plan.edges.iter().enumerate() {
            if edge.table != planned.table || edge.source.is_some() {
                continue;
            }
            edges.push(TableEdge {
                number: at,
                label: load.intern_label(&edge.label)?,
                reference: self.reference(&mut wanted, &edge.destination)?,
                properties: PropertyColumns::new(load, &mut wanted, &edge.properties)?,
                waits: !loaded.contains(&edge.destination.table),
            });
        }
        let mut own_others = Vec::new();
        for (of, columns) in others.keys().filter(|(of, _)| *of == planned.table) {
            own_others.push(((of.clone(), columns.clone()), wanted.places(columns)?));
        }
        let properties = PropertyColumns::new(load, &mut wanted, &planned.properties)?;
        let columns = wanted.columns;
        let kinds: Vec<Option<&Kind>> = columns.iter().map(|&at| table.columns[at].kind.as_ref()).collect();

        let mut row_values: Vec<Option<Stored>> = Vec::new();
        let mut keys: Vec<Option<String>> = vec![None; edges.len()];
        let mut edge_properties: Vec<Properties> = vec![Properties::new(); edges.len()];
        let (mut rows, mut id) = (0u64, String::new());
        let mut mismatch = false;
        let result = source.read(number, &columns, &mut |row| {
            rows += 1;
            if rows.is_multiple_of(ROWS_PER_CHECK) {
                (self.tick)(ROWS_PER_CHECK)?;
            }
            if !values(row, &kinds, &mut row_values) {
                mismatch = true;
                return Err(Error::internal("a value is not of its column's type"));
            }
            id.clear();
            id.push_str(&planned.table);
            if planned.key.is_empty() {
                id.push(':');
                push_key(&Stored::Int(rows as i64), &mut id);
            } else if !push_keys(&row_values, &key, &mut id) {
                return Err(self
                    .row_error("22004", &planned.table, rows, format!("the key ({}) is NULL", planned.key.join(", ")))
                    .with_hint("a map without KEY numbers the rows of the table: --dry-run writes one to edit"));
            }
            for (edge, key) in edges.iter().zip(&mut keys) {
                *key = edge.reference.key(&row_values);
            }
            let other_keys: Vec<Option<String>> = own_others
                .iter()
                .map(|(_, places)| {
                    let mut text = String::new();
                    push_keys(&row_values, places, &mut text).then_some(text)
                })
                .collect();
            for (edge, properties) in edges.iter().zip(&mut edge_properties) {
                if !edge.properties.0.is_empty() {
                    *properties = edge.properties.take(&mut row_values.clone());
                }
            }
            let properties = properties.take(&mut row_values);
            if let Some(wrong) = self.constraints.broken_by(false, &[label], &properties)? {
                return Err(self.row_error("G2000", &planned.table, rows, format!("the node '{id}' {wrong}")));
            }
            let node = match load.node(&id, &[label], properties) {
                Ok(node) => node,
                Err(StoreError::DuplicateId { .. }) => {
                    let error = self.row_error("G2000", &planned.table, rows, format!("the `_id` '{id}' is not new"));
                    return Err(error.with_hint(if planned.key.is_empty() {
                        "the graph has rows of such a table already"
                    } else {
                        "the key has this value twice, or the graph has the row already"
                    }));
                }
                Err(error) => return Err(error.into()),
            };
            for ((other, _), key) in own_others.iter().zip(other_keys) {
                if let (Some(keys), Some(key)) = (others.get_mut(other), key) {
                    keys.entry(key).or_insert(node);
                }
            }
            for ((edge, key), properties) in edges.iter().zip(&mut keys).zip(&mut edge_properties) {
                let properties = std::mem::take(properties);
                let Some(key) = key.take() else {
                    if let Some(counts) = &mut self.plan.edges[edge.number].counts {
                        counts.without_key += 1;
                    }
                    continue;
                };
                if edge.waits {
                    waiting.push((edge.number, edge.label, node, key, properties));
                    continue;
                }
                let to = edge.reference.find(&key, load, others)?;
                self.edge(load, edge.number, edge.label, (Some(node), to), &key, properties)?;
            }
            Ok(())
        });
        if mismatch {
            return Err(Stopped::Mismatch { table: number });
        }
        result?;
        (self.tick)(rows % ROWS_PER_CHECK)?;
        if let Some(table) = self.plan.tables.iter_mut().find(|table| table.table == planned.table) {
            table.rows = Some(rows);
        }
        Ok(())
    }

    /// The rows of a table as edges.
    fn edge_rows(
        &mut self,
        source: &mut dyn TableSource,
        load: &mut BulkLoad,
        number: usize,
        others: &OtherKeys,
    ) -> std::result::Result<(), Stopped> {
        let edge = self.plan.edges[number].clone();
        let Some(from) = &edge.source else { return Ok(()) };
        let table_number = self.number(&edge.table)?;
        let table = &self.tables[table_number];
        let mut wanted = Wanted { table, columns: Vec::new() };
        let label = load.intern_label(&edge.label)?;
        let ends = [self.reference(&mut wanted, from)?, self.reference(&mut wanted, &edge.destination)?];
        let properties = PropertyColumns::new(load, &mut wanted, &edge.properties)?;
        let columns = wanted.columns;
        let kinds: Vec<Option<&Kind>> = columns.iter().map(|&at| table.columns[at].kind.as_ref()).collect();
        let mut row_values: Vec<Option<Stored>> = Vec::new();
        let (mut rows, mut mismatch) = (0u64, false);
        let result = source.read(table_number, &columns, &mut |row| {
            rows += 1;
            if rows.is_multiple_of(ROWS_PER_CHECK) {
                (self.tick)(ROWS_PER_CHECK)?;
            }
            if !values(row, &kinds, &mut row_values) {
                mismatch = true;
                return Err(Error::internal("a value is not of its column's type"));
            }
            let [Some(from), Some(to)] = ends.each_ref().map(|end| end.key(&row_values)) else {
                if let Some(counts) = &mut self.plan.edges[number].counts {
                    counts.without_key += 1;
                }
                return Ok(());
            };
            let nodes = (ends[0].find(&from, load, others)?, ends[1].find(&to, load, others)?);
            let dangling = if nodes.0.is_none() { &from } else { &to };
            let properties = properties.take(&mut row_values);
            self.edge(load, number, label, nodes, dangling, properties)
        });
        if mismatch {
            return Err(Stopped::Mismatch { table: table_number });
        }
        result?;
        (self.tick)(rows % ROWS_PER_CHECK)?;
        Ok(())
    }

    /// One edge, or a dangling key.
    fn edge(
        &mut self,
        load: &mut BulkLoad,
        number: usize,
        label: LabelId,
        ends: (Option<NodeId>, Option<NodeId>),
        key: &str,
        properties: Properties,
    ) -> Result<()> {
        let edge = &mut self.plan.edges[number];
        let Some(counts) = &mut edge.counts else { return Ok(()) };
        let (Some(from), Some(to)) = ends else {
            if self.strict {
                let columns = edge.source.iter().chain([&edge.destination]).flat_map(|end| &end.columns);
                let columns = columns.map(String::as_str).collect::<Vec<_>>().join(", ");
                let message = format!("{}: {} ({columns}): no row has the key '{key}'", self.source_name, edge.table);
                return Err(Error::new(ErrorKind::Import, "G1002", message)
                    .with_hint("without --strict such a key is taken as NULL and counted"));
            }
            counts.dangling += 1;
            if counts.first_dangling.is_none() {
                counts.first_dangling = Some(key.to_owned());
            }
            return Ok(());
        };
        if let Some(wrong) = self.constraints.broken_by(true, &[label], &properties)? {
            return Err(Error::new(ErrorKind::Import, "G2000", format!("an edge of {} {wrong}", edge.table)));
        }
        counts.edges += 1;
        load.edge_between(label, from, to, properties)?;
        Ok(())
    }

    fn row_error(&self, gqlstatus: &'static str, table: &str, row: u64, reason: String) -> Error {
        Error::new(ErrorKind::Import, gqlstatus, format!("{}: {table}, row {row}: {reason}", self.source_name))
    }
}

impl Reference {
    /// The text of the key in a row, as `find` takes it; none where it is NULL.
    fn key(&self, row: &[Option<Stored>]) -> Option<String> {
        let mut text = self.prefix.clone().unwrap_or_default();
        push_keys(row, &self.places, &mut text).then_some(text)
    }

    fn find(&self, key: &str, load: &mut BulkLoad, others: &OtherKeys) -> Result<Option<NodeId>> {
        match &self.other {
            Some(other) => Ok(others.get(other).and_then(|keys| keys.get(key)).copied()),
            None => Ok(load.find(key)?),
        }
    }
}

fn ends(edge: &PlannedEdge) -> impl Iterator<Item = &super::plan::PlannedEnd> {
    edge.source.iter().chain([&edge.destination])
}

/// The values of a row; false where one is not of its column's type.
fn values(row: &dyn TableRow, kinds: &[Option<&Kind>], out: &mut Vec<Option<Stored>>) -> bool {
    out.clear();
    for (place, kind) in kinds.iter().enumerate() {
        match stored(*kind, row.cell(place)) {
            Ok(value) => out.push(value),
            Err(()) => return false,
        }
    }
    true
}

/// Appends the key of a row, each part after a `:`; false where one is NULL.
fn push_keys(row: &[Option<Stored>], places: &[usize], out: &mut String) -> bool {
    for place in places {
        let Some(Some(value)) = row.get(*place).map(|value| value.as_ref().filter(|value| is_key(value))) else {
            return false;
        };
        out.push(':');
        push_key(value, out);
    }
    true
}

/// The tables of nodes, those referred to before those that refer to them, as far as there is no circle.
fn order(plan: &RelationalPlan) -> Vec<PlannedTable> {
    let mut left = plan.tables.clone();
    let mut order: Vec<PlannedTable> = Vec::new();
    while !left.is_empty() {
        let refers = |table: &PlannedTable, other: &PlannedTable| {
            plan.edges
                .iter()
                .any(|edge| edge.source.is_none() && edge.table == table.table && edge.destination.table == other.table)
        };
        let free =
            left.iter().position(|table| left.iter().all(|other| other.table == table.table || !refers(table, other)));
        order.push(left.remove(free.unwrap_or(0)));
    }
    order
}

/// The types that the columns of a table have, by all of its values: what is stated where all are so, else the next wider type.
pub(super) fn settle(source: &mut dyn TableSource, number: usize, table: &SourceTable) -> Result<Vec<Option<Kind>>> {
    let columns: Vec<usize> = (0..table.columns.len()).collect();
    let chains: Vec<Vec<Option<Kind>>> = table.columns.iter().map(|column| wider(column.kind.as_ref())).collect();
    let mut at = vec![0usize; columns.len()];
    // A wider type may not take values that were seen before, so that every type is tried from the first row on.
    let mut fits: Vec<Vec<bool>> = chains.iter().map(|chain| vec![true; chain.len()]).collect();
    source.read(number, &columns, &mut |row| {
        for (place, chain) in chains.iter().enumerate() {
            for (kind, fits) in chain.iter().zip(&mut fits[place]) {
                *fits = *fits && stored(kind.as_ref(), row.cell(place)).is_ok();
            }
        }
        Ok(())
    })?;
    for (place, fits) in fits.iter().enumerate() {
        at[place] = fits.iter().position(|fits| *fits).unwrap_or(fits.len().saturating_sub(1));
    }
    Ok(chains.iter().zip(at).map(|(chain, at)| chain.get(at).cloned().unwrap_or(None)).collect())
}

/// Types to try, the narrowest first; at last each value as it is.
fn wider(kind: Option<&Kind>) -> Vec<Option<Kind>> {
    let Some(kind) = kind else { return vec![None] };
    let mut chain = vec![Some(kind.clone())];
    let more: &[Kind] = match kind {
        Kind::Int => &[Kind::Float],
        // Dates are also kept as numbers, of days or seconds.
        Kind::Date => &[Kind::LocalDateTime, Kind::ZonedDateTime, Kind::Int, Kind::Float],
        Kind::LocalDateTime => &[Kind::ZonedDateTime, Kind::Int, Kind::Float],
        Kind::ZonedDateTime => &[Kind::LocalDateTime, Kind::Int, Kind::Float],
        Kind::Bool | Kind::LocalTime => &[Kind::Int, Kind::Float],
        Kind::List(_) | Kind::Vector | Kind::Record => &[Kind::Json],
        _ => &[],
    };
    chain.extend(more.iter().cloned().map(Some));
    // Bytes among texts are no text.
    chain.extend([Some(Kind::String), None]);
    chain
}
