//! Runs an algorithm in one of its modes on the statement's snapshot.

use std::time::Instant;

use wend_algorithms::{
    Algorithm, Argument, Arguments, Column, Context, ExampleRequest, GraphShape, Input, Needs, Output, Progress, Rows,
    Snapshot, Update,
};
use wend_storage::{EdgeId, NodeId};

use super::{
    argument,
    block::{self, Blocks},
    error::{algorithm_error, error_in_view},
    examples,
    fit::{Fit, Fitting},
    memory::{Plan, estimate_row},
    refresh::{Earlier, Refreshed},
    result::{ResultRows, scalar},
    search, stored, write,
};
use crate::{
    control::{self, CancelToken, TaskPoints, Watch},
    error::{Error, Result},
    memory::Held,
    model,
    plan::expr::PropertyName,
    reclaim::Freed,
    registry::{Computation, Mode, Procedure},
    runtime::{element::node_property, statement::Statement},
    value::Value,
    view::{Filter, Fingerprint, Form, Place, View},
};

/// Runs the procedure with the arguments of one row; `wanted` = the columns that are yielded.
pub(crate) fn invoke(
    st: &Statement,
    procedure: Procedure,
    arguments: &[Value],
    wanted: &[usize],
) -> Result<ResultRows> {
    let mut given = argument::fields(procedure, arguments.first(), Some(st))?;
    argument::add_times(st, procedure, &mut given)?;
    argument::add_model(st, procedure, &mut given)?;
    let checked = argument::check(procedure, &given)?;
    let block_size = block::size(procedure, &checked, wanted)?;
    let algorithm = match procedure.computation {
        Computation::Algorithm(algorithm) => algorithm,
        Computation::Search(search) => return search::invoke(st, search, procedure, &checked),
    };
    let call = Call { procedure, algorithm, given: &given, arguments: &checked };
    match procedure.mode {
        Mode::Run | Mode::Stream => {
            let computed = call.compute(st, &st.cancel, &|_, _| {}, None, Purpose::Result)?;
            match block_size {
                Some(size) => Ok(ResultRows::Blocks(Blocks::new(procedure, computed.view, computed.output, size)?)),
                None => ResultRows::output(procedure, computed.view, computed.output),
            }
        }
        Mode::Stats => {
            let computed = call.compute(st, &st.cancel, &|_, _| {}, None, Purpose::Result)?;
            let figure = |name: &str| {
                computed.output.stats.iter().find(|(known, _)| *known == name).map(|(_, value)| scalar(value))
            };
            let description = procedure.description();
            let mut row: Vec<Value> =
                description.stats.iter().map(|column| figure(column.name).unwrap_or_default()).collect();
            row.push(Value::Int(computed.compute_time_ms as i64));
            Ok(ResultRows::table(vec![row]))
        }
        Mode::Estimate => {
            let threads = st.database.pool()?.current_num_threads();
            let threads = checked.concurrency.map_or(threads, |limit| limit.clamp(1, threads));
            let prepared = call.prepare(st)?;
            let fitting = call.fitting(&prepared, threads)?;
            let usual = fitting.usual_groups();
            let plan = fitting.fit(st).map_or(Plan::Refused, Plan::Fits);
            Ok(ResultRows::table(vec![estimate_row(prepared.shape, fitting.estimate, usual, plan)]))
        }
        Mode::Examples => {
            let model = call.model(st)?;
            let needs = algorithm.needs(&checked, model.as_deref()).map_err(algorithm_error)?;
            let (Some(ExampleRequest::Query(request)), Some(source)) = (&needs.examples, &needs.times) else {
                return Err(Error::internal(format!("{} makes no examples", procedure.name())));
            };
            let made = examples::make(st, request, &examples::time_properties(source), false)?;
            Ok(ResultRows::table(made.rows(st)?))
        }
        Mode::Write => write::write(st, call, arguments.get(1)).map(|row| ResultRows::table(vec![row])),
    }
}

/// A call of an algorithm with checked arguments.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) procedure: Procedure,
    pub(super) algorithm: &'static dyn Algorithm,
    /// The parameters that the call gave.
    pub(super) given: &'a [(String, Argument)],
    pub(super) arguments: &'a Arguments,
}

