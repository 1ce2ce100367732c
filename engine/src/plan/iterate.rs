//! Expressions that go through a list: comprehensions, predicates over lists, REDUCE.

use wend_grammar::ast::ListQuantifier;

use super::expr::Expr;

/// Slots from here on are those of variables that go through a list; a batch holds them apart from its columns.
pub(crate) const LOCALS: usize = usize::MAX / 2;

/// A variable that goes through a list, and what becomes of its elements.
#[derive(Clone, Debug)]
pub(crate) struct Iterate {
    pub(crate) kind: IterateKind,
    /// The slot of the variable.
    pub(crate) local: usize,
    pub(crate) list: Expr,
    /// Which elements count.
    pub(crate) condition: Option<Expr>,
    /// What each becomes.
    pub(crate) body: Option<Expr>,
    /// The other slots that the condition and the body read.
    pub(crate) reads: Vec<usize>,
}

/// What an iteration gives.
#[derive(Clone, Debug)]
pub(crate) enum IterateKind {
    /// The list of what the elements become.
    Comprehension,
    /// Whether the condition holds of so many elements.
    Quantified(ListQuantifier),
    /// The last value of an accumulator.
    Reduce {
        /// Its slot.
        accumulator: usize,
        /// Its first value.
        initial: Expr,
    },
}

impl Iterate {
    pub(crate) fn new(
        kind: IterateKind,
        local: usize,
        list: Expr,
        condition: Option<Expr>,
        body: Option<Expr>,
    ) -> Self {
        let mut reads: Vec<usize> = condition.iter().chain(&body).flat_map(Expr::columns).collect();
        reads.sort_unstable();
        reads.dedup();
        let accumulator = match kind {
            IterateKind::Reduce { accumulator, .. } => Some(accumulator),
            _ => None,
        };
        reads.retain(|&slot| slot != local && Some(slot) != accumulator);
        Iterate { kind, local, list, condition, body, reads }
    }

    /// Calls `f` for each expression in it.
    pub(super) fn operands<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        self.outside(f);
        self.condition.iter().chain(&self.body).for_each(f);
    }

    /// Calls `f` for those that do not see the variable.
    pub(super) fn outside<'a>(&'a self, f: &mut dyn FnMut(&'a Expr)) {
        f(&self.list);
        if let IterateKind::Reduce { initial, .. } = &self.kind {
            f(initial);
        }
    }
}

/// One item of a map projection.
#[derive(Clone, Debug)]
pub(crate) enum MapItem {
    /// All properties.
    All,
    Field(std::sync::Arc<str>, Expr),
}
