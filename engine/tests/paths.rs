//! Path matching against a brute-force oracle: random patterns on small random graphs, with self-loops and parallel edges.
//!
//! The oracle knows nothing of plans: it tries every node as the start of every path and every edge as the next.

use std::{cell::Cell, collections::BTreeMap};

use crate::common::{
    Choices, Direction, EdgePattern, Graph, MatchPattern, Mode, NodePattern, PathPattern, Search, Variables, cases,
    graph, match_pattern, rows,
};
use proptest::prelude::*;
use wenddb::{Edge, Value};

/// What the variables stand for. A path is its nodes and edges; of one that is only one of the shortest, the length is known.
#[derive(Clone, Debug, Default)]
struct Binding {
    nodes: BTreeMap<usize, usize>,
    edges: BTreeMap<usize, usize>,
    groups: BTreeMap<usize, Vec<usize>>,
    paths: BTreeMap<usize, (Vec<usize>, Vec<usize>)>,
}

/// One path as it is being followed.
#[derive(Clone, Debug)]
struct Trace {
    binding: Binding,
    nodes: Vec<usize>,
    edges: Vec<usize>,
    cost: i64,
}

/// A query for which the oracle tries more edges than this is passed over.
const ENOUGH: usize = 100_000;

struct Oracle<'a> {
    graph: &'a Graph,
    pattern: &'a MatchPattern,
    /// Edges tried so far.
    steps: &'a Cell<usize>,
}

