//! The input of an operator that reads all of it: where the plan allows, a pipeline on several threads. The rows of the pipeline's
//! source are handed out in small pieces, and each thread has operators of its own above them (Leis et al., "Morsel-driven
//! parallelism", 2014). What depends on the order of rows gets the place of each, which is the same for any number of threads.

use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, ScopedJoinHandle},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use super::{
    operator::{BoxOperator, Operator},
    profile::Profile,
};
use crate::{
    error::{Error, Result},
    memory::Held,
    plan::{Plan, expr::Expr, kept::KeptTable},
    runtime::{batch::Batch, statement::Statement},
};

/// Where a batch stands among all rows: the number of the piece of the source that it comes from, and the rows before it that come
/// from the same piece.
pub(super) type Place = (u64, u64);

/// What the operators of a plan are built with.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) builder: &'static Builder,
    /// Counts each operator; those of subqueries, which run for each row, are not counted.
    pub(super) profile: Option<&'a Profile>,
    /// In the place of this plan's operator this one gives the rows.
    pub(super) source: Option<(&'a Plan, &'a Feed)>,
    /// What the operators of several threads share, by where their plans are in memory.
    pub(super) tables: &'a [(usize, KeptTable)],
}

/// Builds operators: the module that does so knows all of them, this one too.
pub(super) struct Builder {
    /// The operators of a plan.
    pub(super) operators: fn(&Plan, &Parts<'_>) -> BoxOperator,
    /// What reads the table of a join whose rows are joined with what comes through it.
    pub(super) table: fn(&Plan, &Parts<'_>) -> Option<Box<dyn ReadsTable>>,
}

impl Parts<'_> {
    pub(super) fn new(builder: &'static Builder) -> Self {
        Parts { builder, profile: None, source: None, tables: &[] }
    }

    /// The table that the operator of a plan shares with others.
    pub(super) fn table(&self, plan: &Plan) -> Option<KeptTable> {
        let place = std::ptr::from_ref(plan).addr();
        self.tables.iter().find(|(of, _)| *of == place).map(|(_, table)| table.clone())
    }

    fn operators(&self, plan: &Plan) -> BoxOperator {
        (self.builder.operators)(plan, self)
    }
}

/// All rows of a plan.
pub(super) enum Input {
    /// Batch after batch.
    Whole(BoxOperator),
    /// In pieces, on the threads of the statement.
    Pipeline(Box<Pipeline>),
}

/// See the module.
pub(super) struct Pipeline {
    builder: &'static Builder,
    plan: Plan,
    profile: Option<Profile>,
}

/// What takes less time than this is done before another thread has begun.
const ALONE: Duration = Duration::from_micros(200);

/// The rows of a piece at the beginning, where a row of the source may become many; those that come later are whole batches.
const FIRST_PIECES: usize = 64;

/// So many batches of the source are cut into pieces.
const CUT: u64 = 2;

/// The most operators of a pipeline and of all below it: a thread has a stack of a fixed size, and each pipeline a copy of its plan.
const MOST_OPERATORS: usize = 100;

/// The stack of a thread.
const STACK: usize = 8 << 20;

impl Input {
    /// The rows of a plan, for an operator that reads all of them and keeps their places in mind.
    pub(super) fn of(plan: &Plan, parts: &Parts<'_>) -> Input {
        if !may_run_in_pieces(plan) {
            return Input::Whole(parts.operators(plan));
        }
        let copy = plan.clone();
        let profile = parts.profile.map(|profile| profile.for_copy(plan, &copy));
        Input::Pipeline(Box::new(Pipeline { builder: parts.builder, plan: copy, profile }))
    }

    /// The same, batch after batch on one thread.
    pub(super) fn in_order(plan: &Plan, parts: &Parts<'_>) -> Input {
        Input::Whole(parts.operators(plan))
    }

    /// See [`Operator::rewind`].
    pub(super) fn rewind(&mut self, argument: &Batch, st: &Statement) {
        // A pipeline has no state between its runs.
        if let Input::Whole(operator) = self {
            operator.rewind(argument, st);
        }
    }

