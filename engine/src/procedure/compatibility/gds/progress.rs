//! `gds.listProgress`: the procedures on projections that run.

use super::super::{
    argument::Given,
    rows::{Rows, text},
};
use crate::{
    error::{Error, Result},
    projection::Job,
    runtime::statement::Statement,
    value::{
        Value,
        moment::{micros_now, moment},
    },
};

pub(super) fn list(st: &Statement, given: &Given) -> Result<Rows> {
    let wanted = match given.value(0) {
        Value::Null => "",
        _ => given.string(0)?,
    };
    let now = micros_now();
    let row = |job: Job| {
        let percent = job.progress * 100.0;
        let filled = (job.progress.clamp(0.0, 1.0) * 10.0) as usize;
        let started = match moment(job.started_at) {
            Value::ZonedDateTime(at) => Value::LocalTime(at.local().time()),
            _ => Value::Null,
        };
        vec![
            Value::Null,
            text(job.id),
            text(job.task),
            text(format!("{percent:.2}%")),
            text(format!("[{}{}]", "#".repeat(filled), "~".repeat(10 - filled))),
            text("RUNNING"),
            started,
            text(format!("{} seconds", (now - job.started_at).max(0) / 1_000_000)),
        ]
    };
    let jobs = st.database.jobs().all().into_iter();
    let rows: Rows = jobs.filter(|job| wanted.is_empty() || job.id == wanted).map(row).collect();
    if rows.is_empty() && !wanted.is_empty() {
        // Clients know this sentence: the job has not begun yet, or has ended.
        return Err(Error::reference(format!("No task with job id `{wanted}` was found")));
    }
    Ok(rows)
}
