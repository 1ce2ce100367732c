//! The states of a connection: the table of which message is allowed in which state.

use wend_bolt::{message::RequestKind as Kind, version::Version};

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The version is agreed; HELLO must follow.
    Negotiation,
    /// LOGON must follow.
    Authentication,
    /// Logged in; nothing runs.
    Ready,
    /// A result outside of a transaction is open.
    Streaming,
    /// A transaction is open.
    TxReady,
    /// A transaction with open results.
    TxStreaming,
    /// A request failed; all others are ignored until RESET.
    Failed,
}

/// The decision about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is processed.
    Do,
    /// It is answered with IGNORED.
    Ignore,
    /// It is not allowed in this state: a failure, and the connection closes.
    Refuse,
}

impl State {
    /// All states.
    pub const ALL: [State; 7] = [
        State::Negotiation,
        State::Authentication,
        State::Ready,
        State::Streaming,
        State::TxReady,
        State::TxStreaming,
        State::Failed,
    ];

    /// The decision about a message of a kind.
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
                    // Unread rows are allowed: the results end with the transaction.
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

    /// Whether the client is logged in.
    pub fn is_authenticated(self) -> bool {
        !matches!(self, State::Negotiation | State::Authentication)
    }
}
