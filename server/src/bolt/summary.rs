//! The summary of a result: the map of the last SUCCESS, with counters, warnings and plan.

use wend_bolt::{packstream::Encoder, version::Version};
use wenddb::{PlanDescription, StatementKind, Summary, Warning};

/// The parts of the map that the statement's own summary lacks.
#[derive(Debug)]
pub struct End<'e> {
    /// The graph.
    pub database: &'e str,
    /// The bookmark, after a statement outside of a transaction.
    pub bookmark: Option<&'e str>,
    /// The milliseconds from the first row to the last.
    pub milliseconds: i64,
    /// Whether the client has switched warnings off.
    pub quiet: bool,
    /// Whether the rows were discarded.
    pub discarded: bool,
}

/// Appends the map.
pub fn encode(out: &mut Encoder, summary: &Summary, end: &End<'_>, version: Version) {
    let stats = stats(summary);
    let warnings: &[Warning] = if end.quiet { &[] } else { &summary.warnings };
    let listed = version.has_statuses() || !warnings.is_empty();
    let parts = 3
        + usize::from(end.bookmark.is_some())
        + usize::from(!stats.is_empty())
        + usize::from(listed)
        + usize::from(summary.plan.is_some());
    out.map(parts).string("type").string(kind(summary));
    out.string("t_last").int(end.milliseconds).string("db").string(end.database);
    if let Some(bookmark) = end.bookmark {
        out.string("bookmark").string(bookmark);
    }
    if !stats.is_empty() {
        out.string("stats").map(stats.len() + 1).string("contains-updates").bool(true);
        for (name, count) in stats {
            out.string(name).int(count);
        }
    }
    if version.has_statuses() {
        out.string("statuses").list(warnings.len() + 1);
        let (status, description) = status(summary, end.discarded);
        out.map(2).string("gql_status").string(status).string("status_description").string(description);
        for warning in warnings {
            out.map(6).string("gql_status").string(warning.gqlstatus);
            out.string("status_description").string(&format!("warn: {}", warning.message));
            neo4j_notification(out, warning);
            out.string("diagnostic_record").map(5).string("OPERATION").string("").string("OPERATION_CODE").string("0");
            out.string("CURRENT_SCHEMA").string("/").string("_severity").string("WARNING");
            out.string("_classification").string("GENERIC");
        }
    } else if listed {
        out.string("notifications").list(warnings.len());
        for warning in warnings {
            out.map(5);
            neo4j_notification(out, warning);
            out.string("severity").string("WARNING").string("category").string("GENERIC");
        }
    }
    if let Some(plan) = &summary.plan {
        out.string(if plan.figures.is_some() { "profile" } else { "plan" });
        encode_plan(out, plan);
    }
}

fn neo4j_notification(out: &mut Encoder, warning: &Warning) {
    out.string("neo4j_code").string("Neo.ClientNotification.Statement.Warning");
    out.string("title").string("Warning").string("description").string(&warning.message);
}

/// The type of the statement, `r`, `w`, `rw` or `s`: drivers refuse other values.
fn kind(summary: &Summary) -> &'static str {
    match summary.kind {
        StatementKind::Read => "r",
        StatementKind::ReadWrite => "rw",
        StatementKind::Write => "w",
        _ => "s",
    }
}

fn status(summary: &Summary, discarded: bool) -> (&'static str, &'static str) {
    match summary.gqlstatus {
        "00001" => ("00001", "note: successful completion - omitted result"),
        "02000" => ("02000", "note: no data"),
        _ if discarded => ("00001", "note: successful completion - omitted result"),
        _ => ("00000", "note: successful completion"),
    }
}

/// The counters that are not zero, by their names in Bolt.
pub fn stats(summary: &Summary) -> Vec<(&'static str, i64)> {
    let changes = &summary.changes;
    let counts = [
        ("nodes-created", changes.nodes_inserted),
        ("nodes-deleted", changes.nodes_deleted),
        ("relationships-created", changes.edges_inserted),
        ("relationships-deleted", changes.edges_deleted),
        ("properties-set", changes.properties_set + changes.properties_removed),
        ("labels-added", changes.labels_added),
        ("labels-removed", changes.labels_removed),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, count as i64)).collect()
}

fn encode_plan(out: &mut Encoder, plan: &PlanDescription) {
    let figures = plan.figures.or_else(|| plan.inputs.iter().find_map(|input| input.figures).map(|_| (0, 0.0)));
    out.map(if figures.is_some() { 7 } else { 4 });
    let name = plan.operator.split(' ').next().unwrap_or(&plan.operator);
    out.string("operatorType").string(name).string("identifiers").list(0);
    out.string("args").map(1).string("Details").string(&plan.operator);
    out.string("children").list(plan.inputs.len());
    plan.inputs.iter().for_each(|input| encode_plan(out, input));
    if let Some((rows, milliseconds)) = figures {
        out.string("rows").int(rows as i64).string("dbHits").int(0);
        out.string("time").int((milliseconds * 1e6) as i64);
    }
}