    /// Reads all rows: each thread has what `new` makes, to which `take` adds a batch. A thread meets rows in their order.
    pub(super) fn each<T: Send>(
        &mut self,
        st: &Statement,
        new: impl Fn() -> T + Sync,
        take: impl Fn(&mut T, Batch, Place, &Statement) -> Result<()> + Sync,
    ) -> Result<Vec<T>> {
        match self {
            Input::Whole(operator) => {
                let (mut taken, mut rows) = (new(), 0);
                while let Some(batch) = operator.next(st)? {
                    st.cancel.check()?;
                    let len = batch.len() as u64;
                    take(&mut taken, batch, (0, rows), st)?;
                    rows += len;
                }
                Ok(vec![taken])
            }
            Input::Pipeline(pipeline) => pipeline.each(st, &new, &take),
        }
    }

    /// All rows in their order, in batches.
    pub(super) fn collect(&mut self, held: &mut Held, st: &Statement) -> Result<Vec<Batch>> {
        let parts = self.each(
            st,
            || (Held::default(), Vec::new()),
            |(held, batches), batch, place, st| {
                held.take(&st.memory, batch.bytes(), "the statement's rows")?;
                batches.push((place, batch));
                Ok(())
            },
        )?;
        let mut all = Vec::new();
        for (of_part, batches) in parts {
            held.absorb(of_part);
            all.extend(batches);
        }
        all.sort_by_key(|(place, _)| *place);
        Ok(all.into_iter().map(|(_, batch)| batch).collect())
    }
}

/// Hands out the rows of the source.
pub(super) struct Source(Mutex<SourceState>);

struct SourceState {
    /// Its first batch, which was read before the threads began.
    first: Option<Batch>,
    operator: BoxOperator,
    /// A batch that is cut into pieces, and the next row of it.
    cut: Option<(Batch, usize)>,
    batches: u64,
    pieces: u64,
    /// The rows of a piece, and how many batches are cut into such.
    rows: usize,
    to_cut: u64,
    ended: bool,
    /// The first piece that failed.
    failed: Option<(u64, Error)>,
}

impl Source {
    fn new(first: Option<Batch>, operator: BoxOperator, rows: usize, to_cut: u64) -> Source {
        let (cut, failed, ended) = (None, None, first.is_none());
        Source(Mutex::new(SourceState { first, operator, cut, batches: 0, pieces: 0, rows, to_cut, ended, failed }))
    }

    /// The next piece and its number.
    fn next(&self, st: &Statement) -> Option<(u64, Batch)> {
        let mut state = self.0.lock();
        if state.failed.is_some() {
            return None;
        }
        match state.next(st) {
            Ok(None) => {
                state.ended = true;
                None
            }
            Ok(Some(batch)) => {
                state.pieces += 1;
                Some((state.pieces - 1, batch))
            }
            Err(error) => {
                state.failed = Some((state.pieces, error));
                None
            }
        }
    }

    /// A piece has failed; the error of the first piece counts, as it would if they came one after the other.
    fn fail(&self, piece: u64, error: Error) {
        let mut state = self.0.lock();
        if state.failed.as_ref().is_none_or(|(first, _)| piece < *first) {
            state.failed = Some((piece, error));
        }
    }

    fn has_more(&self) -> bool {
        // Whoever holds the lock reads on.
        self.0.try_lock().is_none_or(|state| !state.ended && state.failed.is_none())
    }
}

impl SourceState {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        if self.cut.is_none() {
            if self.ended {
                return Ok(None);
            }
            let next = match self.first.take() {
                Some(first) => Some(first),
                None => self.operator.next(st)?,
            };
            let Some(batch) = next else { return Ok(None) };
            self.batches += 1;
            if self.batches > self.to_cut || batch.len() <= self.rows {
                return Ok(Some(batch));
            }
            self.cut = Some((batch, 0));
        }
        let Some((batch, from)) = &mut self.cut else { return Ok(None) };
        let to = (*from + self.rows).min(batch.len());
        let piece = batch.slice(*from, to);
        *from = to;
        if to == batch.len() {
            self.cut = None;
        }
        Ok(Some(piece))
    }
}

