//! Plans and first rows of tables as JSON.

use serde_json::{Value as Json, json};
use wenddb::{Cell, Error, PlannedEdge, PlannedEnd, RelationalPlan, TableSource};

/// The rows of each table that are shown.
const ROWS: usize = 6;
/// The most characters of a value that is shown.
const LONGEST: usize = 100;

/// What becomes of tables.
pub(super) fn plan(plan: &RelationalPlan) -> Json {
    let tables: Vec<Json> = plan
        .tables
        .iter()
        .map(|table| {
            json!({
                "table": table.table,
                "label": table.label,
                "key": table.key,
                "found": table.found,
                "properties": pairs(&table.properties),
                "time": table.time,
                "rows": table.rows,
            })
        })
        .collect();
    let edges = |edges: &[PlannedEdge]| edges.iter().map(edge).collect::<Vec<_>>();
    let left_out: Vec<Json> = plan.left_out.iter().map(|(what, why)| json!({"what": what, "why": why})).collect();
    json!({
        "tables": tables,
        "edges": edges(&plan.edges),
        "proposals": edges(&plan.proposals),
        "leftOut": left_out,
        "warnings": plan.warnings,
        "map": plan.to_string(),
    })
}

fn pairs(properties: &[(String, String)]) -> Vec<Json> {
    properties.iter().map(|(column, property)| json!({"column": column, "property": property})).collect()
}

fn edge(edge: &PlannedEdge) -> Json {
    let end = |end: &PlannedEnd| json!({"columns": end.columns, "table": end.table, "referenced": end.referenced});
    let counts = edge.counts.as_ref().map(|counts| {
        json!({
            "edges": counts.edges,
            "withoutKey": counts.without_key,
            "dangling": counts.dangling,
            "firstDangling": counts.first_dangling,
        })
    });
    json!({
        "table": edge.table,
        "label": edge.label,
        "source": edge.source.as_ref().map(end),
        "destination": end(&edge.destination),
        "properties": pairs(&edge.properties),
        "time": edge.time,
        "found": edge.found,
        "counts": counts,
    })
}

/// The columns of each table with their types, and its first rows.
pub(super) fn preview(source: &mut dyn TableSource) -> wenddb::Result<Vec<Json>> {
    let tables = source.tables()?.tables;
    let mut shown = Vec::with_capacity(tables.len());
    for (number, table) in tables.iter().enumerate() {
        let places: Vec<usize> = (0..table.columns.len()).collect();
        let mut rows: Vec<Vec<Json>> = Vec::new();
        let read = source.read(number, &places, &mut |row| {
            rows.push(places.iter().map(|&place| cell(&row.cell(place))).collect());
            // There is no other way to say that no more rows are wanted.
            if rows.len() == ROWS { Err(Error::of_source("enough rows")) } else { Ok(()) }
        });
        if rows.len() < ROWS {
            read?;
        }
        let columns: Vec<Json> = table
            .columns
            .iter()
            .map(|column| json!({"name": column.name, "type": column.kind.as_ref().map(ToString::to_string)}))
            .collect();
        shown.push(json!({"table": table.name, "rows": table.rows, "columns": columns, "first": rows}));
    }
    Ok(shown)
}

fn cell(cell: &Cell<'_>) -> Json {
    let text = |text: &str| match text.char_indices().nth(LONGEST) {
        Some((at, _)) => json!(format!("{}…", &text[..at])),
        None => json!(text),
    };
    match cell {
        Cell::Null => Json::Null,
        Cell::Bool(value) => json!(value),
        Cell::Int(value) => json!(value.to_string()),
        Cell::Float(value) => json!(value.to_string()),
        Cell::Text(value) => text(value),
        Cell::Bytes(bytes) => json!(format!("{} bytes", bytes.len())),
        Cell::Value(value) => text(&value.to_string()),
    }
}
