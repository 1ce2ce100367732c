//! Keys and foreign keys that nobody declares, found by names and values.
//!
//! **Keys.** A column that is never NULL and never the same twice is the key of its table where its name says so: `id`, or the table's
//! name with an `id` after it (`raceId` of `races`, `qualifyId` of `qualifying`). Without one it is a *natural* key: a column whose name another table
//! has, which refers to it (`carrier` of `airlines`); several such columns together (`origin`, `time_hour` of `weather`); or
//! the first column.
//!
//! **Foreign keys.** A column refers to a key where the names match, also by their ending (`home_team_id`: `team_id`) or by the table's name
//! (`user_id`: `id` of `users`), and the values are keys there: at least 99 % of the rows that have one, or, with a warning,
//! half of them. Less is only proposed, and so is what matches by values alone.

use rustc_hash::FxHashSet;

use super::{
    plan::counted,
    profile::{Profile, contained},
    source::SourceTable,
};
use crate::import::{keys::snake, kind::Kind};

/// The share of rows from which a foreign key is taken, and from which it is taken silently.
const TAKEN: f64 = 0.5;
const SILENT: f64 = 0.99;
/// The share of rows from which values alone make a proposal.
const BY_VALUES: f64 = 0.9;
/// Rows that a table needs, so that values alone say something.
const ENOUGH_ROWS: usize = 3;
/// The most columns of a natural key, and of those among which it is looked for.
const WIDEST_KEY: usize = 4;
const MOST_COLUMNS: usize = 10;
/// Tables of more rows have only those columns looked at whose names say something.
const MANY_ROWS: u64 = 2_000_000;

/// A foreign key of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ForeignKey {
    /// The table that has it, by its place.
    pub from: usize,
    pub columns: Vec<String>,
    /// The table that it refers to, by its place.
    pub to: usize,
    pub referenced: Vec<String>,
    pub found: bool,
}

/// The keys of tables, declared or found.
#[derive(Default)]
pub(super) struct Keys {
    /// The primary key of each table, and whether it was found.
    pub primary: Vec<(Vec<String>, bool)>,
    pub foreign: Vec<ForeignKey>,
    pub proposed: Vec<ForeignKey>,
    pub warnings: Vec<String>,
}

/// Names of keys that say nothing of their table.
const GENERIC: [&str; 11] = ["id", "key", "code", "name", "no", "nr", "number", "pk", "uuid", "guid", "index"];
/// Names of columns that are no keys, although a small table may have each value once.
const NO_KEYS: [&str; 7] = ["name", "title", "description", "text", "comment", "notes", "url"];

/// A table's name in the forms in which other names may have it.
struct Name {
    whole: String,
    singular: String,
}

impl Name {
    fn of(table: &str) -> Name {
        let whole = snake(table).trim_matches('_').to_owned();
        let singular = match whole.as_str() {
            name if name.ends_with("ies") && name.len() > 4 => format!("{}y", &name[..name.len() - 3]),
            name if name.ends_with("sses") || name.ends_with("xes") || name.ends_with("ches") => {
                name[..name.len() - 2].to_owned()
            }
            name if name.ends_with('s') && !name.ends_with("ss") && name.len() > 2 => name[..name.len() - 1].to_owned(),
            name => name.to_owned(),
        };
        Name { whole, singular }
    }

    fn forms(&self) -> [&str; 2] {
        [&self.whole, &self.singular]
    }

    /// How well a column's name is that of the table's key; less is better.
    fn rank_of_key(&self, column: &str) -> Option<u8> {
        let ends = |ending: &str| {
            self.forms().iter().any(|form| column == format!("{form}_{ending}") || column == format!("{form}{ending}"))
        };
        if ends("id") {
            return Some(0);
        }
        if column == "id" {
            return Some(1);
        }
        if ["key", "code", "no", "nr", "number", "pk", "uuid", "guid"].iter().any(|ending| ends(ending)) {
            return Some(2);
        }
        if matches!(column, "key" | "pk" | "uuid" | "guid" | "_id") {
            return Some(3);
        }
        let stem = column.strip_suffix("_id")?;
        // `driver_standings_id` of `standings`; `qualify_id` of `qualifying`.
        let holds = self.forms().iter().any(|form| stem.ends_with(&format!("_{form}")))
            || stem.len() >= 4 && self.whole.strip_prefix(stem).is_some_and(|rest| !rest.contains('_'));
        holds.then_some(4)
    }

