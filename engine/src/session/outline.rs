//! The outline of a session's graph.

use super::Session;
use crate::{
    control::RunOptions,
    error::Result,
    show::{self, Outline},
};

impl Session {
    /// What the session's graph is made of: labels by their stored counts, and of the `most` frequent labels of nodes and of edges
    /// the properties, types and ends that a sample has. It takes as long for a large graph as for a small one with the same labels.
    ///
    /// ```
    /// use wenddb::RunOptions;
    ///
    /// let mut session = wenddb::Database::in_memory()?.session();
    /// session.execute("INSERT (:City {_id: 'ulm', area: 119})-[:ROAD {km: 140}]->(:City {_id: 'bonn'})", ())?;
    /// let outline = session.outline(100, &RunOptions::default())?;
    /// let (city, road) = (&outline.node_labels[0], &outline.edge_labels[0]);
    /// assert_eq!((city.label.as_str(), city.count, city.properties[0].types.as_str()), ("City", 2, "INT64"));
    /// assert_eq!(road.ends, [("City".to_owned(), "City".to_owned())]);
    /// # Ok::<(), wenddb::Error>(())
    /// ```
    ///
    /// # Errors
    /// 40000 when it is cancelled, and when the database cannot be read.
    pub fn outline(&mut self, most: usize, options: &RunOptions) -> Result<Outline> {
        let st = self.array_statement("(the outline of the graph)", false, options)?;
        show::outline(&st, most)
    }
}
