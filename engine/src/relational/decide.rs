//! From tables and keys to a plan: which tables are nodes, which are edges, and how edges are named.

use super::{
    infer::{ForeignKey, Keys},
    map::all_columns,
    plan::{PlannedEdge, PlannedEnd, PlannedTable, RelationalPlan},
    source::{SourceTable, SourceTables},
};
use crate::import::keys::{edge_label, snake, upper_snake};

/// The keys that a source declares. Foreign keys to what is no table of it are left out, and it is said why.
pub(super) fn declared(source: &SourceTables, left_out: &mut Vec<(String, String)>) -> Keys {
    let tables = &source.tables;
    let mut keys = Keys { primary: tables.iter().map(|table| (table.key.clone(), false)).collect(), ..Keys::default() };
    for (from, table) in tables.iter().enumerate() {
        for key in &table.foreign_keys {
            let what = format!("{} ({})", table.name, key.columns.join(", "));
            let to = tables
                .iter()
                .position(|other| other.name == key.table)
                .or_else(|| tables.iter().position(|other| other.name.eq_ignore_ascii_case(&key.table)));
            let Some(to) = to else {
                left_out.push((what, format!("it refers to `{}`, which is no table here", key.table)));
                continue;
            };
            let referenced = match key.referenced.is_empty() {
                true => tables[to].key.clone(),
                false => key.referenced.clone(),
            };
            let column = |of: &SourceTable, name: &String| {
                of.columns
                    .iter()
                    .find(|column| column.name.eq_ignore_ascii_case(name))
                    .map(|column| column.name.clone())
            };
            let referenced: Option<Vec<String>> = referenced.iter().map(|name| column(&tables[to], name)).collect();
            let columns: Option<Vec<String>> = key.columns.iter().map(|name| column(table, name)).collect();
            match (columns, referenced) {
                (Some(columns), Some(referenced)) if columns.len() == referenced.len() && !columns.is_empty() => {
                    // Two declarations of one foreign key are one.
                    if !keys.foreign.iter().any(|other| {
                        (other.from, &other.columns, other.to, &other.referenced) == (from, &columns, to, &referenced)
                    }) {
                        keys.foreign.push(ForeignKey { from, columns, to, referenced, found: false });
                    }
                }
                _ => left_out.push((what, format!("it refers to columns that `{}` does not have", tables[to].name))),
            }
        }
    }
    keys
}

/// The plan of these keys.
pub(super) fn plan(name: &str, source: &SourceTables, keys: Keys, left_out: Vec<(String, String)>) -> RelationalPlan {
    let tables = &source.tables;
    let mut plan =
        RelationalPlan { name: graph_name(name), warnings: keys.warnings.clone(), ..RelationalPlan::default() };
    plan.left_out.extend(source.left_out.iter().cloned());
    plan.left_out.extend(left_out);
    let bridges: Vec<Option<[&ForeignKey; 2]>> = (0..tables.len()).map(|table| bridge(table, &keys)).collect();
    for (number, table) in tables.iter().enumerate() {
        if bridges[number].is_some() {
            continue;
        }
        let (key, found) = keys.primary[number].clone();
        plan.tables.push(PlannedTable {
            table: table.name.clone(),
            label: table.name.clone(),
            key,
            found,
            properties: all_columns(table, &[]),
            time: None,
            rows: table.rows,
        });
    }
    for (number, table) in tables.iter().enumerate() {
        if let Some([from, to]) = bridges[number] {
            let ends: Vec<String> = from.columns.iter().chain(&to.columns).cloned().collect();
            plan.edges.push(PlannedEdge {
                table: table.name.clone(),
                label: upper_snake(&table.name),
                source: Some(end(from, tables)),
                destination: end(to, tables),
                properties: all_columns(table, &ends),
                found: from.found || to.found,
                ..PlannedEdge::default()
            });
            continue;
        }
        let of_table: Vec<&ForeignKey> = keys.foreign.iter().filter(|key| key.from == number).collect();
        for (label, key) in labels(&of_table, tables).into_iter().zip(&of_table) {
            plan.edges.push(reference(key, label, tables));
        }
        let proposed: Vec<&ForeignKey> = keys.proposed.iter().filter(|key| key.from == number).collect();
        for (label, key) in labels(&proposed, tables).into_iter().zip(&proposed) {
            // What has become an edge meanwhile is no proposal, nor is an end at what is no node.
            let known = keys.foreign.iter().any(|other| other.from == number && other.columns == key.columns);
            if !known && bridges[key.to].is_none() {
                plan.proposals.push(reference(key, label, tables));
            }
        }
        for column in &table.columns {
            let used = keys.primary[number].0.contains(&column.name)
                || keys
                    .foreign
                    .iter()
                    .chain(&keys.proposed)
                    .any(|key| key.from == number && key.columns.contains(&column.name));
            if !used && snake(&column.name).ends_with("_id") {
                plan.left_out.push((
                    format!("{} ({}) as a foreign key", table.name, column.name),
                    "no table has a key of that name with these values".to_owned(),
                ));
            }
        }
    }
    plan
}

