//! Binds expressions: variables become slots, names become functions, parameters become constants.

use wend_grammar::ast::{
    AdditiveOperator, CaseOperand, CompareOperator, Expr as Text, ExprKind as TextKind, Ident, LabelExpr, Literal,
    MultiplicativeOperator, OrOperator, Span, Subquery,
};

use super::{
    Binder, Ending, Flow, Kind, Scope, Variable,
    aggregate::{Grouping, contains_aggregate, operands},
};
use crate::{
    error::{Error, Result, Subject},
    function::{self, literal},
    plan::{
        ApplyKind, Failed, Plan,
        aggregate::{AggregateCall, AggregateFunction},
        expr::{Arithmetic, ElementFunction, Expr, ExprKind, LabelName, LabelTest, ParameterHint, PropertyName},
        named::Named,
    },
    value::Value,
};

/// Where an expression is bound.
pub(super) struct Env<'e> {
    pub(super) scope: &'e mut Scope,
    /// The plan that subqueries are added to; `None` where there can be none.
    pub(super) plan: Option<&'e mut Plan>,
    /// Set above a grouping: only keys and aggregates are visible.
    pub(super) grouping: Option<&'e mut Grouping>,
    /// Names that stand for expressions: of result columns that ORDER BY may use, and of LET .. IN .. END. Each with how many of
    /// those before it its expression sees.
    pub(super) aliases: &'e [(String, Text, usize)],
}

impl<'e> Env<'e> {
    pub(super) fn new(flow: &'e mut Flow) -> Self {
        Env { scope: &mut flow.scope, plan: Some(&mut flow.plan), grouping: None, aliases: &[] }
    }
}

