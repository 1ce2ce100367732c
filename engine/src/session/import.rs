//! Import of relational databases into the session's graph.

use super::Session;
use crate::{
    control::RunOptions,
    error::Result,
    relational::{RelationalImport, RelationalPlan, RelationalReport, TableSource},
};

impl Session {
    /// Adds the rows of a source to the session's graph as nodes and edges, all or none: as
    /// [`Database::import_relational`](crate::Database::import_relational), with the rights of the session and within the limits of a run. Of
    /// `import` the graph, the progress and the interrupt are not looked at.
    ///
    /// # Errors
    /// 25G01 within a transaction, 42NFF and 25G03 where the session may not change data; else as the import.
    pub fn import_relational(
        &mut self,
        source: &mut dyn TableSource,
        import: &RelationalImport,
        options: &RunOptions,
    ) -> Result<RelationalReport> {
        self.must_stand_alone()?;
        let st = self.array_statement("(import of tables)", true, options)?;
        let import = RelationalImport {
            graph: st.graph_name.to_string(),
            progress: st.progress.clone(),
            interrupt: None,
            ..import.clone()
        };
        st.database.import_relational_until(source, &import, &st.cancel)
    }

    /// What would become of the tables of a source, counted: as [`RelationalImport::plan`], within the limits of a run. Nothing is imported.
    ///
    /// # Errors
    /// As [`RelationalImport::plan`].
    pub fn plan_relational(
        &mut self,
        source: &mut dyn TableSource,
        import: &RelationalImport,
        options: &RunOptions,
    ) -> Result<RelationalPlan> {
        let st = self.array_statement("(plan of an import)", false, options)?;
        let import = RelationalImport { progress: st.progress.clone(), interrupt: None, ..import.clone() };
        import.plan_until(source, &st.cancel)
    }
}