impl Oracle<'_> {
    /// All matches that agree with what is bound.
    fn matches(&self, binding: &Binding) -> Vec<Binding> {
        let mut states = vec![(binding.clone(), Vec::new())];
        for path in &self.pattern.paths {
            let mut next = Vec::new();
            for (binding, used) in &states {
                for trace in self.path(path, binding, used) {
                    let mut used: Vec<usize> = used.clone();
                    used.extend(&trace.edges);
                    next.push((trace.binding, used));
                }
            }
            states = next;
        }
        let k = |binding: &Binding, variable: usize| self.graph.nodes[binding.nodes[&variable]].k;
        let holds = |binding: &Binding| match self.pattern.ordered {
            None => true,
            Some((a, b)) => matches!((k(binding, a), k(binding, b)), (Some(a), Some(b)) if a <= b),
        };
        states.into_iter().map(|(binding, _)| binding).filter(holds).collect()
    }

    /// All ways to match one path; `used` are the edges of the paths before it.
    fn path(&self, path: &PathPattern, binding: &Binding, used: &[usize]) -> Vec<Trace> {
        let mut found = Vec::new();
        for start in 0..self.graph.nodes.len() {
            let trace = Trace { binding: binding.clone(), nodes: vec![start], edges: Vec::new(), cost: 0 };
            self.node(path, 0, trace, used, &mut found);
        }
        if path.search != Search::All {
            let ends = |trace: &Trace| (trace.nodes[0], trace.nodes[trace.nodes.len() - 1]);
            let by_cost = path.search.by_cost();
            let cost = |trace: &Trace| if by_cost { trace.cost } else { trace.edges.len() as i64 };
            found.sort_by_key(|trace| (cost(trace), trace.edges.len()));
            // For each pair of ends the costs that were taken.
            let mut taken: BTreeMap<(usize, usize), Vec<i64>> = BTreeMap::new();
            found.retain(|trace| {
                let (costs, cost) = (taken.entry(ends(trace)).or_default(), cost(trace));
                let groups = costs.chunk_by(|a, b| a == b).count();
                let wanted = match path.search {
                    Search::All => true,
                    Search::AnyShortest | Search::AnyCheapest => costs.is_empty(),
                    Search::AllShortest | Search::AllCheapest => costs.is_empty() || costs.contains(&cost),
                    Search::Paths(k) | Search::CheapestPaths(k) => costs.len() < k,
                    Search::Groups(k) | Search::CheapestGroups(k) => groups < k || costs.contains(&cost),
                };
                if wanted {
                    costs.push(cost);
                }
                wanted
            });
        }
        for trace in &mut found {
            if let Some(variable) = path.variable {
                trace.binding.paths.insert(variable, (trace.nodes.clone(), trace.edges.clone()));
            }
        }
        found
    }

    /// Goes on from the node pattern at a position, for which the last node of the trace is tried.
    fn node(&self, path: &PathPattern, position: usize, mut trace: Trace, used: &[usize], found: &mut Vec<Trace>) {
        let here = trace.nodes[trace.nodes.len() - 1];
        let NodePattern { variable, label, k } = &path.nodes[position];
        let node = &self.graph.nodes[here];
        if !label.holds(&node.labels) || k.is_some_and(|k| node.k != Some(k)) {
            return;
        }
        if let Some(variable) = variable
            && *trace.binding.nodes.entry(*variable).or_insert(here) != here
        {
            return;
        }
        match path.edges.get(position) {
            None => found.push(trace),
            Some(edge) => self.edge(path, position, edge, trace, Vec::new(), used, found),
        }
    }

    /// Goes on from an edge pattern of which some edges have been followed.
    #[expect(clippy::too_many_arguments, reason = "the state of the search")]
    fn edge(
        &self,
        path: &PathPattern,
        position: usize,
        pattern: &EdgePattern,
        trace: Trace,
        followed: Vec<usize>,
        used: &[usize],
        found: &mut Vec<Trace>,
    ) {
        let (min, max) = pattern.quantifier.unwrap_or((1, Some(1)));
        if followed.len() >= min {
            let mut trace = trace.clone();
            let agrees = match (pattern.variable, pattern.quantifier) {
                (None, _) => true,
                (Some(variable), None) => *trace.binding.edges.entry(variable).or_insert(followed[0]) == followed[0],
                (Some(variable), Some(_)) => trace.binding.groups.insert(variable, followed.clone()).is_none(),
            };
            if agrees {
                self.node(path, position + 1, trace, used, found);
            }
        }
        // Nothing that is not repeated in an endless way is longer than this.
        let longest = max.unwrap_or(self.graph.edges.len().max(self.graph.nodes.len()));
        self.steps.set(self.steps.get() + 1);
        if followed.len() >= longest || self.steps.get() > ENOUGH {
            return;
        }
        let here = trace.nodes[trace.nodes.len() - 1];
        for (number, edge) in self.graph.edges.iter().enumerate() {
            let mut ends = Vec::new();
            if pattern.direction != Direction::Left && edge.from == here {
                ends.push(edge.to);
            }
            // A self-loop is the same in both directions.
            if pattern.direction != Direction::Right
                && edge.to == here
                && (pattern.direction == Direction::Left || edge.from != edge.to)
            {
                ends.push(edge.from);
            }
            let fits = pattern.label.holds(&[edge.label])
                && pattern.w.is_none_or(|w| edge.w == w)
                && self.allowed_edge(path, &trace, used, number);
            for end in ends.into_iter().filter(|_| fits) {
                let inside = pattern.group.as_ref().is_none_or(|(left, right)| {
                    left.holds(&self.graph.nodes[here].labels) && right.holds(&self.graph.nodes[end].labels)
                });
                if inside && self.allowed_node(path, &trace, end) {
                    let (mut trace, mut followed) = (trace.clone(), followed.clone());
                    trace.nodes.push(end);
                    trace.edges.push(number);
                    trace.cost += pattern.cost.map_or(0, |_| edge.w);
                    followed.push(number);
                    self.edge(path, position, pattern, trace, followed, used, found);
                }
            }
        }
    }

    fn allowed_edge(&self, path: &PathPattern, trace: &Trace, used: &[usize], edge: usize) -> bool {
        let different = !self.pattern.repeatable;
        // A walk that is written repeats its own edges.
        let trail = match path.mode {
            Some(Mode::Trail) => true,
            Some(Mode::Walk) => false,
            _ => different,
        };
        !((different && used.contains(&edge)) || (trail && trace.edges.contains(&edge)))
    }

    fn allowed_node(&self, path: &PathPattern, trace: &Trace, node: usize) -> bool {
        let closed = trace.nodes.len() > 1 && trace.nodes[0] == trace.nodes[trace.nodes.len() - 1];
        match path.mode {
            None | Some(Mode::Walk | Mode::Trail) => true,
            Some(Mode::Acyclic) => !trace.nodes.contains(&node),
            Some(Mode::Simple) => !closed && !trace.nodes[1..].contains(&node),
        }
    }
}

