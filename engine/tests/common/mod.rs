//! Small random graphs and random patterns on them, made from the bytes that a property test varies.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fmt::Write as _;

use wenddb::{Database, Options, Session, Value};

/// So many cases, or as many as `PROPTEST_CASES` says.
pub fn cases(cases: u32) -> proptest::prelude::ProptestConfig {
    let given = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    let cases = given.unwrap_or(cases);
    proptest::prelude::ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

/// Choices taken from bytes; always the first when they are used up, so that fewer bytes make a simpler case.
pub struct Choices<'a>(pub &'a [u8]);

impl Choices<'_> {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % end
    }

    /// True once in `of` times.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }

    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }
}

/// A graph with self-loops and parallel edges.
#[derive(Clone, Debug)]
pub struct Graph {
    pub nodes: Vec<GraphNode>,
    pub edges: Vec<GraphEdge>,
}

#[derive(Clone, Debug)]
pub struct GraphNode {
    pub labels: Vec<&'static str>,
    pub k: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct GraphEdge {
    pub from: usize,
    pub to: usize,
    pub label: &'static str,
    pub w: i64,
}

pub fn graph(choices: &mut Choices) -> Graph {
    let nodes: Vec<GraphNode> = (0..=choices.below(4))
        .map(|_| GraphNode {
            labels: choices.pick(&[&[][..], &["A"], &["B"], &["A", "B"]]).to_vec(),
            k: choices.pick(&[Some(0), Some(1), Some(2), None]),
        })
        .collect();
    // Paths multiply where every edge goes on from every other.
    let most = if nodes.len() == 1 { 4 } else { 8 };
    let edges = (0..choices.below(most))
        .map(|_| GraphEdge {
            from: choices.below(nodes.len()),
            to: choices.below(nodes.len()),
            label: choices.pick(&["R", "S"]),
            w: choices.below(3) as i64,
        })
        .collect();
    Graph { nodes, edges }
}

/// A value whose type is not the same for all numbers: a STRING, an INT64, or none.
fn mixed(number: usize) -> String {
    match number % 3 {
        0 => "'x'".to_owned(),
        1 => number.to_string(),
        _ => "NULL".to_owned(),
    }
}

impl Graph {
    /// A database that holds it: a node has its number in `_id`, an edge in `n`. One that improves plans has indexes too.
    pub fn database(&self, optimize: bool) -> Database {
        self.database_with(Options { threads: 1, optimize, ..Options::default() })
    }

    /// One that improves plans as it does for a large graph, and keeps in memory what it reads.
    pub fn bulk_database(&self, threads: usize) -> Database {
        self.database_with(Options { threads, bulk_rows: 0.0, ..Options::default() })
    }

    fn database_with(&self, options: Options) -> Database {
        let optimize = options.optimize;
        let database = Database::in_memory_with(options).unwrap();
        let mut parts = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let labels = if node.labels.is_empty() { String::new() } else { format!(":{}", node.labels.join("&")) };
            let k = node.k.map_or("NULL".to_owned(), |k| k.to_string());
            let m = mixed(number);
            parts.push(format!("(v{number}{labels} {{_id: '{number}', k: {k}, m: {m}}})"));
        }
        for (number, edge) in self.edges.iter().enumerate() {
            let GraphEdge { from, to, label, w } = edge;
            let m = mixed(number);
            parts.push(format!("(v{from})-[:{label} {{n: {number}, w: {w}, m: {m}}}]->(v{to})"));
        }
        let mut session = database.session();
        session.execute(&format!("INSERT {}", parts.join(", ")), ()).unwrap();
        if optimize {
            let indexes =
                ["ak ON NODE A(k)", "bk ON NODE B(k)", "am ON NODE A(m)", "rw ON EDGE R(w)", "sn ON EDGE S(n, w)"];
            for index in indexes {
                session.execute(&format!("CREATE INDEX {index}"), ()).unwrap();
            }
        }
        database
    }
}