/// What a computation is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// Rows or figures.
    Result,
    /// To be written as properties.
    Write,
    /// To be written where an earlier computation was, of which as much is kept as has not changed.
    Refresh(&'a Earlier),
}

/// What is known before anything is read.
pub(super) struct Prepared {
    filter: Filter,
    form: Form,
    needs: Needs,
    /// The saved model to use.
    model: Option<Vec<u8>>,
    pub(super) shape: GraphShape,
}

impl Prepared {
    fn view(&self, st: &Statement, place: Place) -> Result<View> {
        self.filter.view_in(st, &self.form, self.needs.orientation, place)
    }
}

/// What an algorithm gave.
pub(super) struct Computed {
    pub(super) view: View,
    pub(super) output: wend_algorithms::Output,
    /// Nodes that were computed and have no row.
    pub(super) without_row: Vec<NodeId>,
    /// Edges that were computed and have no row.
    pub(super) edges_without_row: Vec<EdgeId>,
    pub(super) compute_time_ms: u64,
    /// The graph it was computed on, when it is to be written.
    pub(super) graph: Option<Fingerprint>,
    /// What a refresh found and kept.
    pub(super) refreshed: Refreshed,
}

/// Gives those who watch a task the points of its training.
fn show(st: &Statement, nodes: &[NodeId], watch: &Watch, snapshot: Snapshot) {
    let Snapshot { epoch, loss, score, nodes: shown, places } = snapshot;
    let ids = watch.ids().map_or_else(
        || {
            let name = PropertyName::new("_id");
            let id = |&at: &u32| node_property(st, nodes[at as usize], &name).map(|id| id.to_string());
            shown.iter().map(id).collect::<Result<_>>()
        },
        Ok,
    );
    // Points without names are of no use; what is wrong with the database will stop the task itself.
    if let Ok(ids) = ids {
        watch.put(TaskPoints { epoch, loss, score, ids, places });
    }
}