impl Binder<'_> {
    /// Binds an expression over the rows of `flow`.
    pub(super) fn expr_in(&mut self, text: &Text, flow: &mut Flow) -> Result<Expr> {
        self.expr(text, &mut Env::new(flow))
    }

    /// Binds an expression that sees no variables.
    pub(super) fn expr_without_variables(&mut self, text: &Text) -> Result<Expr> {
        let mut scope = Scope::default();
        self.expr(text, &mut Env { scope: &mut scope, plan: None, grouping: None, aliases: &[] })
    }

    pub(super) fn expr(&mut self, text: &Text, env: &mut Env) -> Result<Expr> {
        let kind = self.expr_kind(text, env).map_err(|error| error.at(text.span))?;
        self.check_types(text, env).map_err(|error| error.at(text.span))?;
        Ok(Expr::new(kind, text.span))
    }

    fn boxed(&mut self, text: &Text, env: &mut Env) -> Result<Box<Expr>> {
        Ok(Box::new(self.expr(text, env)?))
    }

    fn all(&mut self, texts: &[Text], env: &mut Env) -> Result<Vec<Expr>> {
        texts.iter().map(|text| self.expr(text, env)).collect()
    }

    fn expr_kind(&mut self, text: &Text, env: &mut Env) -> Result<ExprKind> {
        if let Some(grouping) = &env.grouping
            && let Some(key) = grouping.key(text)
            && !self.names_local(text)
        {
            return Ok(ExprKind::Column(key));
        }
        let negate = |negated: bool, kind: ExprKind| {
            if negated { ExprKind::Not(Box::new(Expr::new(kind, text.span))) } else { kind }
        };
        Ok(match &text.kind {
            TextKind::Literal(value) => ExprKind::Constant(bind_literal(value)?),
            TextKind::Variable(name) => return self.variable(name, text.span, env),
            TextKind::Parameter(name) => self.parameter(name, text.span)?,
            TextKind::List(items) => match lone_iteration(items, env) {
                Some(iteration) => return self.comprehension(text, &iteration, env),
                None => ExprKind::List(self.all(items, env)?),
            },
            TextKind::Record(fields) => {
                let mut bound: Vec<(std::sync::Arc<str>, Expr)> = Vec::new();
                for (name, value) in fields {
                    if bound.iter().any(|(other, _)| **other == *name.name) {
                        return Err(Error::rule(format!("the record has two fields `{}`", name.name)).at(name.span));
                    }
                    bound.push((name.name.as_str().into(), self.expr(value, env)?));
                }
                ExprKind::Record(bound)
            }
            TextKind::Path(parts) => ExprKind::Path(self.all(parts, env)?),
            TextKind::Property(inner, key) => {
                if matches!(self.kind_of(inner, env.scope), Kind::Node | Kind::Edge) {
                    self.note(Named::Property(key.name.clone()));
                }
                ExprKind::Property(self.boxed(inner, env)?, PropertyName::new(&key.name))
            }
            TextKind::Index(list, index) => match constructor(list, env) {
                Some(true) => ExprKind::Path(vec![self.expr(index, env)?]),
                Some(false) => ExprKind::List(vec![self.expr(index, env)?]),
                None => ExprKind::Index(self.boxed(list, env)?, self.boxed(index, env)?),
            },
            TextKind::Slice(list, from, to) => {
                let list = self.boxed(list, env)?;
                let from = from.as_ref().map(|from| self.boxed(from, env)).transpose()?;
                let to = to.as_ref().map(|to| self.boxed(to, env)).transpose()?;
                ExprKind::Slice(list, from, to)
            }
            TextKind::Not(inner) => ExprKind::Not(self.boxed(inner, env)?),
            TextKind::Negate(inner) => ExprKind::Negate(self.boxed(inner, env)?),
            TextKind::Plus(inner) => ExprKind::Plus(self.boxed(inner, env)?),
            TextKind::And(parts) => {
                let mut bound = Vec::with_capacity(parts.len());
                for part in parts {
                    let guard = |bound: &[Expr]| is_not(ExprKind::And(bound.to_vec()), false, text.span);
                    bound.push(self.guarded(part, env, &bound, guard)?);
                }
                ExprKind::And(bound)
            }
            TextKind::Or(first, rest) if rest.iter().all(|(operator, _)| *operator != OrOperator::Xor) => {
                let mut bound = vec![self.expr(first, env)?];
                for (_, part) in rest {
                    let guard = |bound: &[Expr]| is_not(any_of(bound.to_vec()), true, text.span);
                    bound.push(self.guarded(part, env, &bound, guard)?);
                }
                any_of(bound)
            }
            TextKind::Or(first, rest) => {
                let first = self.boxed(first, env)?;
                let rest =
                    rest.iter().map(|(operator, part)| Ok((*operator == OrOperator::Xor, self.expr(part, env)?)));
                ExprKind::Or(first, rest.collect::<Result<_>>()?)
            }
            TextKind::Additive(first, rest) => {
                let first = self.boxed(first, env)?;
                let rest = rest.iter().map(|(operator, part)| {
                    let operator = match operator {
                        AdditiveOperator::Add => Arithmetic::Add,
                        AdditiveOperator::Subtract => Arithmetic::Subtract,
                    };
                    Ok((operator, self.expr(part, env)?))
                });
                ExprKind::Arithmetic(first, rest.collect::<Result<_>>()?)
            }
            TextKind::Multiplicative(first, rest) => {
                let first = self.boxed(first, env)?;
                let rest = rest.iter().map(|(operator, part)| {
                    let operator = match operator {
                        MultiplicativeOperator::Multiply => Arithmetic::Multiply,
                        MultiplicativeOperator::Divide => Arithmetic::Divide,
                        MultiplicativeOperator::Modulo => Arithmetic::Modulo,
                    };
                    Ok((operator, self.expr(part, env)?))
                });
                ExprKind::Arithmetic(first, rest.collect::<Result<_>>()?)
            }
            TextKind::Concat(parts) => {
                let mut parts = self.all(parts, env)?;
                let first = parts.remove(0);
                ExprKind::Arithmetic(
                    Box::new(first),
                    parts.into_iter().map(|part| (Arithmetic::Concat, part)).collect(),
                )
            }
            TextKind::Compare(operator, left, right) => {
                ExprKind::Compare(*operator, self.boxed(left, env)?, self.boxed(right, env)?)
            }
            TextKind::In { negated, item, list } => {
                let list = Box::new(self.expr(list, env)?.once());
                negate(*negated, ExprKind::In(self.boxed(item, env)?, list))
            }
            TextKind::StringMatch(operator, left, right) => {
                ExprKind::StringMatch(*operator, self.boxed(left, env)?, self.boxed(right, env)?)
            }
            TextKind::IsNull { negated, operand } => negate(*negated, ExprKind::IsNull(self.boxed(operand, env)?)),
            TextKind::IsTruth { negated, operand, value } => {
                negate(*negated, ExprKind::IsTruth(self.boxed(operand, env)?, *value))
            }
            TextKind::IsLabeled { negated, operand, label } => {
                self.note_labels(label);
                negate(*negated, ExprKind::IsLabeled(self.boxed(operand, env)?, label_test(label)))
            }
            TextKind::IsTyped { negated, operand, value_type } => {
                negate(*negated, ExprKind::IsTyped(self.boxed(operand, env)?, value_type.clone()))
            }
            TextKind::IsDirected { negated, operand } => {
                // Every edge is directed, so this only asks whether there is one.
                if self.kind_of(operand, env.scope) != Kind::Edge {
                    return Err(Error::rule("IS DIRECTED takes an edge variable").at(operand.span));
                }
                let edge = self.boxed(operand, env)?;
                let is_null = Expr::new(ExprKind::IsNull(edge), operand.span);
                let null = Expr::constant(Value::Null);
                let answer = Expr::constant(Value::Bool(!negated));
                ExprKind::Case { branches: vec![(is_null, null)], otherwise: Some(Box::new(answer)) }
            }
            TextKind::IsEndpoint { negated, source, node, edge } => {
                let (node, edge) = (self.boxed(node, env)?, self.boxed(edge, env)?);
                negate(*negated, ExprKind::IsEndpoint { source: *source, node, edge })
            }
            TextKind::IsNormalized { negated, operand } => {
                negate(*negated, ExprKind::IsNormalized(self.boxed(operand, env)?))
            }
            TextKind::Case { operand, branches, otherwise } => {
                return self.case(operand.as_deref(), branches, otherwise.as_deref(), env);
            }
            TextKind::Cast(inner, target) => ExprKind::Cast(self.boxed(inner, env)?, target.clone()),
            TextKind::Call { name, distinct, arguments, star } => {
                return self.call_expr(text, name, *distinct, arguments, *star, env);
            }
            TextKind::Exists(subquery) => {
                if let Subquery::Condition(pattern) = &**subquery {
                    self.refuse_new_variables(pattern, env)?;
                }
                let slot = self.subquery(subquery, env, |slot| ApplyKind::Exists { slot }, text)?;
                ExprKind::Column(slot)
            }
            TextKind::Count(subquery) => {
                let slot = self.subquery(subquery, env, |slot| ApplyKind::Count { slot }, text)?;
                ExprKind::Column(slot)
            }
            TextKind::Value(query) => {
                let slot = self.apply(
                    env,
                    text,
                    |slot| ApplyKind::Scalar { slot, span: text.span },
                    |binder, flow| match binder.query(query, flow)? {
                        (plan, Ending::Columns(columns)) if columns.len() == 1 => Ok(plan),
                        _ => Err(Error::rule("VALUE { } needs a query that returns one column").at(query.span)),
                    },
                )?;
                ExprKind::Column(slot)
            }
            TextKind::Collect(query) => return self.collect(text, query, env),
            TextKind::LetIn(definitions, body) => return self.let_in(definitions, body, env),
            TextKind::Same(parts) => ExprKind::Same(self.all(parts, env)?),
            TextKind::AllDifferent(parts) => ExprKind::AllDifferent(self.all(parts, env)?),
            TextKind::PropertyExists(element, key) => {
                ExprKind::PropertyExists(self.boxed(element, env)?, PropertyName::new(&key.name))
            }
            TextKind::Between { negated, operand, low, high } => {
                let mut of = self.expr(operand, env)?;
                if differs(operand) {
                    of = self.once(of, env)?.1;
                }
                let (low, high) = (self.boxed(low, env)?, self.boxed(high, env)?);
                let compare =
                    |operator, bound| Expr::new(ExprKind::Compare(operator, Box::new(of.clone()), bound), text.span);
                let parts =
                    vec![compare(CompareOperator::GreaterOrEqual, low), compare(CompareOperator::LessOrEqual, high)];
                negate(*negated, ExprKind::And(parts))
            }
            TextKind::Comprehension(iteration) => return self.comprehension(text, iteration, env),
            TextKind::Quantified(quantifier, iteration) => return self.quantified(text, *quantifier, iteration, env),
            TextKind::Reduce { accumulator, initial, iteration } => {
                return self.reduce(accumulator, initial, iteration, env);
            }
            TextKind::PatternComprehension(pattern, body) => {
                return self.pattern_comprehension(text, pattern, body, env);
            }
            TextKind::MapProjection(of, items) => return self.map_projection(of, items, env),
        })
    }

    fn variable(&mut self, name: &str, span: Span, env: &mut Env) -> Result<ExprKind> {
        if let Some((_, text, sees)) = env.aliases.iter().find(|(alias, ..)| alias == name) {
            let mut inner = Env {
                scope: env.scope,
                plan: env.plan.as_deref_mut(),
                grouping: env.grouping.as_deref_mut(),
                aliases: &env.aliases[..*sees],
            };
            return Ok(self.expr(text, &mut inner)?.kind);
        }
        if let Some(grouping) = &env.grouping {
            if let Some((_, slot)) = grouping.held.iter().find(|(held, _)| held == name) {
                return Ok(ExprKind::Column(*slot));
            }
            grouping.input.resolve(name, span)?;
            return Err(Error::rule(format!("`{name}` is neither grouped nor inside an aggregate"))
                .with_hint("return it as a column of its own, or put it in an aggregate such as COLLECT_LIST")
                .at(span));
        }
        Ok(ExprKind::Column(env.scope.resolve(name, span)?.slot))
    }

    /// Computes what gives another value each time beside the rows, for expressions that use it several times: a name that no text
    /// can have, and the column.
    pub(super) fn once(&mut self, expr: Expr, env: &mut Env) -> Result<(String, Expr)> {
        if let ExprKind::Column(slot) = expr.kind
            && let Some(variable) = env.scope.variables.iter().find(|variable| variable.slot == slot)
        {
            return Ok((variable.name.clone(), expr));
        }
        let (Some(plan), None) = (env.plan.as_deref_mut(), &env.grouping) else {
            return Err(Error::rule("a random value that is used several times cannot stand here")
                .with_hint("compute it with LET before"));
        };
        let (slot, span) = (env.scope.hidden(), expr.span);
        let name = format!(" once{slot}");
        env.scope.variables.push(Variable { name: name.clone(), slot, kind: Kind::Value });
        let input = Box::new(std::mem::replace(plan, Plan::Unit));
        *plan = Plan::Extend { input, slot, expr };
        Ok((name, Expr::column(slot, span)))
    }

    /// `LET x = a, y = b IN body END`: the body with the definitions in the place of their names.
    fn let_in(&mut self, definitions: &[(Ident, Text)], body: &Text, env: &mut Env) -> Result<ExprKind> {
        if env.grouping.is_some() && definitions.iter().any(|(_, value)| contains_aggregate(value)) {
            return Err(Error::rule("an aggregate cannot stand in a definition of LET .. IN .. END")
                .with_hint("aggregate into a column, then go on with NEXT"));
        }
        let mut aliases = env.aliases.to_vec();
        for (position, (name, value)) in definitions.iter().enumerate() {
            if definitions[..position].iter().any(|(other, _)| other.name == name.name) {
                return Err(Error::rule(format!("`{}` is defined twice", name.name)).at(name.span));
            }
            if env.scope.get(&name.name).is_some() || env.aliases.iter().any(|(other, ..)| *other == name.name) {
                return Err(Error::rule(format!("`{}` is a variable already", name.name))
                    .with_hint("choose another name")
                    .at(name.span));
            }
            let mut value = value.clone();
            if differs(&value) {
                let expr = self.expr(&value, env)?;
                value.kind = TextKind::Variable(self.once(expr, env).map_err(|error| error.at(value.span))?.0);
            }
            aliases.push((name.name.clone(), value, env.aliases.len()));
        }
        // Definitions do not see each other, and the names that they hide are none of the body's.
        let mut inner = Env {
            scope: env.scope,
            plan: env.plan.as_deref_mut(),
            grouping: env.grouping.as_deref_mut(),
            aliases: &aliases,
        };
        Ok(self.expr(body, &mut inner)?.kind)
    }

    fn parameter(&mut self, name: &str, span: Span) -> Result<ExprKind> {
        if self.only_explained && self.params.get(name).is_none() {
            return Ok(ExprKind::Parameter(usize::MAX, ParameterHint::Other));
        }
        let value = self.params.get(name).ok_or_else(|| {
            let near = wend_grammar::suggest(name, self.params.names());
            Error::reference(format!("parameter `${name}` is not given"))
                .with_hint_if(near.map(|near| format!("did you mean `${near}`?")))
                .at(span)
        })?;
        let Some(numbered) = &mut self.numbered else { return Ok(ExprKind::Constant(value.clone())) };
        let number = numbered.iter().position(|other| **other == *name).unwrap_or_else(|| {
            numbered.push(name.into());
            numbered.len() - 1
        });
        Ok(ExprKind::Parameter(number, ParameterHint::of(value)))
    }

    fn case(
        &mut self,
        operand: Option<&Text>,
        branches: &[wend_grammar::ast::CaseBranch],
        otherwise: Option<&Text>,
        env: &mut Env,
    ) -> Result<ExprKind> {
        let operand = match operand {
            // One comparison evaluates it once.
            Some(text) if differs(text) && branches.iter().map(|branch| branch.when.len()).sum::<usize>() > 1 => {
                let expr = self.expr(text, env)?;
                Some(self.once(expr, env).map_err(|error| error.at(text.span))?.1)
            }
            Some(text) => Some(self.expr(text, env)?),
            None => None,
        };
        let mut bound: Vec<(Expr, Expr)> = Vec::new();
        let in_branch = |branch: &wend_grammar::ast::CaseBranch| {
            let in_value = |when: &CaseOperand| matches!(when, CaseOperand::Value(value) if contains_subquery(value));
            contains_subquery(&branch.then) || branch.when.iter().any(in_value)
        };
        let guards =
            env.grouping.is_none() && (branches.iter().any(in_branch) || otherwise.is_some_and(contains_subquery));
        let conditions_of = |bound: &[(Expr, Expr)]| -> Vec<Expr> {
            if guards { bound.iter().map(|(condition, _)| condition.clone()).collect() } else { Vec::new() }
        };
        for branch in branches {
            let earlier = conditions_of(&bound);
            let none_of = |earlier: &[Expr]| is_not(any_of(earlier.to_vec()), true, branch.then.span);
            let mut conditions = Vec::new();
            for when in &branch.when {
                let condition = match (when, &operand) {
                    (CaseOperand::Value(value), None) => self.guarded(value, env, &earlier, none_of)?,
                    (CaseOperand::Value(value), Some(operand)) => {
                        let value = self.boxed(value, env)?;
                        let span = value.span;
                        Expr::new(ExprKind::Compare(CompareOperator::Equal, Box::new(operand.clone()), value), span)
                    }
                    (CaseOperand::Compare(operator, value), Some(operand)) => {
                        let value = self.boxed(value, env)?;
                        let span = value.span;
                        Expr::new(ExprKind::Compare(*operator, Box::new(operand.clone()), value), span)
                    }
                    (CaseOperand::IsNull { negated }, Some(operand)) => {
                        let is_null = Expr::new(ExprKind::IsNull(Box::new(operand.clone())), operand.span);
                        if *negated { Expr::new(ExprKind::Not(Box::new(is_null)), operand.span) } else { is_null }
                    }
                    (_, None) => return Err(Error::rule("CASE without an operand takes whole conditions after WHEN")),
                };
                conditions.push(condition);
            }
            let outer = self.guards.len();
            if !earlier.is_empty() {
                self.guards.push(none_of(&earlier));
            }
            let then = self
                .guarded(&branch.then, env, &conditions, |these| Expr::new(any_of(these.to_vec()), branch.then.span));
            self.guards.truncate(outer);
            let then = then?;
            bound.extend(conditions.into_iter().map(|condition| (condition, then.clone())));
        }
        let otherwise = match otherwise {
            None => None,
            Some(text) => {
                let earlier = conditions_of(&bound);
                let none_of = |earlier: &[Expr]| is_not(any_of(earlier.to_vec()), true, text.span);
                Some(Box::new(self.guarded(text, env, &earlier, none_of)?))
            }
        };
        Ok(ExprKind::Case { branches: bound, otherwise })
    }

    /// Binds a part of an expression that is evaluated only where `guard` of the parts before it is TRUE: so its subqueries run only
    /// there.
    fn guarded(
        &mut self,
        text: &Text,
        env: &mut Env,
        before: &[Expr],
        guard: impl FnOnce(&[Expr]) -> Expr,
    ) -> Result<Expr> {
        /// In a longer chain the guards would take too much room.
        const MOST: usize = 64;
        let outer = self.guards.len();
        let apart = env.grouping.is_none() && (1..=MOST).contains(&before.len());
        if apart && contains_subquery(text) {
            self.guards.push(guard(before));
        }
        let bound = self.expr(text, env);
        self.guards.truncate(outer);
        bound
    }

    fn call_expr(
        &mut self,
        text: &Text,
        name: &str,
        distinct: bool,
        arguments: &[Text],
        star: bool,
        env: &mut Env,
    ) -> Result<ExprKind> {
        if let Some(aggregate) = AggregateFunction::find(name) {
            let groups = self.repetitions(arguments, env.grouping.as_ref().map_or(&*env.scope, |outer| &outer.input));
            if !groups.is_empty() {
                return self.aggregate_of_repetitions(text, &groups, env);
            }
            return self.aggregate(text, aggregate, distinct, arguments, star, env);
        }
        if star || distinct {
            return Err(Error::rule(format!("{name} is not an aggregate: it takes neither `*` nor DISTINCT")));
        }
        let count = arguments.len();
        if name == "COALESCE" {
            if count == 0 {
                return Err(Error::rule("COALESCE takes at least one argument"));
            }
            return Ok(ExprKind::Coalesce(self.all(arguments, env)?));
        }
        if let Some(element) = ElementFunction::find(name) {
            if count != element.arity() {
                let takes = match element {
                    ElementFunction::AnyProperty => "an element and a key",
                    _ if element.arity() == 1 => "one argument",
                    _ => "two nodes",
                };
                return Err(Error::rule(format!("{name} takes {takes}, not {count}")));
            }
            return Ok(ExprKind::Element(element, self.all(arguments, env)?));
        }
        let Some(function) = function::find(name) else {
            let elements = ElementFunction::ALL.iter().flat_map(|(_, names, ..)| names.iter().copied());
            let names = function::all().iter().map(|function| function.name).chain(elements);
            let near = wend_grammar::suggest(name, names.chain(AggregateFunction::names()));
            let other = match name {
                "POINT" | "POINT.DISTANCE" | "DISTANCE" => {
                    Some("there are no points: keep coordinates in a record, {x: 1, y: 2}, or in a list".to_owned())
                }
                _ => super::call::elsewhere(name),
            };
            return Err(Error::reference(format!("Unknown function '{name}'"))
                .about(Subject::Function)
                .with_hint_if(other.or(near.map(|near| format!("did you mean `{near}`?")))));
        };
        let (least, most) = function.arity;
        if count < least || most.is_some_and(|most| count > most) {
            return Err(Error::rule(format!("{} does not take {count} arguments", function.name))
                .with_hint(format!("write {}", function.signature)));
        }
        Ok(ExprKind::Function(function, self.all(arguments, env)?))
    }

    fn aggregate(
        &mut self,
        text: &Text,
        function: AggregateFunction,
        distinct: bool,
        arguments: &[Text],
        star: bool,
        env: &mut Env,
    ) -> Result<ExprKind> {
        let Some(grouping) = env.grouping.as_deref_mut() else {
            return Err(Error::rule("an aggregate can stand only in RETURN, WITH and their ORDER BY")
                .with_hint("aggregate first, then go on with NEXT"));
        };
        if let Some(slot) = grouping.aggregate(text) {
            return Ok(ExprKind::Column(slot));
        }
        if star && !matches!(function, AggregateFunction::Count) {
            return Err(Error::rule("only COUNT takes `*`"));
        }
        let expected = if star { 0 } else { function.arity() };
        if arguments.len() != expected {
            return Err(Error::rule(format!("the aggregate takes {expected} argument(s), not {}", arguments.len())));
        }
        if let Some(nested) = arguments.iter().find(|argument| contains_aggregate(argument)) {
            return Err(Error::rule("an aggregate cannot stand inside an aggregate").at(nested.span));
        }
        // Arguments see the rows before grouping; subqueries in them would have to run there too.
        let mut input = grouping.input.clone();
        let width = input.width;
        let mut inner = Env { scope: &mut input, plan: env.plan.as_deref_mut(), grouping: None, aliases: env.aliases };
        let bound = self.all(arguments, &mut inner)?;
        grouping.input.width = grouping.input.width.max(input.width.max(width));
        grouping.aggregates.push(AggregateCall { function, distinct, arguments: bound, span: text.span });
        grouping.texts.push(text.clone());
        Ok(ExprKind::Column(grouping.keys.len() + grouping.texts.len() - 1))
    }

    fn subquery(
        &mut self,
        subquery: &Subquery,
        env: &mut Env,
        kind: impl FnOnce(usize) -> ApplyKind,
        text: &Text,
    ) -> Result<usize> {
        self.apply(env, text, kind, |binder, mut flow| match subquery {
            Subquery::Pattern(pattern) | Subquery::Condition(pattern) => Ok(binder.match_pattern(pattern, flow)?.plan),
            Subquery::Matches(clauses) => {
                for clause in clauses {
                    flow = binder.subquery_clause(clause, flow)?;
                }
                Ok(flow.plan)
            }
            Subquery::Query(query) => Ok(binder.query(query, flow)?.0),
        })
    }

    /// Adds a subquery below the operator whose expression is being bound, and gives the slot of its answer.
    pub(super) fn apply(
        &mut self,
        env: &mut Env,
        text: &Text,
        kind: impl FnOnce(usize) -> ApplyKind,
        bind: impl FnOnce(&mut Self, Flow) -> Result<Plan>,
    ) -> Result<usize> {
        let (span, reads) = (text.span, outer_slots(text, env));
        let (Some(plan), None) = (env.plan.as_deref_mut(), &env.grouping) else {
            return Err(Error::rule("a subquery cannot stand here").with_hint("compute it with LET before").at(span));
        };
        let guards = std::mem::take(&mut self.guards);
        let (mut start, mut reads) = (Plan::Argument, reads);
        reads.iter_mut().for_each(|reads| reads.extend(self.window_slots(env.scope)));
        for guard in &guards {
            reads.iter_mut().for_each(|reads| reads.extend(guard.columns()));
            start = Plan::Prefilter { input: Box::new(start), condition: guard.clone(), failed: Failed::default() };
        }
        let inner = bind(self, Flow { plan: start, scope: env.scope.clone() });
        self.guards = guards;
        let inner = inner?;
        if inner.writes() {
            return Err(Error::rule("a subquery in an expression cannot change data").at(span));
        }
        let slot = env.scope.hidden();
        let input = Box::new(std::mem::replace(plan, Plan::Unit));
        *plan = Plan::Apply { input, subquery: Box::new(inner), kind: kind(slot), reads };
        Ok(slot)
    }
}

