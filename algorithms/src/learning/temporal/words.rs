//! Words of the calls that learn over time: which model, what the test sees, what is minimised.

crate::choices! {
    /// What predicts.
    pub enum PredictModel {
        /// Those of the others that are better together, by validation.
        Auto = "auto",
        /// Aggregates of the history, and gradient-boosted trees.
        Aggregate = "aggregate",
        /// Aggregates of the history, and ridge regression in closed form.
        Ridge = "ridge",
        /// A heterogeneous GraphSAGE over the neighbourhood at the time.
        GraphSage = "graphsage",
        /// A heterogeneous graph transformer (Hu et al., WWW 2020).
        Hgt = "hgt",
    }
}

crate::choices! {
    /// What examples of the test see.
    pub enum DatabaseView {
        /// Everything up to their own time.
        Rolling = "rolling",
        /// Nothing later than testFrom.
        Frozen = "frozen",
    }
}

crate::choices! {
    /// The loss for numbers.
    pub enum NumberLossChoice {
        /// Absolute error.
        Mae = "mae",
        /// Squared error.
        Mse = "mse",
        /// Squared error of small differences, absolute error of large ones.
        Huber = "huber",
    }
}