    /// How well a column's name says that it refers to a key of this table; less is better.
    fn rank_of_reference(&self, column: &str, key: &str) -> Option<u8> {
        let generic = GENERIC.contains(&key);
        if !generic && column == key {
            return Some(0);
        }
        if !generic && column.ends_with(&format!("_{key}")) {
            return Some(1);
        }
        let meant = |form: &&str| [format!("{form}_{key}"), format!("{form}{key}")];
        if self.forms().iter().flat_map(meant).any(|meant| column == meant) {
            return Some(2);
        }
        if self.forms().iter().any(|form| column.ends_with(&format!("_{form}_{key}"))) {
            return Some(3);
        }
        if self.forms().contains(&column) {
            return Some(4);
        }
        None
    }
}

/// Whether a name is one that keys have.
fn is_keyish(column: &str) -> bool {
    let column = snake(column);
    ["id", "key", "code", "no", "nr", "num", "number", "pk", "uuid", "guid"]
        .iter()
        .any(|ending| column == *ending || column.ends_with(&format!("_{ending}")))
        || column.ends_with("id")
}

fn may_be_key(kind: Option<&Kind>) -> bool {
    matches!(kind, None | Some(Kind::Int | Kind::String | Kind::Bytes))
}

/// The columns of each table that have to be looked at to find keys.
pub(super) fn columns_to_look_at(tables: &[SourceTable]) -> Vec<Vec<String>> {
    let names: Vec<Name> = tables.iter().map(|table| Name::of(&table.name)).collect();
    let shared = |number: usize, name: &str| {
        let mut others = tables.iter().enumerate().filter(|(other, _)| *other != number);
        others.any(|(_, table)| table.columns.iter().any(|column| snake(&column.name) == snake(name)))
    };
    let wanted = |number: usize, table: &SourceTable| {
        let small = table.rows.is_none_or(|rows| rows <= MANY_ROWS);
        let look = |(at, column): (usize, &super::source::SourceColumn)| {
            let declared = table.key.contains(&column.name)
                || table.foreign_keys.iter().any(|key| key.columns.contains(&column.name));
            let plain = match &column.kind {
                None | Some(Kind::Int | Kind::Date | Kind::LocalDateTime | Kind::ZonedDateTime) => {
                    at == 0 || shared(number, &column.name)
                }
                Some(Kind::String | Kind::Bytes) => at == 0 || small || shared(number, &column.name),
                // Integers with gaps come as floats.
                Some(Kind::Float) => false,
                Some(_) => return false,
            };
            let table_named = names.iter().any(|name| name.forms().contains(&&*snake(&column.name)));
            declared || plain || is_keyish(&column.name) || table_named
        };
        table.columns.iter().enumerate().filter(|pair| look(*pair)).map(|(_, column)| column.name.clone()).collect()
    };
    tables.iter().enumerate().map(|(number, table)| wanted(number, table)).collect()
}

/// Finds keys and foreign keys where none are declared.
pub(super) fn infer(tables: &[SourceTable], profiles: &[Profile], keys: Keys) -> Keys {
    let names = tables.iter().map(|table| Name::of(&table.name)).collect();
    let mut search = Search { tables, profiles, names, keys };
    search.named_keys();
    search.natural_keys();
    search.foreign_keys();
    search.composite_keys();
    search.first_columns();
    search.foreign_keys();
    search.by_values();
    search.keys
}

struct Search<'t> {
    tables: &'t [SourceTable],
    profiles: &'t [Profile],
    names: Vec<Name>,
    keys: Keys,
}

