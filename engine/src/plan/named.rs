//! Names of the graph in a statement, to warn of those it does not have.

/// A name of the graph in a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A label that is asked for.
    Label(String),
    /// A label that is given.
    NewLabel(String),
    /// A property that is read.
    Property(String),
    /// An `_id` is compared with this text, whose value is of this type.
    NoId(String, String),
    /// TIMESTAMP().
    Timestamp,
    /// `CALL { .. } IN TRANSACTIONS`.
    OneTransaction,
    /// An aggregate of a whole variable of a repeated part of a path.
    AggregateOfPath,
}
