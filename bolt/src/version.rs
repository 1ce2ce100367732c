//! Versions of Bolt, and in what they differ.

use std::fmt;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: u8,
    /// The second.
    pub minor: u8,
}

/// What this server speaks, newest first: each range from its newest minor version down.
pub(crate) const RANGES: [(Version, u8); 4] =
    [(Version::new(6, 0), 0), (Version::new(5, 8), 2), (Version::new(5, 4), 4), (Version::new(4, 4), 0)];

impl Version {
    /// `major.minor`
    pub const fn new(major: u8, minor: u8) -> Self {
        Version { major, minor }
    }

    /// Whether this server speaks it.
    pub fn is_spoken(self) -> bool {
        RANGES.iter().any(|(newest, range)| {
            newest.major == self.major && (newest.minor - range..=newest.minor).contains(&self.minor)
        })
    }

    fn from(self, major: u8, minor: u8) -> bool {
        self >= Version::new(major, minor)
    }

    /// Nodes and edges have text ids too; instants are sent in UTC.
    pub fn has_element_ids(self) -> bool {
        self.from(5, 0)
    }

    /// A login is a message of its own.
    pub fn has_logon(self) -> bool {
        self.from(5, 1)
    }

    /// TELEMETRY is a message.
    pub fn has_telemetry(self) -> bool {
        self.from(5, 4)
    }

    /// Summaries have GQL status objects in place of notifications.
    pub fn has_statuses(self) -> bool {
        self.from(5, 6)
    }

    /// Failures have GQLSTATUS, description and diagnostic record.
    pub fn has_gql_failures(self) -> bool {
        self.from(5, 7)
    }

    /// BEGIN and RUN are answered with the graph, when the client named none.
    pub fn tells_database(self) -> bool {
        self.from(5, 8)
    }

    /// Vectors have a structure.
    pub fn has_vectors(self) -> bool {
        self.from(6, 0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