impl Search<'_> {
    fn without_key(&self) -> Vec<usize> {
        (0..self.tables.len()).filter(|&table| self.keys.primary[table].0.is_empty()).collect()
    }

    fn take_key(&mut self, table: usize, columns: Vec<String>) {
        self.keys.primary[table] = (columns, true);
    }

    fn named_keys(&mut self) {
        for table in self.without_key() {
            let (name, profile) = (&self.names[table], &self.profiles[table]);
            let mut candidates: Vec<(u8, &str)> = self.tables[table]
                .columns
                .iter()
                .filter(|column| may_be_key(column.kind.as_ref()))
                .filter_map(|column| Some((name.rank_of_key(snake(&column.name).as_str())?, column.name.as_str())))
                .collect();
            candidates.sort();
            let found = candidates.into_iter().map(|(_, column)| vec![column.to_owned()]);
            if let Some(key) = found.into_iter().find(|key| profile.is_unique(key)) {
                self.take_key(table, key);
            }
        }
    }

    /// Whether a column refers by its name to the key of another table.
    fn refers(&self, table: usize, column: &str) -> bool {
        (0..self.tables.len()).any(|other| {
            other != table
                && matches!(self.keys.primary[other].0.as_slice(), [key]
                    if self.names[other].rank_of_reference(&snake(column), &snake(key)).is_some())
        })
    }

    /// Single columns that other tables have, too.
    fn natural_keys(&mut self) {
        for table in self.without_key() {
            let mut best: Option<(u64, Vec<String>)> = None;
            for column in &self.tables[table].columns {
                let plain = snake(&column.name);
                let key = vec![column.name.clone()];
                if !may_be_key(column.kind.as_ref())
                    || NO_KEYS.contains(&plain.as_str())
                    || self.refers(table, &column.name)
                    || !self.profiles[table].is_unique(&key)
                {
                    continue;
                }
                let Some(values) = self.values(table, &key) else { continue };
                for (other, of) in self.tables.iter().enumerate().filter(|(other, _)| *other != table) {
                    let same = of.columns.iter().find(|other| snake(&other.name) == plain);
                    let Some(same) = same else { continue };
                    let Some(hashes) = self.profiles[other].column(&same.name) else { continue };
                    let (found, all) = contained(hashes, &values);
                    if all > 0
                        && found as f64 >= TAKEN * all as f64
                        && !self.profiles[other].is_unique(std::slice::from_ref(&same.name))
                        && best.as_ref().is_none_or(|(most, _)| found > *most)
                    {
                        best = Some((found, key.clone()));
                    }
                }
            }
            if let Some((_, key)) = best {
                self.take_key(table, key);
            }
        }
    }

    fn values(&self, table: usize, key: &[String]) -> Option<FxHashSet<u64>> {
        Some(self.profiles[table].key(key)?.into_iter().collect())
    }

    /// Several columns together that another table has, too.
    fn composite_keys(&mut self) {
        for table in self.without_key() {
            let foreign = |column: &str| {
                let of_table = self.keys.foreign.iter().filter(|key| key.from == table);
                of_table.flat_map(|key| &key.columns).any(|other| other == column)
            };
            let mut found = None;
            for (other, of) in self.tables.iter().enumerate().filter(|(other, _)| *other != table) {
                let mut pairs = Vec::new();
                for column in &self.tables[table].columns {
                    let same = of.columns.iter().find(|other| snake(&other.name) == snake(&column.name));
                    if let Some(same) = same
                        && self.profiles[table].column(&column.name).is_some()
                        && self.profiles[other].column(&same.name).is_some()
                    {
                        pairs.push((column.name.clone(), same.name.clone()));
                    }
                }
                pairs.truncate(MOST_COLUMNS);
                found = subsets(pairs.len(), WIDEST_KEY).into_iter().find_map(|subset| {
                    let key: Vec<String> = subset.iter().map(|&at| pairs[at].0.clone()).collect();
                    let reference: Vec<String> = subset.iter().map(|&at| pairs[at].1.clone()).collect();
                    if key.iter().all(|column| foreign(column)) || !self.profiles[table].is_unique(&key) {
                        return None;
                    }
                    let values = self.values(table, &key)?;
                    let (found, all) = contained(&self.profiles[other].key(&reference)?, &values);
                    let refers = all > 0 && found as f64 >= TAKEN * all as f64;
                    (refers && !self.profiles[other].is_unique(&reference)).then_some(key)
                });
                if found.is_some() {
                    break;
                }
            }
            if let Some(key) = found {
                self.take_key(table, key);
            }
        }
    }

    /// The first column, where it is a short text or an integer that every row has once.
    fn first_columns(&mut self) {
        for table in self.without_key() {
            let Some(first) = self.tables[table].columns.first() else { continue };
            let plain = snake(&first.name);
            let key = vec![first.name.clone()];
            let fits = matches!(first.kind, Some(Kind::String | Kind::Int)) && !NO_KEYS.contains(&plain.as_str());
            if fits && !self.refers(table, &first.name) && self.profiles[table].is_unique(&key) {
                self.take_key(table, key);
            }
        }
    }

    /// Columns whose name and values are those of a key.
    fn foreign_keys(&mut self) {
        let mut found = Vec::new();
        let mut proposed = Vec::new();
        let mut warnings = Vec::new();
        for (from, table) in self.tables.iter().enumerate() {
            for column in &table.columns {
                let columns = vec![column.name.clone()];
                if let Some(key) = self.best_reference(from, &columns) {
                    self.judge(key, &mut found, &mut proposed, &mut warnings);
                }
            }
            for (to, (referenced, _)) in self.keys.primary.iter().enumerate() {
                if to == from || referenced.len() < 2 {
                    continue;
                }
                let same = |name: &String| table.columns.iter().find(|column| snake(&column.name) == snake(name));
                let Some(columns) = referenced
                    .iter()
                    .map(|name| same(name).map(|column| column.name.clone()))
                    .collect::<Option<Vec<_>>>()
                else {
                    continue;
                };
                // Two tables with the same columns as keys: the larger may be about rows of the other, which is not known.
                if self.keys.primary[from].0 == columns || self.is_taken(from, &columns) {
                    continue;
                }
                let key = ForeignKey { from, columns, to, referenced: referenced.clone(), found: true };
                self.judge(key, &mut found, &mut proposed, &mut warnings);
            }
        }
        self.keys.foreign.extend(found);
        self.keys.warnings.extend(warnings);
        proposed.retain(|key| !self.keys.proposed.contains(key));
        self.keys.proposed.extend(proposed);
    }

    fn is_taken(&self, from: usize, columns: &[String]) -> bool {
        self.keys.foreign.iter().any(|key| key.from == from && key.columns == columns)
    }

    /// The single key that a column refers to by its name: the best name, then the most values.
    fn best_reference(&self, from: usize, columns: &[String]) -> Option<ForeignKey> {
        let [column] = columns else { return None };
        if self.is_taken(from, columns) {
            return None;
        }
        let own_key = self.keys.primary[from].0.as_slice() == columns;
        let mut best: Option<(u8, f64, ForeignKey)> = None;
        for (to, name) in self.names.iter().enumerate() {
            let [key] = self.keys.primary[to].0.as_slice() else { continue };
            let Some(rank) = name.rank_of_reference(&snake(column), &snake(key)) else { continue };
            if from == to && column == key {
                continue;
            }
            // Tables that share a key: the one that it is named for is referred to.
            let owns = |table: usize| self.names[table].rank_of_key(&snake(column)).is_some_and(|rank| rank <= 2);
            if own_key && (from == to || owns(from) || !owns(to)) {
                continue;
            }
            let key = ForeignKey { from, columns: columns.to_vec(), to, referenced: vec![key.clone()], found: true };
            let Some((found, all)) = self.share(&key).filter(|(_, all)| *all > 0) else { continue };
            let share = found as f64 / all as f64;
            let better = |(other, most, _): &(u8, f64, ForeignKey)| (rank, -share) < (*other, -*most);
            if best.as_ref().is_none_or(better) {
                best = Some((rank, share, key));
            }
        }
        best.map(|(_, _, key)| key)
    }

    /// Of the rows with a key, how many have one that is there.
    fn share(&self, key: &ForeignKey) -> Option<(u64, u64)> {
        let values = self.values(key.to, &key.referenced)?;
        Some(contained(&self.profiles[key.from].key(&key.columns)?, &values))
    }

    fn judge(
        &self,
        key: ForeignKey,
        found: &mut Vec<ForeignKey>,
        proposed: &mut Vec<ForeignKey>,
        warnings: &mut Vec<String>,
    ) {
        let Some((there, all)) = self.share(&key).filter(|(_, all)| *all > 0) else { return };
        let share = there as f64 / all as f64;
        if share < TAKEN {
            proposed.push(key);
            return;
        }
        if share < SILENT {
            warnings.push(format!(
                "{} ({}) refers to {} ({}) in {:.0} % of {}: {} with a key that no row has",
                self.tables[key.from].name,
                key.columns.join(", "),
                self.tables[key.to].name,
                key.referenced.join(", "),
                (share * 100.0).floor(),
                counted(all, "row"),
                counted(all - there, "row"),
            ));
        }
        found.push(key);
    }

    /// Columns whose values alone are those of a key.
    fn by_values(&mut self) {
        let mut proposed = Vec::new();
        for (to, table) in self.tables.iter().enumerate() {
            let [key] = self.keys.primary[to].0.as_slice() else { continue };
            if table.kind(key) != Some(&Kind::String) || self.profiles[to].rows < ENOUGH_ROWS {
                continue;
            }
            for (from, other) in self.tables.iter().enumerate() {
                for column in other.columns.iter().filter(|column| column.kind == Some(Kind::String)) {
                    let columns = vec![column.name.clone()];
                    if self.is_taken(from, &columns) || self.keys.primary[from].0 == columns {
                        continue;
                    }
                    let reference = ForeignKey { from, columns, to, referenced: vec![key.clone()], found: true };
                    let enough =
                        |(there, all): (u64, u64)| all >= ENOUGH_ROWS as u64 && there as f64 >= BY_VALUES * all as f64;
                    if self.share(&reference).is_some_and(enough) && !self.keys.proposed.contains(&reference) {
                        proposed.push(reference);
                    }
                }
            }
        }
        self.keys.proposed.extend(proposed);
    }
}