/// In the place of the source in the operators of one thread: the pieces that this thread works on.
#[derive(Clone)]
pub(super) struct Feed {
    source: Arc<Source>,
    /// The piece that is worked on.
    piece: Arc<AtomicU64>,
}

impl Operator for Feed {
    fn next(&mut self, st: &Statement) -> Result<Option<Batch>> {
        st.cancel.check()?;
        Ok(self.source.next(st).map(|(piece, batch)| {
            self.piece.store(piece, Ordering::Relaxed);
            batch
        }))
    }

    fn rewind(&mut self, _: &Batch, _: &Statement) {}
}

impl Pipeline {
    fn each<T: Send>(
        &self,
        st: &Statement,
        new: &(impl Fn() -> T + Sync),
        take: &(impl Fn(&mut T, Batch, Place, &Statement) -> Result<()> + Sync),
    ) -> Result<Vec<T>> {
        let plans = chain(&self.plan);
        let Some(&bottom) = plans.last() else { return Ok(Vec::new()) };
        let profile = self.profile.as_ref();
        let expands = plans.iter().any(|plan| {
            use Plan as P;
            matches!(plan, P::Expand { .. } | P::ExpandIntersect { .. } | P::HashJoin { .. } | P::Apply { .. })
        });
        // Tests of a few rows have every row go its own way.
        let eager = st.database.options().bulk_rows == 0.0;
        let (rows, to_cut, alone) = match (eager, expands) {
            (true, _) => (1, u64::MAX, Duration::ZERO),
            (false, true) => (FIRST_PIECES, CUT, ALONE),
            (false, false) => (FIRST_PIECES, 0, ALONE),
        };
        let parts = Parts { profile, ..Parts::new(self.builder) };
        let mut operator = parts.operators(bottom);
        // What the source computes before its first row it may compute on all threads.
        let first = operator.next(st)?;
        let tables = if first.is_some() { shared_tables(&plans, &parts, st)? } else { Vec::new() };
        let source = Arc::new(Source::new(first, operator, rows, to_cut));
        let work = |taken: &mut T, pause: &mut dyn FnMut(), st: &Statement| {
            let piece = Arc::new(AtomicU64::new(0));
            let feed = Feed { source: source.clone(), piece: piece.clone() };
            let parts = Parts { source: Some((bottom, &feed)), tables: &tables, ..parts };
            let mut operator = parts.operators(&self.plan);
            let (mut last, mut rows) = (0, 0);
            loop {
                let done = match operator.next(st) {
                    Ok(None) => return,
                    Ok(Some(batch)) => {
                        let piece = piece.load(Ordering::Relaxed);
                        if piece != last {
                            (last, rows) = (piece, 0);
                        }
                        let place = (piece, rows);
                        rows += batch.len() as u64;
                        take(taken, batch, place, st)
                    }
                    Err(error) => Err(error),
                };
                if let Err(error) = done {
                    return source.fail(piece.load(Ordering::Relaxed), error);
                }
                pause();
            }
        };
        let mut taken = Vec::new();
        if st.threads <= 1 {
            let mut mine = new();
            work(&mut mine, &mut || {}, st);
            taken.push(mine);
        } else {
            let begun = Instant::now();
            let of_thread = || -> Result<(T, Statement)> {
                let (mut mine, st) = (new(), st.for_thread()?);
                work(&mut mine, &mut || {}, &st);
                Ok((mine, st))
            };
            let (mut mine, own) = (new(), st.for_thread()?);
            let results = thread::scope(|scope| {
                let mut others: Vec<ScopedJoinHandle<'_, _>> = Vec::new();
                // As many more as there are, as long as there is enough to do for them.
                let mut later = alone;
                let mut pause = || {
                    let more = (1 + others.len()).min(st.threads - 1 - others.len());
                    if more > 0 && begun.elapsed() > later && source.has_more() {
                        let spawn = |_| {
                            let thread = thread::Builder::new().name("wend-query".to_owned()).stack_size(STACK);
                            thread.spawn_scoped(scope, of_thread).ok()
                        };
                        others.extend((0..more).filter_map(spawn));
                        later = begun.elapsed() + alone;
                    }
                };
                work(&mut mine, &mut pause, &own);
                let join = |other: ScopedJoinHandle<'_, _>| other.join().unwrap_or_else(|panic| resume_unwind(panic));
                others.into_iter().map(join).collect::<Vec<Result<(T, Statement)>>>()
            });
            let mut statements = vec![own];
            taken.push(mine);
            for result in results {
                let (other, statement) = result?;
                taken.push(other);
                statements.push(statement);
            }
            let mut warnings: Vec<_> =
                statements.iter().flat_map(|part| std::mem::take(&mut *part.warnings.lock())).collect();
            // Which thread warned first does not matter.
            warnings.sort_by(|a, b| a.message.cmp(&b.message));
            warnings.iter().for_each(|warning| st.warn(warning.gqlstatus, &warning.message));
        }
        let failed = source.0.lock().failed.take();
        match failed {
            Some((_, error)) => Err(error),
            None => Ok(taken),
        }
    }
}

