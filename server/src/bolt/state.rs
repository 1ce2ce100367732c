//! The states of a connection, and which message may come in which.

use wend_bolt::{message::RequestKind as Kind, version::Version};

/// Where a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A version is agreed upon; HELLO is to come.
    Negotiation,
    /// LOGON is to come.
    Authentication,
    /// Nothing is going on.
    Ready,
    /// Rows of a statement that is its own transaction are to be read.
    Streaming,
    /// A transaction is open.
    TxReady,
    /// And has results that are not read to their end.
    TxStreaming,
    /// Something failed; everything is ignored until RESET.
    Failed,
}

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What it says.
    Do,
    /// It is answered with IGNORED.
    Ignore,
    /// It cannot come here: a failure, and the end of the connection.
    Refuse,
}

impl State {
    /// All of them.
    pub const ALL: [State; 7] = [
        State::Negotiation,
        State::Authentication,
        State::Ready,
        State::Streaming,
        State::TxReady,
        State::TxStreaming,
        State::Failed,
    ];

    /// What is done with a message of that kind.
    pub fn verdict(self, kind: Kind, version: Version) -> Verdict {
        let known = match kind {
            Kind::Logon | Kind::Logoff => version.has_logon(),
            Kind::Telemetry => version.has_telemetry(),
            _ => true,
        };
        if !known {
            return Verdict::Refuse;
        }
        if kind == Kind::Goodbye {
            return Verdict::Do;
        }
        let done = match self {
            State::Negotiation => kind == Kind::Hello,
            State::Authentication => kind == Kind::Logon,
            State::Ready => {
                matches!(kind, Kind::Run | Kind::Begin | Kind::Route | Kind::Reset | Kind::Logoff | Kind::Telemetry)
            }
            State::Streaming => matches!(kind, Kind::Pull | Kind::Discard | Kind::Reset),
            State::TxReady => matches!(kind, Kind::Run | Kind::Commit | Kind::Rollback | Kind::Reset),
            State::TxStreaming => {
                matches!(
                    kind,
                    // Leaving rows unread is no mistake: the transaction ends, and its results with it.
                    Kind::Run | Kind::Pull | Kind::Discard | Kind::Commit | Kind::Rollback | Kind::Reset
                )
            }
            State::Failed => {
                return match kind {
                    Kind::Reset => Verdict::Do,
                    Kind::Hello | Kind::Logon => Verdict::Refuse,
                    _ => Verdict::Ignore,
                };
            }
        };
        if done { Verdict::Do } else { Verdict::Refuse }
    }

    /// Whether a login has succeeded.
    pub fn is_authenticated(self) -> bool {
        !matches!(self, State::Negotiation | State::Authentication)
    }
}