impl Call<'_> {
    /// The saved model that the call applies, or goes on training from.
    pub(super) fn model(&self, st: &Statement) -> Result<Option<Vec<u8>>> {
        let name = self.arguments.use_model.as_ref().or(self.arguments.start_from.as_ref());
        let own = [self.procedure.description().name];
        let of = match self.algorithm.models_of() {
            [] => &own[..],
            others => others,
        };
        name.map(|name| model::load(&st.tx, name, of)).transpose()
    }

    /// Looks up every name in the arguments.
    pub(super) fn prepare(&self, st: &Statement) -> Result<Prepared> {
        let filter = Filter::resolve(st, self.arguments)?;
        let model = self.model(st)?;
        let needs = self.algorithm.needs(self.arguments, model.as_deref()).map_err(algorithm_error)?;
        let without = examples::label_of_nodes(st, needs.examples.as_ref())?;
        let weight = filter.weight.filter(|_| needs.weights);
        let filter = Filter { weight, without, ..filter };
        let form = filter.form(st, &needs)?;
        let shape = filter.shape(st, &form)?;
        Ok(Prepared { filter, form, needs, model, shape })
    }

    /// Checks what can be checked before any work: names, memory, and whether a model can be kept. Gives how it fits, too.
    pub(super) fn check(&self, st: &Statement) -> Result<(Prepared, Fit)> {
        if let Some(name) = &self.arguments.save_model {
            self.check_save(st, name)?;
        }
        let prepared = self.prepare(st)?;
        let threads = st.database.pool()?.current_num_threads();
        let fit = self.fitting(&prepared, threads)?.fit(st)?;
        Ok((prepared, fit))
    }

    /// What decides how the call fits into memory.
    fn fitting<'a>(&'a self, prepared: &'a Prepared, threads: usize) -> Result<Fitting<'a>> {
        let view = (&prepared.form, prepared.shape);
        Fitting::new(self.procedure, self.algorithm, self.arguments, view, threads)
    }

    fn check_save(&self, st: &Statement, name: &str) -> Result<()> {
        if name.is_empty() {
            return Err(Error::data("22003", "saveModel: a model needs a name"));
        }
        if st.writes {
            return Ok(());
        }
        // Whether a statement changes the database is known from its text.
        Err(Error::rule("saveModel has to stand in the call itself, not in a record that comes from elsewhere")
            .with_hint(format!("CALL {}({{.., saveModel: \"..\"}})", self.procedure.name())))
    }

    /// The view that the call computes on.
    pub(super) fn view(&self, st: &Statement) -> Result<View> {
        let prepared = self.prepare(st)?;
        let threads = st.database.pool()?.current_num_threads();
        let fit = self.fitting(&prepared, threads)?.fit(st);
        prepared.view(st, fit.map_or(Place::Memory, |fit| fit.place))
    }

    /// Whether it computes on nothing but nodes, edges and weights.
    pub(super) fn is_topological(&self) -> bool {
        self.algorithm.needs(self.arguments, None).is_ok_and(|needs| needs.properties.is_none())
    }

    /// Runs the algorithm, and keeps its model where that is asked for.
    pub(super) fn compute(
        &self,
        st: &Statement,
        cancel: &CancelToken,
        progress: &(dyn Fn(&str, f64) + Sync),
        watch: Option<&Watch>,
        purpose: Purpose<'_>,
    ) -> Result<Computed> {
        let (prepared, fit) = self.check(st)?;
        // Counted until the result is there, so that all that runs at a time stays within the limit of all.
        let mut held = Held::default();
        held.take(&st.memory, usize::try_from(fit.bytes).unwrap_or(usize::MAX), &self.procedure.name())?;
        let limit = st.memory.limit();
        let report = |stage: &str, fraction: f64| {
            progress(stage, fraction);
            if let Some(callback) = &st.progress {
                callback(&control::Progress { stage: stage.to_owned(), fraction });
            }
        };
        report("graph view", 0.0);
        let started = Instant::now();
        let mut view = prepared.view(st, fit.place)?;
        let _freed = Freed(view.bytes());
        let budget = (limit != 0).then(|| limit.saturating_sub(view.bytes()));
        let nodes = view.nodes();
        let context = Context {
            cancel: &|| cancel.is_cancelled() || st.cancel.is_cancelled(),
            progress: &|Progress { stage, fraction }| report(stage, fraction),
            watched: &|| watch.is_some_and(Watch::is_wanted),
            show: &|snapshot| {
                if let Some(watch) = watch {
                    show(st, nodes, watch, snapshot);
                }
            },
            memory_budget: budget.into_iter().chain(self.arguments.max_memory).min(),
            scratch: st.database.scratch(),
            ..Context::new(st.database.pool()?)
        };
        let named = match prepared.needs.nodes_named_by {
            Some(parameter) => named_nodes(st, &view, self.procedure, parameter, self.arguments)?,
            None => None,
        };
        let targets = match prepared.needs.targets_named_by {
            Some(parameter) => named_nodes(st, &view, self.procedure, parameter, self.arguments)?,
            None => None,
        };
        let (mut rows_of_examples, mut times, mut examples) = (Vec::new(), None, None);
        if let Some(source) = &prepared.needs.times {
            let properties = examples::time_properties(source);
            let request = prepared.needs.examples.as_ref();
            let known = examples::times(st, &properties, request)?;
            report("examples", 0.0);
            match request {
                None => {}
                Some(ExampleRequest::Query(query)) => {
                    let future = query.only_future || self.procedure.mode != Mode::Stats;
                    examples = Some(examples::make(st, query, &properties, future)?.for_view(&view)?);
                }
                Some(ExampleRequest::Nodes(nodes)) => {
                    let rows = stored::read(st, nodes, &prepared.filter, &view, &known)?;
                    (rows_of_examples, examples) = (rows.nodes, Some(rows.examples));
                }
            }
            times = Some(examples::element_times(&view, &known));
        }
        let input = Input {
            times: times.as_ref(),
            examples: examples.as_ref(),
            graph: view.graph().ok_or_else(|| Error::internal("a view without a graph"))?,
            nodes: named.as_deref(),
            targets: targets.as_deref(),
            model: prepared.model.as_deref(),
        };
        let graph = match purpose {
            Purpose::Result => None,
            Purpose::Write | Purpose::Refresh(_) => Some(Fingerprint::new(&view)),
        };
        let mut refreshed = Refreshed::default();
        let update = match (purpose, &graph) {
            (Purpose::Refresh(earlier), Some(graph)) => {
                earlier.update(st, self, (input, graph), view.nodes(), &context, &mut refreshed)?
            }
            _ => None,
        };
        let (mut output, scope) = match update {
            Some(Update { nodes, output }) => (output, Some(nodes)),
            None => {
                let output = self.algorithm.run(input, self.arguments, &context);
                (output.map_err(|error| error_in_view(error, &view, st))?, None)
            }
        };
        refuse_infinite(&output, self.procedure)?;
        output.warnings.iter().for_each(|warning| st.warn("01000", warning));
        if let Some(name) = &self.arguments.save_model {
            let bytes = output.model.take().ok_or_else(|| {
                Error::data(
                    "22003",
                    format!("saveModel: {} trains nothing under these arguments", self.procedure.name()),
                )
            })?;
            model::save(st, name, &bytes)?;
        }
        let (mut without_row, mut edges_without_row) = (Vec::new(), Vec::new());
        if let Rows::SomeNodes(kept) = &output.rows {
            let scope = scope.unwrap_or_else(|| (0..view.nodes().len() as u32).collect());
            // Where `nodes` says whose rows are wanted, the others keep what they have.
            let chosen = named.is_some() && prepared.needs.nodes_named_by == Some("nodes");
            let scope = if chosen { Vec::new() } else { scope };
            let missing = scope.iter().filter(|number| kept.binary_search(number).is_err());
            without_row.extend(missing.map(|&number| view.nodes()[number as usize]));
            view = view.only(kept);
            output.rows = Rows::Nodes;
        } else if let Rows::SomeEdges(kept) = &output.rows {
            let missing = (0..view.edges().len() as u32).filter(|number| kept.binary_search(number).is_err());
            edges_without_row.extend(missing.map(|number| view.edges()[number as usize]));
            view = view.only_edges(kept);
            output.rows = Rows::Edges;
        }
        if output.rows == Rows::Examples {
            view = view.rows_of(rows_of_examples);
            output.rows = Rows::Nodes;
        }
        report("done", 1.0);
        let compute_time_ms = started.elapsed().as_millis() as u64;
        Ok(Computed { view, output, without_row, edges_without_row, compute_time_ms, graph, refreshed })
    }
}