/// Reads the tables of joins before the threads begin, on all of them. One whose values cannot be computed is left to the join: what
/// it is joined with may have no rows.
fn shared_tables(plans: &[&Plan], parts: &Parts<'_>, st: &Statement) -> Result<Vec<(usize, KeptTable)>> {
    let mut tables = Vec::new();
    for plan in plans {
        let Some(mut read) = (parts.builder.table)(plan, parts) else { continue };
        let table = KeptTable::default();
        match read.read(&table, st) {
            Err(error) if error.is_about_values() => {}
            done => done?,
        }
        tables.push((std::ptr::from_ref(*plan).addr(), table));
    }
    Ok(tables)
}

/// A join that keeps rows of another input than that which comes through it.
pub(super) trait ReadsTable {
    /// Reads what it keeps into a table.
    fn read(&mut self, table: &KeptTable, st: &Statement) -> Result<()>;
}

/// The operators of a pipeline from its top to its source.
fn chain(plan: &Plan) -> Vec<&Plan> {
    let mut plans = vec![plan];
    let mut here = plan;
    while let Some(below) = streams_from(here) {
        plans.push(below);
        here = below;
    }
    plans
}

/// The input of an operator that gives rows for one batch of it at a time, and needs to know nothing of the others.
fn streams_from(plan: &Plan) -> Option<&Plan> {
    use Plan as P;
    match plan {
        P::Filter { input, .. }
        | P::Prefilter { input, .. }
        | P::Recheck { input, .. }
        | P::RecheckEdges { input, .. }
        | P::Extend { input, .. }
        | P::Project { input, .. }
        | P::MakePath { input, .. }
        | P::Unwind { input, .. }
        | P::Expand { input, .. }
        | P::ExpandIntersect { input, .. }
        | P::Degree { input, .. }
        | P::EdgeEnds { input, .. }
        | P::HashJoin { input, .. }
        | P::RangeCount { input, .. }
        | P::SemiJoin { input, .. }
        | P::CountJoin { input, .. }
        | P::Apply { input, .. } => Some(input),
        _ => None,
    }
}

/// Whether a plan has no more than so many operators, of which `left` are left.
fn is_short(plan: &Plan, left: &mut usize) -> bool {
    if *left == 0 {
        return false;
    }
    *left -= 1;
    plan.inputs().into_iter().all(|input| is_short(input, left))
}

fn may_run_in_pieces(plan: &Plan) -> bool {
    let mut left = MOST_OPERATORS;
    if !is_short(plan, &mut left) {
        return false;
    }
    let plans = chain(plan);
    let from_unit = |input: &Plan| matches!(input, Plan::Unit);
    let source = match plans.last() {
        Some(Plan::NodeScan { input, .. } | Plan::IndexScan { input, .. }) => from_unit(input),
        Some(Plan::NodeById { input, many, .. }) => *many && from_unit(input),
        Some(Plan::CountMatches { .. } | Plan::Aggregate { .. }) => true,
        _ => false,
    };
    source && !reads_outer_row(plan) && is_steady(plan)
}

