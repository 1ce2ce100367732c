//! The rules for a client's statement: its graph, its threads, its time limit. They are the same for all protocols.

use std::time::{Duration, Instant};

use wenddb::{Session, host::Role};

use crate::limits::Limits;

/// Customary names of the default database in Neo4j: clients are configured with the first, and some use the second to
/// ask whether a server is alive. Both mean the graph `default`, unless a graph has that name.
const CUSTOMARY: [&str; 2] = ["neo4j", "system"];

/// Uses the graph that a client names.
pub(crate) fn take_graph(session: &mut Session, name: &str) -> Result<(), wenddb::Error> {
    match session.use_graph(name) {
        Err(_) if CUSTOMARY.contains(&name) => session.use_graph("default"),
        taken => taken,
    }
}

/// Longer texts are parsed on a worker.
const LONG_TEXT: usize = 4 << 10;

/// Whether a text is parsed at once: this is fast, and the result decides which workers run it.
pub(crate) fn is_short(text: &str) -> bool {
    text.len() <= LONG_TEXT
}

/// The deadline of a statement or transaction that begins now. A client may ask for less time than the limit; an
/// administrator may ask for more.
pub(crate) fn deadline(limits: &Limits, role: Role, asked: Option<u64>, task: bool) -> Option<Instant> {
    let own = limits.query_time;
    let bound = Some(own).filter(|own| !own.is_zero() && !task);
    let time = match asked.map(Duration::from_millis) {
        Some(asked) if role == Role::Admin => Some(asked).filter(|asked| !asked.is_zero()),
        Some(asked) if !asked.is_zero() => Some(bound.map_or(asked, |bound| bound.min(asked))),
        _ => bound,
    };
    time.and_then(|time| Instant::now().checked_add(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_administrators_take_more_time() {
        let limits = Limits { query_time: Duration::from_secs(60), ..Limits::default() };
        let left = |role, asked, task| {
            let deadline = deadline(&limits, role, asked, task);
            // Rounded up, because some time has passed since.
            deadline.map(|deadline| (deadline - Instant::now()).as_millis().div_ceil(1000))
        };
        assert_eq!(left(Role::Editor, None, false), Some(60));
        assert_eq!(left(Role::Editor, Some(5000), false), Some(5));
        assert_eq!(left(Role::Editor, Some(0), false), Some(60));
        assert_eq!(left(Role::Editor, Some(3_600_000), false), Some(60));
        assert_eq!(left(Role::Admin, Some(3_600_000), false), Some(3600));
        assert_eq!(left(Role::Admin, Some(0), false), None);
        // Practically unbounded, whether the clock can represent that time or not.
        assert!(left(Role::Editor, Some(u64::MAX), true).is_none_or(|seconds| seconds > 1 << 40));
        assert_eq!(left(Role::Editor, None, true), None);
    }
}