/// Whatever the input, a result has no NaN and no infinity in it.
fn refuse_infinite(output: &Output, procedure: Procedure) -> Result<()> {
    let finite = output.columns.iter().all(|column| match column {
        Column::Vectors { data, .. } => data.iter().all(|number| number.is_finite()),
        Column::Floats(numbers) => numbers.iter().all(|number| number.is_finite()),
        _ => true,
    });
    if finite {
        return Ok(());
    }
    Err(Error::data("22003", format!("{} computes numbers beyond the range of floats of this graph", procedure.name()))
        .with_hint("look for very large or very small weights, properties and arguments"))
}

/// The dense numbers of the nodes that an argument names; nothing when it has no value.
fn named_nodes(
    st: &Statement,
    view: &View,
    procedure: Procedure,
    parameter: &'static str,
    arguments: &Arguments,
) -> Result<Option<Vec<u32>>> {
    let ids: Option<Vec<String>> = arguments.get(parameter).map_err(|error| algorithm_error(error.into()))?;
    let Some(ids) = ids else { return Ok(None) };
    let mut numbers = Vec::with_capacity(ids.len());
    for id in ids {
        let node = st
            .tx
            .node_by_id(st.graph, &id)?
            .ok_or_else(|| Error::reference(format!("{parameter}: there is no node with the _id '{id}'")))?;
        // A view has its nodes in insertion order, which is that of their numbers in the store.
        let number = view.nodes().binary_search(&node).map_err(|_| {
            Error::data(
                "22003",
                format!("{parameter}: the node '{id}' has none of the labels that {} sees", procedure.name()),
            )
            .with_hint("widen nodeLabels, or leave the node out")
        })?;
        numbers.push(number as u32);
    }
    Ok(Some(numbers))
}