/// Whether a plan reads the row of an outer query.
fn reads_outer_row(plan: &Plan) -> bool {
    match plan {
        Plan::Argument => true,
        // Its subquery reads the rows of its input.
        Plan::Apply { input, .. } => reads_outer_row(input),
        _ => plan.inputs().into_iter().any(reads_outer_row),
    }
}

/// Whether a plan gives the same rows however often, and on whichever thread, it runs.
fn is_steady(plan: &Plan) -> bool {
    let steady = |expr: &Expr| !expr.is_volatile();
    let pairs = |keys: &[(Expr, Expr)]| keys.iter().all(|(one, other)| steady(one) && steady(other));
    let own = match plan {
        Plan::Unit
        | Plan::Argument
        | Plan::Table { .. }
        | Plan::NodeScan { .. }
        | Plan::Expand { .. }
        | Plan::ExpandIntersect { .. }
        | Plan::CountEdges { .. }
        | Plan::Degree { .. }
        | Plan::CountMatches { .. }
        | Plan::EdgeEnds { .. }
        | Plan::MakePath { .. }
        | Plan::Distinct { .. } => true,
        Plan::NodeById { id, .. } => steady(id),
        Plan::IndexScan { scan, .. } => scan.exprs().all(steady),
        Plan::ExpandPath { expand, .. } => expand.condition.iter().all(|(_, condition)| steady(condition)),
        Plan::Filter { condition, .. }
        | Plan::Prefilter { condition, .. }
        | Plan::Recheck { condition, .. }
        | Plan::RecheckEdges { condition, .. } => steady(condition),
        Plan::Extend { expr, .. } => steady(expr),
        Plan::Unwind { list, .. } => steady(list),
        Plan::Project { items, .. } => items.iter().all(steady),
        Plan::Aggregate { keys, aggregates, .. } => {
            keys.iter().chain(aggregates.iter().flat_map(|call| &call.arguments)).all(steady)
        }
        Plan::Sort { keys, top, .. } => keys.iter().map(|key| &key.expr).chain(top.iter().flatten()).all(steady),
        Plan::Limit { count, .. } | Plan::Offset { count, .. } => steady(count),
        Plan::HashJoin { join, .. } => {
            pairs(&join.keys) && join.range.iter().all(|range| steady(&range.input) && steady(&range.build))
        }
        Plan::RangeCount { count, .. } => steady(&count.condition),
        Plan::SemiJoin { keys, each, .. } | Plan::CountJoin { keys, each, .. } => pairs(keys) && is_steady(each),
        Plan::Apply { .. } => true,
        _ => false,
    };
    own && plan.inputs().into_iter().all(is_steady)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{plan::expr::LabelName, value::Value};

    fn scan() -> Plan {
        Plan::NodeScan { input: Box::new(Plan::Unit), slot: 0, label: Some(LabelName::new("A")) }
    }

    #[test]
    fn what_runs_in_pieces() {
        let condition = Expr::constant(Value::Bool(true));
        let filter = |input: Plan| Plan::Filter { input: Box::new(input), condition: condition.clone() };
        assert!(may_run_in_pieces(&filter(scan())));
        assert_eq!(chain(&filter(filter(scan()))).len(), 3);
        // The end of a limit is known by all rows before it.
        let limit = Plan::Limit { input: Box::new(scan()), count: Expr::constant(Value::Int(3)) };
        assert!(!may_run_in_pieces(&filter(limit)));
        let outer = Plan::NodeScan { input: Box::new(Plan::Argument), slot: 0, label: None };
        assert!(!may_run_in_pieces(&filter(outer)));
        assert!(!may_run_in_pieces(&Plan::Unit));
    }
}
