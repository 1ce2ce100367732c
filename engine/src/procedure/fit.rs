//! How a call fits into memory: all columns at once or in groups, on a graph view in memory or in temporary files.

use wend_algorithms::{Algorithm, Arguments, ColumnGroups, DirectedGraph, Estimate, Graph, GraphShape};

use super::error::algorithm_error;
use crate::{
    error::{Error, ErrorKind, Result},
    registry::Procedure,
    runtime::statement::Statement,
    view::{Form, Place},
};

/// Columns at a time of the groups that the mode `estimate` tells of where all columns fit.
const USUAL_WIDTH: usize = 32;

/// How a call runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// Where its view is made.
    pub(super) place: Place,
    /// Bytes of memory it takes, the view included.
    pub(super) bytes: u64,
    /// The groups it works in; nothing when it has all columns in memory.
    pub(super) groups: Option<ColumnGroups>,
}

/// What is known of a call before it runs.
pub(super) struct Fitting<'a> {
    procedure: Procedure,
    arguments: &'a Arguments,
    form: &'a Form,
    shape: GraphShape,
    pub(super) estimate: Estimate,
    /// Runs in groups, the widest first.
    groups: Vec<ColumnGroups>,
}

impl<'a> Fitting<'a> {
    pub(super) fn new(
        procedure: Procedure,
        algorithm: &dyn Algorithm,
        arguments: &'a Arguments,
        (form, shape): (&'a Form, GraphShape),
        threads: usize,
    ) -> Result<Self> {
        let estimate = algorithm.estimate(shape, arguments, threads).map_err(algorithm_error)?;
        let groups = algorithm.groups(shape, arguments, threads).map_err(algorithm_error)?;
        Ok(Fitting { procedure, arguments, form, shape, estimate, groups })
    }

    /// Bytes of the view's rows, with weights or without; nothing when it cannot be in files.
    fn view_bytes(&self, weighted: bool) -> Option<u64> {
        let GraphShape { nodes, edges, .. } = self.shape;
        match self.form {
            Form::Undirected(_) => Some(Graph::estimate_bytes(nodes, edges, weighted)),
            Form::Directed(_) => Some(DirectedGraph::estimate_bytes(nodes, edges, weighted)),
            Form::Properties(_) => None,
        }
    }

    /// The groups that the mode `estimate` tells of.
    pub(super) fn usual_groups(&self) -> Option<ColumnGroups> {
        self.groups.iter().copied().find(|groups| groups.width <= USUAL_WIDTH)
    }

    /// How the call runs within the limits of the statement and the call.
    ///
    /// # Errors
    /// When it does not fit, whatever goes to files.
    pub(super) fn fit(&self, st: &Statement) -> Result<Fit> {
        let (limit, most) = (st.memory.limit(), self.arguments.max_memory);
        let in_files = st.database.scratch().is_some();
        let rows = self.view_bytes(self.shape.weighted).unwrap_or(0);
        let working = self.estimate.bytes.saturating_sub(rows);
        let whole = Fit { place: self.place(in_files, limit), bytes: self.estimate.bytes, groups: None };
        let within_limit = limit == 0 || self.estimate.bytes <= limit;
        if within_limit && most.is_none_or(|most| working <= most) {
            return Ok(whole);
        }
        if !in_files {
            // What is beyond `maxMemory` the algorithm refuses, and says what to lower.
            return if within_limit { Ok(whole) } else { Err(self.too_large(self.estimate.bytes, limit)) };
        }
        // The nodes that dense numbers stand for are in memory with either view.
        let nodes = self.shape.nodes.saturating_mul(8);
        let mapped = Place::Files { mapped: true, budget: limit / 2 };
        let with = |place: Place, resident: u64| {
            let left = if limit == 0 { u64::MAX } else { limit.checked_sub(resident)? };
            let left = most.map_or(left, |most| most.min(left));
            if working <= left {
                return Some(Fit { place, bytes: resident.saturating_add(working), groups: None });
            }
            let groups = ColumnGroups::within(&self.groups, left)?;
            Some(Fit { place, bytes: resident.saturating_add(groups.bytes), groups: Some(groups) })
        };
        // Parallel edges give rows weights, and only when the rows are there it is known whether there are any.
        let largest = self.view_bytes(true);
        let in_memory = with(whole.place, largest.unwrap_or(0).saturating_add(nodes));
        let in_files = largest.filter(|_| limit != 0).and_then(|_| with(mapped, nodes));
        // Wide groups save more time than a view in memory.
        let width = |fit: &Fit| fit.groups.map_or(usize::MAX, |groups| groups.width);
        let fits = [in_memory, in_files].into_iter().flatten();
        if let Some(fit) = fits.reduce(|best, other| if width(&other) > width(&best) { other } else { best }) {
            return Ok(fit);
        }
        let least = self.groups.last().map_or(working, |groups| groups.bytes);
        match most {
            Some(most) if least > most && !self.groups.is_empty() => Err(self.too_little(least, most)),
            _ if within_limit => Ok(whole),
            _ => Err(self.too_large(nodes.saturating_add(least).min(self.estimate.bytes), limit)),
        }
    }

    /// Where a view that is in memory then is made: the list of edges and the rows together take twice its memory.
    fn place(&self, in_files: bool, limit: u64) -> Place {
        match self.view_bytes(self.shape.weighted) {
            Some(rows) if in_files && limit != 0 && rows.saturating_mul(2) > limit => {
                Place::Files { mapped: false, budget: limit.saturating_sub(rows) }
            }
            _ => Place::Memory,
        }
    }

    fn too_large(&self, bytes: u64, limit: u64) -> Error {
        let name = self.procedure.name();
        let how = if bytes < self.estimate.bytes { ", one column at a time," } else { "" };
        let message =
            format!("{name} would need about {} MiB{how}, and the memory limit is {} MiB", bytes >> 20, limit >> 20);
        Error::new(ErrorKind::Memory, "22000", message)
            .with_hint("lower its parameters, narrow the graph with nodeLabels and edgeLabels, or raise memory_limit")
    }

    fn too_little(&self, least: u64, most: u64) -> Error {
        let name = self.procedure.name();
        let message = format!("{name} needs at least {least} bytes, for one column at a time, and maxMemory is {most}");
        Error::new(ErrorKind::Memory, "22000", message)
            .with_hint("raise maxMemory, or narrow the graph with nodeLabels and edgeLabels")
    }
}