/// Whether any of several expressions is TRUE.
fn any_of(mut parts: Vec<Expr>) -> ExprKind {
    let first = parts.remove(0);
    match parts.is_empty() {
        true => first.kind,
        false => ExprKind::Or(Box::new(first), parts.into_iter().map(|part| (false, part)).collect()),
    }
}

/// Whether an expression is not that truth value.
fn is_not(kind: ExprKind, truth: bool, span: Span) -> Expr {
    let is = Expr::new(ExprKind::IsTruth(Box::new(Expr::new(kind, span)), Some(truth)), span);
    Expr::new(ExprKind::Not(Box::new(is)), span)
}

/// Whether the word before brackets with one element makes a list or (`true`) a path of it, as no variable has that name.
fn constructor(list: &Text, env: &Env) -> Option<bool> {
    let TextKind::Variable(name) = &list.kind else { return None };
    let path = name.eq_ignore_ascii_case("PATH");
    if !path && !name.eq_ignore_ascii_case("LIST") && !name.eq_ignore_ascii_case("ARRAY") {
        return None;
    }
    (!is_known(name, env)).then_some(path)
}

/// Whether there is a variable or an alias of that name.
fn is_known(name: &str, env: &Env) -> bool {
    env.scope.get(name).is_some()
        || env.aliases.iter().any(|(alias, ..)| alias == name)
        || env.grouping.as_ref().is_some_and(|grouping| grouping.input.get(name).is_some())
}