/// A row of the oracle as text.
fn expected(binding: &Binding, variables: &Variables, lengths_only: bool) -> String {
    let mut cells = Vec::new();
    let or_null = |text: Option<String>| text.unwrap_or_else(|| "NULL".to_owned());
    for variable in &variables.nodes {
        cells.push(or_null(binding.nodes.get(variable).map(ToString::to_string)));
    }
    for variable in &variables.edges {
        cells.push(or_null(binding.edges.get(variable).map(ToString::to_string)));
    }
    for variable in &variables.groups {
        let group = binding.groups.get(variable);
        cells.push(or_null(
            group.map(|edges| if lengths_only { edges.len().to_string() } else { format!("{edges:?}") }),
        ));
    }
    for variable in &variables.paths {
        cells.push(or_null(
            binding.paths.get(variable).map(|(nodes, edges)| {
                if lengths_only { edges.len().to_string() } else { format!("{nodes:?}{edges:?}") }
            }),
        ));
    }
    cells.join(" ")
}

fn number(edge: &Edge) -> usize {
    match edge.property("n") {
        Some(Value::Int(number)) => *number as usize,
        other => panic!("an edge without number: {other:?}"),
    }
}

/// A row of the engine as text.
fn got(row: &[Value], lengths_only: bool) -> String {
    let cells: Vec<String> = row
        .iter()
        .map(|value| match value {
            Value::Null => "NULL".to_owned(),
            Value::Node(node) => node.id().to_owned(),
            Value::Edge(edge) => number(edge).to_string(),
            Value::List(edges) if lengths_only => edges.len().to_string(),
            Value::Path(path) if lengths_only => path.edges().len().to_string(),
            Value::List(edges) => {
                let edge = |value: &Value| match value {
                    Value::Edge(edge) => number(edge),
                    other => panic!("{other:?} in a group"),
                };
                format!("{:?}", edges.iter().map(edge).collect::<Vec<_>>())
            }
            Value::Path(path) => {
                let nodes: Vec<usize> = path.nodes().iter().map(|node| node.id().parse().unwrap()).collect();
                format!("{nodes:?}{:?}", path.edges().iter().map(number).collect::<Vec<_>>())
            }
            other => panic!("{other:?} as a variable of a pattern"),
        })
        .collect();
    cells.join(" ")
}

const SHORTEST: [Search; 6] = [
    Search::AllShortest,
    Search::AnyShortest,
    Search::Paths(1),
    Search::Paths(2),
    Search::Groups(1),
    Search::Groups(2),
];

const CHEAPEST: [Search; 7] = [
    Search::AllCheapest,
    Search::AnyCheapest,
    Search::CheapestPaths(1),
    Search::CheapestPaths(2),
    Search::CheapestPaths(3),
    Search::CheapestGroups(1),
    Search::CheapestGroups(2),
];