/// A label expression.
#[derive(Clone, Debug)]
pub enum Label {
    Absent,
    Any,
    Name(&'static str),
    Or(&'static str, &'static str),
    And(&'static str, &'static str),
    Not(&'static str),
}

impl Label {
    fn random(choices: &mut Choices, names: [&'static str; 2]) -> Label {
        let [a, b] = names;
        match choices.below(10) {
            0..=3 => Label::Absent,
            4 => Label::Any,
            5 => Label::Or(a, b),
            6 => Label::And(a, b),
            7 => Label::Not(b),
            _ => Label::Name(choices.pick(&names)),
        }
    }

    pub fn holds(&self, labels: &[&str]) -> bool {
        let has = |name: &str| labels.contains(&name);
        match self {
            Label::Absent => true,
            Label::Any => !labels.is_empty(),
            Label::Name(a) => has(a),
            Label::Or(a, b) => has(a) || has(b),
            Label::And(a, b) => has(a) && has(b),
            Label::Not(a) => !has(a),
        }
    }

    fn text(&self) -> String {
        match self {
            Label::Absent => String::new(),
            Label::Any => ":%".to_owned(),
            Label::Name(a) => format!(":{a}"),
            Label::Or(a, b) => format!(":{a}|{b}"),
            Label::And(a, b) => format!(":{a}&{b}"),
            Label::Not(a) => format!(":!{a}"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct NodePattern {
    /// The variable `a0`, `a1` ...
    pub variable: Option<usize>,
    pub label: Label,
    pub k: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Right,
    Left,
    Any,
}

#[derive(Clone, Debug)]
pub struct EdgePattern {
    /// The variable `e0`, `e1` ...; that of a quantified pattern is a list.
    pub variable: Option<usize>,
    pub direction: Direction,
    pub label: Label,
    pub w: Option<i64>,
    pub quantifier: Option<(usize, Option<usize>)>,
    /// In parentheses, with labels of the nodes inside.
    pub group: Option<(Label, Label)>,
    /// It costs `w`; the number of a variable for it where it has none.
    pub cost: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Walk,
    Trail,
    Acyclic,
    Simple,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    All,
    AnyShortest,
    AllShortest,
    /// SHORTEST k PATHS
    Paths(usize),
    /// SHORTEST k GROUPS
    Groups(usize),
    AnyCheapest,
    AllCheapest,
    /// CHEAPEST k PATHS
    CheapestPaths(usize),
    /// CHEAPEST k GROUPS
    CheapestGroups(usize),
}

impl Search {
    /// Which of several paths of one length and cost it takes is not said.
    pub fn is_loose(self) -> bool {
        matches!(self, Search::AnyShortest | Search::Paths(_) | Search::AnyCheapest | Search::CheapestPaths(_))
    }

    pub fn by_cost(self) -> bool {
        matches!(self, Search::AnyCheapest | Search::AllCheapest | Search::CheapestPaths(_) | Search::CheapestGroups(_))
    }
}

#[derive(Clone, Debug)]
pub struct PathPattern {
    /// The variable `p0`, `p1` ...
    pub variable: Option<usize>,
    pub mode: Option<Mode>,
    pub search: Search,
    /// One more than edges.
    pub nodes: Vec<NodePattern>,
    pub edges: Vec<EdgePattern>,
}

#[derive(Clone, Debug)]
pub struct MatchPattern {
    pub optional: bool,
    pub repeatable: bool,
    pub paths: Vec<PathPattern>,
    /// `WHERE a.k <= b.k`
    pub ordered: Option<(usize, usize)>,
}

/// The variables that a query has bound so far.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    pub nodes: Vec<usize>,
    /// Those of single edges.
    pub edges: Vec<usize>,
    pub groups: Vec<usize>,
    pub paths: Vec<usize>,
    next: usize,
    /// How long the patterns are together: a quantified edge counts twice.
    length: usize,
}

impl Variables {
    pub fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

/// A random MATCH that the engine supports; it adds its variables.
pub fn match_pattern(choices: &mut Choices, variables: &mut Variables, searches: &[Search]) -> MatchPattern {
    let repeatable = choices.once_in(3);
    let earlier_edges = variables.edges.clone();
    let search = if choices.once_in(6) { choices.pick(searches) } else { Search::All };
    let count = if search == Search::All { 1 + choices.below(4) / 3 } else { 1 };
    let paths = (0..count)
        .map(|_| {
            let mode = match choices.below(8) {
                4 => Some(Mode::Trail),
                5 => Some(Mode::Acyclic),
                6 => Some(Mode::Simple),
                7 => Some(Mode::Walk),
                _ => None,
            };
            // Of walks the oracle tries only so many edges as a shortest one can have.
            let endless = matches!(search, Search::AnyShortest | Search::AllShortest);
            let bounded = (mode == Some(Mode::Walk) || (repeatable && mode.is_none())) && !endless;
            let strict = matches!(mode, Some(Mode::Acyclic | Mode::Simple));
            let mut edges: Vec<EdgePattern> = Vec::new();
            let room = 6usize.saturating_sub(variables.length);
            let least = usize::from(search != Search::All);
            let length = (least + choices.below(4 - least)).min(room.max(least));
            // What a path that is searched for as a whole binds inside is new, and unnamed where it is not determined.
            let whole = (search != Search::All || strict) && length > 1;
            let nameless = whole && search.is_loose();
            let inner_known = search == Search::All;
            for _ in 0..length {
                let quantified = choices.once_in(if search == Search::All { 3 } else { 2 }) && variables.length < 5;
                variables.length += if quantified { 2 } else { 1 };
                let quantifier = quantified.then(|| {
                    if search != Search::All && !bounded {
                        choices.pick(&[(0, None), (1, None), (0, Some(2)), (1, Some(3)), (0, Some(1)), (2, None)])
                    } else if bounded {
                        choices.pick(&[(1, Some(2)), (0, Some(2)), (2, Some(2)), (0, Some(1)), (1, Some(3))])
                    } else {
                        choices.pick(&[(1, Some(2)), (0, Some(2)), (2, Some(3)), (0, None), (1, None), (2, None)])
                    }
                });
                let group = quantified && choices.once_in(4);
                let plain = !quantified && !whole && search == Search::All;
                let reused =
                    (plain && !earlier_edges.is_empty() && choices.once_in(5)).then(|| choices.pick(&earlier_edges));
                let taken = edges.iter().any(|edge| edge.variable.is_some() && edge.variable == reused);
                let variable = if let Some(reused) = reused.filter(|_| !taken && count == 1) {
                    Some(reused)
                } else if choices.once_in(3) || nameless || (search.is_loose() && !quantified) {
                    None
                } else {
                    let fresh = variables.fresh();
                    if quantified {
                        variables.groups.push(fresh)
                    } else {
                        variables.edges.push(fresh)
                    }
                    Some(fresh)
                };
                let costs = search.by_cost() && (edges.iter().all(|edge| edge.cost.is_none()) || !choices.once_in(4));
                edges.push(EdgePattern {
                    cost: costs.then(|| variables.fresh()),
                    variable,
                    direction: choices.pick(&[Direction::Right, Direction::Left, Direction::Any]),
                    label: Label::random(choices, ["R", "S"]),
                    w: choices.once_in(6).then(|| choices.below(3) as i64),
                    quantifier,
                    group: group.then(|| (Label::random(choices, ["A", "B"]), Label::random(choices, ["A", "B"]))),
                });
            }
            let nodes = (0..=edges.len())
                .map(|position| {
                    let inside = whole && position > 0 && position < edges.len();
                    let variable = match choices.below(5) {
                        0 => None,
                        _ if inside && nameless => None,
                        1 | 2 if (!inside || inner_known) && !variables.nodes.is_empty() => {
                            Some(choices.pick(&variables.nodes))
                        }
                        _ => {
                            let fresh = variables.fresh();
                            variables.nodes.push(fresh);
                            Some(fresh)
                        }
                    };
                    let label = Label::random(choices, ["A", "B"]);
                    NodePattern { variable, label, k: choices.once_in(8).then(|| choices.below(3) as i64) }
                })
                .collect();
            let variable = choices.once_in(3).then(|| {
                let fresh = variables.fresh();
                variables.paths.push(fresh);
                fresh
            });
            PathPattern { variable, mode, search, nodes, edges }
        })
        .collect();
    let ordered = (!variables.nodes.is_empty() && choices.once_in(5))
        .then(|| (choices.pick(&variables.nodes), choices.pick(&variables.nodes)));
    MatchPattern { optional: false, repeatable, paths, ordered }
}

impl MatchPattern {
    pub fn text(&self) -> String {
        let mut text = if self.optional { "OPTIONAL MATCH ".to_owned() } else { "MATCH ".to_owned() };
        if self.repeatable {
            text.push_str("REPEATABLE ELEMENTS ");
        }
        let paths: Vec<String> = self.paths.iter().map(PathPattern::text).collect();
        text.push_str(&paths.join(", "));
        if let Some((a, b)) = self.ordered {
            let _ = write!(text, " WHERE a{a}.k <= a{b}.k");
        }
        text
    }
}

impl PathPattern {
    fn text(&self) -> String {
        let mut text = self.variable.map_or(String::new(), |number| format!("p{number} = "));
        text.push_str(match self.search {
            Search::All => "",
            Search::AnyShortest => "ANY SHORTEST ",
            Search::AllShortest => "ALL SHORTEST ",
            Search::Paths(k) => ["", "SHORTEST 1 ", "SHORTEST 2 "][k],
            Search::Groups(k) => ["", "SHORTEST ", "SHORTEST 2 "][k],
            Search::AnyCheapest => "ANY CHEAPEST ",
            Search::AllCheapest => "ALL CHEAPEST ",
            Search::CheapestPaths(k) => ["", "CHEAPEST ", "CHEAPEST 2 ", "CHEAPEST 3 "][k],
            Search::CheapestGroups(k) => ["", "CHEAPEST 1 ", "CHEAPEST 2 "][k],
        });
        text.push_str(match self.mode {
            None => "",
            Some(Mode::Walk) => "WALK ",
            Some(Mode::Trail) => "TRAIL ",
            Some(Mode::Acyclic) => "ACYCLIC ",
            Some(Mode::Simple) => "SIMPLE ",
        });
        text.push_str(match self.search {
            Search::Paths(1) => "PATH ",
            Search::Groups(k) | Search::CheapestGroups(k) => ["", "GROUP ", "GROUPS "][k],
            _ => "",
        });
        for (position, node) in self.nodes.iter().enumerate() {
            let variable = node.variable.map_or(String::new(), |number| format!("a{number}"));
            let k = node.k.map_or(String::new(), |k| format!(" {{k: {k}}}"));
            let _ = write!(text, "({variable}{}{k})", node.label.text());
            if let Some(edge) = self.edges.get(position) {
                text.push_str(&edge.text());
            }
        }
        text
    }
}

impl EdgePattern {
    fn text(&self) -> String {
        let variable = match (self.variable, self.cost) {
            (Some(number), _) => format!("e{number}"),
            (None, Some(number)) => format!("c{number}"),
            (None, None) => String::new(),
        };
        let w = self.w.map_or(String::new(), |w| format!(" {{w: {w}}}"));
        let cost = self.cost.map_or(String::new(), |_| format!(" COST {variable}.w"));
        let inside = format!("{variable}{}{w}{cost}", self.label.text());
        let edge = match self.direction {
            Direction::Right => format!("-[{inside}]->"),
            Direction::Left => format!("<-[{inside}]-"),
            Direction::Any => format!("-[{inside}]-"),
        };
        let quantifier = match self.quantifier {
            None => String::new(),
            Some((0, None)) => "*".to_owned(),
            Some((1, None)) => "+".to_owned(),
            Some((min, None)) => format!("{{{min},}}"),
            Some((min, Some(max))) if min == max => format!("{{{min}}}"),
            Some((min, Some(max))) => format!("{{{min},{max}}}"),
        };
        match &self.group {
            None => format!("{edge}{quantifier}"),
            Some((left, right)) => format!("(({}){edge}({})){quantifier}", left.text(), right.text()),
        }
    }
}

/// The rows of a query, or its error.
pub fn rows(session: &mut Session, query: &str) -> Result<Vec<Vec<Value>>, wenddb::Error> {
    session.execute(query, ())?.map(|row| row.map(wenddb::Row::into_values)).collect()
}