/// `[x IN list]` of a name that is none yet: in Cypher the list itself. With a variable it is a list of one truth value.
fn lone_iteration(items: &[Text], env: &Env) -> Option<wend_grammar::ast::Iteration> {
    let [Text { kind: TextKind::In { negated: false, item, list }, .. }] = items else { return None };
    let TextKind::Variable(name) = &item.kind else { return None };
    let variable = Ident { name: name.clone(), span: item.span };
    (!is_known(name, env)).then(|| wend_grammar::ast::Iteration {
        variable,
        list: (**list).clone(),
        condition: None,
        body: None,
    })
}

/// The slots of all variables that a subquery may read from outside; `None` where its answer may differ although they do not.
fn outer_slots(text: &Text, env: &Env) -> Option<Vec<usize>> {
    // A name that stands for an expression may read anything.
    if !env.aliases.is_empty() || differs(text) {
        return None;
    }
    let printed = wend_grammar::print_expr(text);
    // A name that is part of another word is one too many, which does no harm.
    let named = |name: &str| name.contains('`') || printed.contains(name);
    let slots = env.scope.variables.iter().filter(|variable| named(&variable.name)).map(|variable| variable.slot);
    Some(slots.collect())
}

/// Whether an expression, subqueries in it included, may give another value for the same row: RAND and RANDOM_UUID.
pub(super) fn differs(text: &Text) -> bool {
    // A name with these letters is taken for one, which does no harm.
    wend_grammar::print_expr(text).to_ascii_uppercase().contains("RAND")
}