fn check(bytes: &[u8], searches: &[Search]) -> Result<(), TestCaseError> {
    let mut choices = Choices(bytes);
    let graph = graph(&mut choices);
    let mut sessions: Vec<_> = [true, false].map(|optimize| graph.database(optimize).session()).into();
    for _ in 0..4 {
        let mut variables = Variables::default();
        let mut patterns = vec![match_pattern(&mut choices, &mut variables, searches)];
        let first = variables.clone();
        // What an OPTIONAL MATCH leaves unbound is not used again.
        if choices.once_in(2) {
            let mut second = match_pattern(&mut choices, &mut variables, searches);
            second.optional = choices.once_in(2);
            patterns.push(second);
        }
        let any = patterns.iter().any(|pattern| pattern.paths.iter().any(|path| path.search.is_loose()));

        let steps = Cell::new(0);
        let mut bindings = vec![Binding::default()];
        let mut continued = 0;
        for pattern in &patterns {
            continued = 0;
            let oracle = Oracle { graph: &graph, pattern, steps: &steps };
            let mut next = Vec::new();
            for binding in bindings {
                let found = oracle.matches(&binding);
                continued += usize::from(!found.is_empty());
                if found.is_empty() && pattern.optional {
                    next.push(binding);
                } else {
                    next.extend(found);
                }
            }
            bindings = next;
        }
        let mut expected: Vec<String> = bindings.iter().map(|binding| expected(binding, &variables, any)).collect();
        expected.sort();

        let named = |letter: &'static str, numbers: &[usize]| -> Vec<String> {
            numbers.iter().map(|number| format!("{letter}{number}")).collect()
        };
        let mut names = named("a", &variables.nodes);
        names.extend(named("e", &variables.edges));
        names.extend(named("e", &variables.groups));
        names.extend(named("p", &variables.paths));
        if steps.get() > ENOUGH {
            continue;
        }
        let texts: Vec<String> = patterns.iter().map(MatchPattern::text).collect();
        check_counts(&mut sessions, &texts, &first, &bindings, continued, patterns.iter().any(|p| p.optional), &graph)?;
        if names.is_empty() {
            continue;
        }
        let query = format!("{} RETURN {}", texts.join(" "), names.join(", "));
        for (session, plan) in sessions.iter_mut().zip(["optimised", "plain"]) {
            let result = rows(session, &query);
            // Endless walks whose end is a node that they passed are refused.
            if result.as_ref().is_err_and(|error| error.message().contains("cannot compare the parts of a path")) {
                continue;
            }
            let result = result.map_err(|error| TestCaseError::fail(format!("{query}: {error}")))?;
            let mut got: Vec<String> = result.iter().map(|row| got(row, any)).collect();
            got.sort();
            prop_assert_eq!(&got, &expected, "{} ({})\non {:?}", query, plan, graph);
        }
    }
    Ok(())
}

/// What is asked of paths without the paths: how many there are, also for each end, which ends there are, and whether there is one.
/// `continued` is how many rows of what stands before the last pattern have a match of it.
fn check_counts(
    sessions: &mut [wenddb::Session],
    texts: &[String],
    first: &Variables,
    bindings: &[Binding],
    continued: usize,
    optional: bool,
    graph: &Graph,
) -> Result<(), TestCaseError> {
    let all = texts.join(" ");
    let mut expected = vec![(format!("{all} RETURN COUNT(*) AS c"), vec![bindings.len().to_string()])];
    let some = usize::from(!bindings.is_empty());
    expected.push((format!("{all} RETURN 1 AS c LIMIT 1"), vec!["1".to_owned(); some]));
    if let (Some(&end), false) = (first.nodes.last(), bindings.is_empty()) {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        bindings.iter().for_each(|binding| *counts.entry(binding.nodes[&end]).or_default() += 1);
        let ends = counts.keys().map(ToString::to_string).collect();
        expected.push((format!("{all} RETURN DISTINCT a{end}._id AS c ORDER BY c"), ends));
        let counts = counts.values().map(ToString::to_string).collect();
        expected.push((format!("{all} RETURN COUNT(*) AS c, a{end}._id AS id NEXT RETURN c ORDER BY id"), counts));
    }
    if let ([before, last], false) = (texts, optional) {
        let exists = format!("{before} FILTER EXISTS {{ {last} }} RETURN COUNT(*) AS c");
        expected.push((exists, vec![continued.to_string()]));
        let sum = format!("{before} LET n = COUNT {{ {last} }} RETURN COALESCE(SUM(n), 0) AS c");
        expected.push((sum, vec![bindings.len().to_string()]));
    }
    for (query, expected) in expected {
        for (session, plan) in sessions.iter_mut().zip(["optimised", "plain"]) {
            let result = rows(session, &query);
            if result.as_ref().is_err_and(|error| error.message().contains("cannot compare the parts of a path")) {
                continue;
            }
            let result = result.map_err(|error| TestCaseError::fail(format!("{query}: {error}")))?;
            let got: Vec<String> = result.iter().map(|row| row[0].to_json().to_string().replace('"', "")).collect();
            prop_assert_eq!(&got, &expected, "{} ({})\non {:?}", query, plan, graph);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn paths_are_those_of_the_oracle(bytes in prop::collection::vec(any::<u8>(), 0..240)) {
        check(&bytes, &SHORTEST)?;
    }

    #[test]
    fn cheapest_paths_are_those_of_the_oracle(bytes in prop::collection::vec(any::<u8>(), 0..240)) {
        check(&bytes, &CHEAPEST)?;
    }
}
