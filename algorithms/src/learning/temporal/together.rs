//! What two entities of an example have had to do with each other: a customer with an item, by the rows that belong to both.

use std::borrow::Cow;

use super::aggregate::{AggregateRequest, Moment, Path};
use super::statistic::OF_BOTH;

impl AggregateRequest<'_> {
    /// The paths from entities of the types `from` to the edges and rows that join them with those of the types `to`, whose `moments`
    /// these are.
    pub fn paths_between<'a>(&'a self, from: &[u32], to: &[u32], moments: &'a [Moment]) -> Vec<Path<'a>> {
        let mut paths = Vec::new();
        for &kind in from {
            for (_, first) in self.timeline.of_type(kind) {
                if to.contains(&first.to_type) {
                    let (name, relation) = (self.arrow(first), Cow::Borrowed(first));
                    paths.push(Path { name, relation, columns: Vec::new(), also: Some((None, moments)) });
                }
                for (_, second) in self.timeline.of_type(first.to_type) {
                    // Rows refer to both.
                    if first.outgoing || !second.outgoing || !to.contains(&second.to_type) {
                        continue;
                    }
                    let columns = self.own_columns(first).map(|column| (column, &OF_BOTH[..])).collect();
                    let name = format!("{}{}", self.arrow(first), self.arrow(second));
                    let also = Some((Some(second), moments));
                    paths.push(Path { name, relation: Cow::Borrowed(first), columns, also });
                }
            }
        }
        paths
    }
}