/// Whether something in the expression is computed by operators below the one that evaluates it: a subquery, or a random value
/// that is used several times.
pub(super) fn contains_subquery(text: &Text) -> bool {
    let below = match &text.kind {
        TextKind::Exists(_) | TextKind::Count(_) | TextKind::Value(_) => true,
        TextKind::Collect(_) | TextKind::PatternComprehension(..) => true,
        TextKind::Between { operand, .. } => differs(operand),
        TextKind::Case { operand: Some(operand), .. } => differs(operand),
        TextKind::LetIn(definitions, _) => definitions.iter().any(|(_, value)| differs(value)),
        _ => false,
    };
    if below {
        return true;
    }
    let mut found = false;
    operands(text, &mut |operand| found = found || contains_subquery(operand));
    found
}

/// A label expression with its names ready to be looked up.
pub(super) fn label_test(label: &LabelExpr) -> LabelTest {
    match label {
        LabelExpr::Name(name) => LabelTest::Name(label_name(name)),
        LabelExpr::Wildcard(_) => LabelTest::Any,
        LabelExpr::Not(inner) => LabelTest::Not(Box::new(label_test(inner))),
        LabelExpr::And(parts) => LabelTest::And(parts.iter().map(label_test).collect()),
        LabelExpr::Or(parts) => LabelTest::Or(parts.iter().map(label_test).collect()),
    }
}

pub(super) fn label_name(name: &Ident) -> LabelName {
    LabelName::new(&name.name)
}

pub(super) fn bind_literal(value: &Literal) -> Result<Value> {
    Ok(match value {
        Literal::Null => Value::Null,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(value) => Value::Float(*value),
        Literal::String(text) => Value::String(text.as_str().into()),
        Literal::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
        Literal::Date(text) => literal::date(text)?,
        Literal::Time(text) => literal::time(text)?,
        Literal::DateTime(text) => literal::datetime(text)?,
        Literal::Duration(text) => literal::duration(text)?,
    })
}