/// The sets of two to `most` of the first `count` numbers, small ones first.
fn subsets(count: usize, most: usize) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> =
        (0u32..1 << count).map(|bits| (0..count).filter(|at| bits >> at & 1 == 1).collect()).collect();
    all.retain(|set: &Vec<usize>| (2..=most).contains(&set.len()));
    all.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys() {
        for (table, column, rank) in [
            ("races", "race_id", Some(0)),
            ("categories", "category_id", Some(0)),
            ("boxes", "box_id", Some(0)),
            ("customers", "customerid", Some(0)),
            ("users", "id", Some(1)),
            ("qualifying", "qualify_id", Some(4)),
            ("standings", "driver_standings_id", Some(4)),
            ("team_driver", "team_id", None),
            ("races", "circuit_id", None),
            ("addresses", "address_id", Some(0)),
        ] {
            assert_eq!(Name::of(table).rank_of_key(column), rank, "{table}.{column}");
        }
    }

    #[test]
    fn names_of_references() {
        for (table, key, column, rank) in [
            ("races", "race_id", "race_id", Some(0)),
            ("teams", "team_id", "home_team_id", Some(1)),
            ("users", "id", "user_id", Some(2)),
            ("users", "id", "best_user_id", Some(3)),
            ("authors", "id", "author", Some(4)),
            ("airlines", "carrier", "carrier", Some(0)),
            ("users", "id", "id", None),
            ("users", "id", "team_id", None),
        ] {
            assert_eq!(Name::of(table).rank_of_reference(column, key), rank, "{table}.{key} <- {column}");
        }
    }

    #[test]
    fn small_sets_come_first() {
        assert_eq!(subsets(3, 4), [vec![0, 1], vec![0, 2], vec![1, 2], vec![0, 1, 2]]);
        assert!(subsets(1, 4).is_empty());
    }
}
