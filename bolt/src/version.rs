//! Versions of Bolt and their differences.

use std::fmt;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The major version.
    pub major: u8,
    /// The minor version.
    pub minor: u8,
}

/// The versions that are implemented here, newest first: the newest minor version of each range and how many come
/// before it.
pub(crate) const RANGES: [(Version, u8); 4] =
    [(Version::new(6, 0), 0), (Version::new(5, 8), 2), (Version::new(5, 4), 4), (Version::new(4, 4), 0)];

impl Version {
    /// `major.minor`
    pub const fn new(major: u8, minor: u8) -> Self {
        Version { major, minor }
    }

    /// Whether this version is implemented here.
    pub fn is_spoken(self) -> bool {
        RANGES.iter().any(|(newest, range)| {
            newest.major == self.major && (newest.minor - range..=newest.minor).contains(&self.minor)
        })
    }

    fn from(self, major: u8, minor: u8) -> bool {
        self >= Version::new(major, minor)
    }

    /// Whether nodes and edges have string ids and instants are sent in UTC.
    pub fn has_element_ids(self) -> bool {
        self.from(5, 0)
    }

    /// Whether LOGON is a message of its own; before, HELLO has the credentials.
    pub fn has_logon(self) -> bool {
        self.from(5, 1)
    }

    /// Whether TELEMETRY is a message.
    pub fn has_telemetry(self) -> bool {
        self.from(5, 4)
    }

    /// Whether summaries have GQL status objects instead of notifications.
    pub fn has_statuses(self) -> bool {
        self.from(5, 6)
    }

    /// Whether failures have GQLSTATUS, description and diagnostic record.
    pub fn has_gql_failures(self) -> bool {
        self.from(5, 7)
    }

    /// Whether BEGIN and RUN are answered with the graph when the client named none.
    pub fn reports_database(self) -> bool {
        self.from(5, 8)
    }

    /// Whether vectors have a structure; before, they are sent as lists.
    pub fn has_vectors(self) -> bool {
        self.from(6, 0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
