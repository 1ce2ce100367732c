//! The messages of Bolt by their numbers. Each number is written here and nowhere else.

/// The messages of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RequestKind {
    /// HELLO: who the client is.
    Hello = 0x01,
    /// GOODBYE: the client ends the connection.
    Goodbye = 0x02,
    /// RESET: cancel everything, back to the state after the login.
    Reset = 0x0f,
    /// RUN: a statement.
    Run = 0x10,
    /// BEGIN: a transaction.
    Begin = 0x11,
    /// COMMIT
    Commit = 0x12,
    /// ROLLBACK
    Rollback = 0x13,
    /// DISCARD: skip rows of a result.
    Discard = 0x2f,
    /// PULL: send rows of a result.
    Pull = 0x3f,
    /// TELEMETRY: which of its interfaces a driver uses.
    Telemetry = 0x54,
    /// ROUTE: the routing table.
    Route = 0x66,
    /// LOGON: the login.
    Logon = 0x6a,
    /// LOGOFF: the end of a login.
    Logoff = 0x6b,
}

impl RequestKind {
    /// All of them.
    pub const ALL: [RequestKind; 13] = [
        RequestKind::Hello,
        RequestKind::Logon,
        RequestKind::Logoff,
        RequestKind::Run,
        RequestKind::Pull,
        RequestKind::Discard,
        RequestKind::Begin,
        RequestKind::Commit,
        RequestKind::Rollback,
        RequestKind::Reset,
        RequestKind::Goodbye,
        RequestKind::Route,
        RequestKind::Telemetry,
    ];

    /// The number of the message: the tag of its structure.
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// The message with a number.
    pub fn of_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.tag() == tag)
    }

    /// How many fields the message has.
    pub fn fields(self) -> usize {
        match self {
            RequestKind::Run | RequestKind::Route => 3,
            RequestKind::Hello
            | RequestKind::Logon
            | RequestKind::Begin
            | RequestKind::Pull
            | RequestKind::Discard
            | RequestKind::Telemetry => 1,
            RequestKind::Logoff
            | RequestKind::Commit
            | RequestKind::Rollback
            | RequestKind::Reset
            | RequestKind::Goodbye => 0,
        }
    }

    /// The name of the message in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            RequestKind::Hello => "HELLO",
            RequestKind::Logon => "LOGON",
            RequestKind::Logoff => "LOGOFF",
            RequestKind::Run => "RUN",
            RequestKind::Pull => "PULL",
            RequestKind::Discard => "DISCARD",
            RequestKind::Begin => "BEGIN",
            RequestKind::Commit => "COMMIT",
            RequestKind::Rollback => "ROLLBACK",
            RequestKind::Reset => "RESET",
            RequestKind::Goodbye => "GOODBYE",
            RequestKind::Route => "ROUTE",
            RequestKind::Telemetry => "TELEMETRY",
        }
    }
}

/// The messages of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ResponseKind {
    /// SUCCESS: a request is done.
    Success = 0x70,
    /// RECORD: a row of a result.
    Record = 0x71,
    /// IGNORED: a request was skipped, because one before it failed.
    Ignored = 0x7e,
    /// FAILURE: a request failed.
    Failure = 0x7f,
}

impl ResponseKind {
    /// All of them.
    pub const ALL: [ResponseKind; 4] =
        [ResponseKind::Success, ResponseKind::Record, ResponseKind::Ignored, ResponseKind::Failure];

    /// The number of the message: the tag of its structure.
    pub const fn tag(self) -> u8 {
        self as u8
    }

    /// The message with a number.
    pub fn of_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.tag() == tag)
    }
}

/// The number of a message whose fields have not been decoded: the byte after the head of its structure.
pub fn tag(message: &[u8]) -> Option<u8> {
    message.get(1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_protocol() {
        let requests = RequestKind::ALL.map(|kind| (kind.name(), kind.tag(), kind.fields()));
        assert_eq!(
            requests,
            [
                ("HELLO", 0x01, 1),
                ("LOGON", 0x6a, 1),
                ("LOGOFF", 0x6b, 0),
                ("RUN", 0x10, 3),
                ("PULL", 0x3f, 1),
                ("DISCARD", 0x2f, 1),
                ("BEGIN", 0x11, 1),
                ("COMMIT", 0x12, 0),
                ("ROLLBACK", 0x13, 0),
                ("RESET", 0x0f, 0),
                ("GOODBYE", 0x02, 0),
                ("ROUTE", 0x66, 3),
                ("TELEMETRY", 0x54, 1),
            ]
        );
        assert_eq!(ResponseKind::ALL.map(ResponseKind::tag), [0x70, 0x71, 0x7e, 0x7f]);
        assert_eq!(RequestKind::of_tag(0x10), Some(RequestKind::Run));
        assert_eq!((RequestKind::of_tag(0x70), ResponseKind::of_tag(0x10)), (None, None));
    }
}