fn reference(key: &ForeignKey, label: String, tables: &[SourceTable]) -> PlannedEdge {
    PlannedEdge {
        table: tables[key.from].name.clone(),
        label,
        source: None,
        destination: end(key, tables),
        found: key.found,
        ..PlannedEdge::default()
    }
}

fn end(key: &ForeignKey, tables: &[SourceTable]) -> PlannedEnd {
    PlannedEnd { columns: key.columns.clone(), table: tables[key.to].name.clone(), referenced: key.referenced.clone() }
}

/// The two foreign keys of a table that is nothing but them: nobody refers to it, and its key is the columns of both, or it has none.
fn bridge(table: usize, keys: &Keys) -> Option<[&ForeignKey; 2]> {
    let mut own = keys.foreign.iter().filter(|key| key.from == table);
    let (Some(from), Some(to), None) = (own.next(), own.next(), own.next()) else { return None };
    if keys.foreign.iter().any(|key| key.to == table) || from.columns.iter().any(|column| to.columns.contains(column)) {
        return None;
    }
    let primary = &keys.primary[table].0;
    let ends = || from.columns.iter().chain(&to.columns);
    let same = primary.len() == ends().count() && ends().all(|column| primary.contains(column));
    (primary.is_empty() || same).then_some([from, to])
}

/// The labels of the foreign keys of one table: the column's name without its `id`, of several columns the name of the table referred
/// to. No two of them have the same.
fn labels(keys: &[&ForeignKey], tables: &[SourceTable]) -> Vec<String> {
    let plain = |key: &ForeignKey| {
        let referred = upper_snake(&tables[key.to].name);
        match key.columns.as_slice() {
            [column] => match edge_label(column).as_str() {
                "ID" => referred,
                label => {
                    // `customerid`, which has nothing between the name and its ending.
                    let stem = label.strip_suffix("ID").filter(|stem| !stem.is_empty() && !stem.ends_with('_'));
                    match stem {
                        Some(stem)
                            if referred == stem
                                || referred.strip_prefix(stem).is_some_and(|rest| rest == "S" || rest == "ES") =>
                        {
                            stem.to_owned()
                        }
                        _ => label.to_owned(),
                    }
                }
            },
            _ => referred,
        }
    };
    let mut labels: Vec<String> = Vec::new();
    for (at, key) in keys.iter().enumerate() {
        let label = plain(key);
        let alone = keys.iter().enumerate().all(|(other, key)| other == at || plain(key) != label);
        let mut label = if alone { label } else { upper_snake(&key.columns.join("_")) };
        while labels.contains(&label) {
            label.push_str("_2");
        }
        labels.push(label);
    }
    labels
}

/// A name for the property graph: that of the file or database, as a plain identifier.
fn graph_name(name: &str) -> String {
    let stem = crate::import::keys::stem(std::path::Path::new(name));
    let plain: String = snake(&stem).trim_matches('_').to_owned();
    if plain.starts_with(|first: char| first.is_ascii_digit()) || plain.is_empty() {
        format!("g{plain}")
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relational::source::SourceColumn;

    fn table(name: &str, columns: &[&str]) -> SourceTable {
        let column = |name: &&str| SourceColumn { name: (*name).to_owned(), kind: None };
        SourceTable { name: name.to_owned(), columns: columns.iter().map(column).collect(), ..SourceTable::default() }
    }

    #[test]
    fn labels_of_foreign_keys() {
        let tables = [table("teams", &["id"]), table("customers", &["customerid"]), table("weather", &["a", "b"])];
        let key = |to: usize, columns: &[&str]| ForeignKey {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            to,
            from: 0,
            referenced: Vec::new(),
            found: false,
        };
        let keys = [
            key(0, &["home_team_id"]),
            key(0, &["awayTeamId"]),
            key(1, &["customerid"]),
            key(2, &["a", "b"]),
            key(0, &["boss"]),
            key(0, &["boss_id"]),
            key(0, &["id"]),
        ];
        let keys: Vec<&ForeignKey> = keys.iter().collect();
        assert_eq!(
            labels(&keys, &tables),
            ["HOME_TEAM", "AWAY_TEAM", "CUSTOMER", "WEATHER", "BOSS", "BOSS_ID", "TEAMS"]
        );
    }

    #[test]
    fn graphs_have_plain_names() {
        assert_eq!(graph_name("data/My Shop.sqlite"), "my_shop");
        assert_eq!(graph_name("13flights"), "g13flights");
    }
}
