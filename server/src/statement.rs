//! What a statement from a client is allowed: the graph it names, the threads it runs on, the time it may take. The same
//! for every protocol of the port.

use std::time::{Duration, Instant};

use wenddb::{Role, Session};

use crate::limits::Limits;

/// What many clients are told to call the only database, and the one by which some ask whether a server is there. Here
/// they are other words for the graph `default`, unless there is a graph of that name.
const CUSTOMARY: [&str; 2] = ["neo4j", "system"];

/// Takes the graph that a client names.
pub(crate) fn take_graph(session: &mut Session, name: &str) -> Result<(), wenddb::Error> {
    match session.use_graph(name) {
        Err(_) if CUSTOMARY.contains(&name) => session.use_graph("default"),
        taken => taken,
    }
}

/// Texts longer than this are parsed on a worker.
const LONG_TEXT: usize = 4 << 10;

/// Whether a text is parsed at once: it takes a moment, and what it is decides which workers it runs on.
pub(crate) fn is_short(text: &str) -> bool {
    text.len() <= LONG_TEXT
}

/// When a statement or transaction that begins now is over. A client may ask for less time than there is, and an
/// administrator for more.
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
            // A moment has passed since.
            deadline.map(|deadline| (deadline - Instant::now()).as_millis().div_ceil(1000))
        };
        assert_eq!(left(Role::Editor, None, false), Some(60));
        assert_eq!(left(Role::Editor, Some(5000), false), Some(5));
        assert_eq!(left(Role::Editor, Some(0), false), Some(60));
        assert_eq!(left(Role::Editor, Some(3_600_000), false), Some(60));
        assert_eq!(left(Role::Admin, Some(3_600_000), false), Some(3600));
        assert_eq!(left(Role::Admin, Some(0), false), None);
        // As long as it likes, whether the clock can tell that moment or not.
        assert!(left(Role::Editor, Some(u64::MAX), true).is_none_or(|seconds| seconds > 1 << 40));
        assert_eq!(left(Role::Editor, None, true), None);
    }
}
