//! `wend draw PATH "MATCH .." -o x.html|svg|png`: the nodes and edges of a result as a picture; `wend draw PATH --embedding
//! Label.property -o x.html|svg|png`: where the vectors of a property lie in two dimensions.
//!
//! An HTML file is the console with the data inside, and asks nobody for anything. An SVG file has a layout by forces, which is the
//! same for the same result on every machine: it is computed with sums, products and square roots alone. A PNG file is that SVG file
//! in pixels.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use wend_server::console::{map, standalone};
use wend_server::http::typed;
use wenddb::{Edge, Node, RunOptions, Session, Value};

use crate::args::{self, DrawArgs};
use crate::format::{count, quoted_name, shortened};
use crate::open;
use crate::report::{self, Problem};
use crate::source::Source;
use crate::stop::Stop;

use super::png;

/// The most nodes of a picture.
const MOST_NODES: usize = 300;
/// The most edges that are looked up between the nodes of a result without any.
const MOST_EDGES: usize = 2000;
/// The most points of an SVG or PNG file; an HTML file draws up to a million.
const MOST_POINTS: usize = 20_000;
/// Width and height of an SVG file.
const SIZE: (f64, f64) = (1200.0, 800.0);
/// The colours of classes, and of what has none.
const COLORS: [&str; 12] = [
    "#3b76c4", "#e07b39", "#2f9e77", "#c94f6d", "#8765c9", "#b08d2b", "#2f9fb3", "#c46bb0", "#7b8794", "#86a83b",
    "#a0694f", "#5a67c4",
];
const NO_COLOR: &str = "#9aa3ad";

/// The form of a picture, by the name of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Html,
    Svg,
    Png,
}

impl Form {
    fn of(path: &Path) -> Result<Self, Stop> {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            Some("html" | "htm") => Ok(Form::Html),
            Some("svg") => Ok(Form::Svg),
            Some("png") => Ok(Form::Png),
            _ => Err(Stop::usage(
                format!("{} does not say what kind of picture it is", path.display()),
                "give it a name that ends in .html, .svg or .png",
            )),
        }
    }

    /// The bytes of a file, from the text of a page or an SVG file.
    fn file(self, text: String) -> Result<Vec<u8>, Stop> {
        match self {
            Form::Html | Form::Svg => Ok(text.into_bytes()),
            Form::Png => png::of_svg(&text),
        }
    }
}

/// Runs the command.
pub fn run(args: &DrawArgs) -> Result<(), Stop> {
    let form = Form::of(&args.output)?;
    let database = open::existing(&args.path, true).map_err(|stop| {
        super::served(stop, &args.path, |address| {
            format!("its console draws: open {} in a browser", address.replacen("bolt", "http", 1))
        })
    })?;
    let mut session = database.session();
    session.use_graph(&args.graph).map_err(Stop::command)?;
    let (picture, told) = match (&args.statement, &args.embedding) {
        (_, Some(embedding)) => of_embedding(&mut session, embedding, args, form)?,
        (Some(statement), None) => {
            let params = args::params(&args.params)?;
            let rows = session.execute(statement, params.into_iter().collect::<wenddb::Params>());
            let rows = rows.and_then(Iterator::collect::<wenddb::Result<Vec<_>>>).map_err(|error| {
                report::print(&Problem::of(&error), Some(Source::typed(statement.clone()).place(0)));
                Stop::Failed
            })?;
            let rows: Vec<Vec<Value>> = rows.into_iter().map(wenddb::Row::into_values).collect();
            let mut ask = |statement: &str| -> Result<Vec<Vec<Value>>, Stop> {
                let rows = session.execute(statement, ()).map_err(Stop::command)?;
                rows.map(|row| row.map(wenddb::Row::into_values)).collect::<Result<_, _>>().map_err(Stop::command)
            };
            of_rows(statement, &rows, args.color.as_deref(), form, &mut ask)?
        }
        (None, None) => {
            return Err(Stop::usage("wend draw needs a statement", "wend draw PATH \"MATCH (n) RETURN n\" -o x.html"));
        }
    };
    std::fs::write(&args.output, form.file(picture)?).map_err(|error| Stop::file("write", &args.output, error))?;
    eprintln!("{}: {told}", args.output.display());
    Ok(())
}

/// `.draw FILE STATEMENT` of the shell: what is drawn, in words.
pub fn draw(
    path: &Path,
    statement: &str,
    ask: &mut dyn FnMut(&str) -> Result<Vec<Vec<Value>>, Stop>,
) -> Result<String, Stop> {
    let form = Form::of(path)?;
    let rows = ask(statement)?;
    let (picture, told) = of_rows(statement, &rows, None, form, ask)?;
    std::fs::write(path, form.file(picture)?).map_err(|error| Stop::file("write", path, error))?;
    Ok(format!("{}: {told}", path.display()))
}

/// A node of a picture.
struct Drawn {
    id: String,
    labels: Vec<String>,
    /// The whole node, unless only an edge has named it.
    node: Option<Node>,
}

/// An edge of a picture, with the positions of its ends.
struct Line {
    edge: Edge,
    from: usize,
    to: usize,
}

/// The nodes and edges of a result.
#[derive(Default)]
struct Graph {
    nodes: Vec<Drawn>,
    lines: Vec<Line>,
    positions: HashMap<String, usize>,
    edges: HashMap<String, ()>,
    /// Nodes of the result that are not drawn.
    left_out: usize,
}

impl Graph {
    fn node(&mut self, node: &Node) {
        if let Some(&at) = self.positions.get(node.id()) {
            if let Some(drawn) = self.nodes.get_mut(at).filter(|drawn| drawn.node.is_none()) {
                drawn.labels = node.labels().map(str::to_owned).collect();
                drawn.node = Some(node.clone());
            }
            return;
        }
        if self.nodes.len() >= MOST_NODES {
            self.left_out += 1;
            return;
        }
        let labels = node.labels().map(str::to_owned).collect();
        self.add(Drawn { id: node.id().to_owned(), labels, node: Some(node.clone()) });
    }

    fn add(&mut self, drawn: Drawn) -> usize {
        let at = self.nodes.len();
        self.positions.insert(drawn.id.clone(), at);
        self.nodes.push(drawn);
        at
    }

    /// The position of an end; a node that was not met before is drawn without what is in it.
    fn end(&mut self, id: &str) -> Option<usize> {
        if let Some(&at) = self.positions.get(id) {
            return Some(at);
        }
        let room = self.nodes.len() < MOST_NODES;
        room.then(|| self.add(Drawn { id: id.to_owned(), labels: Vec::new(), node: None }))
    }

    fn edge(&mut self, edge: &Edge) {
        if self.edges.insert(edge.id(), ()).is_some() {
            return;
        }
        let (Some(from), Some(to)) = (self.end(edge.from()), self.end(edge.to())) else { return };
        self.lines.push(Line { edge: edge.clone(), from, to });
    }

    /// Nodes first, so that those of the result have their place before those that only edges name.
    fn look(&mut self, value: &Value, edges: bool) {
        match value {
            Value::Node(node) if !edges => self.node(node),
            Value::Edge(edge) if edges => self.edge(edge),
            Value::Path(path) if edges => path.edges().iter().for_each(|edge| self.edge(edge)),
            Value::Path(path) => path.nodes().iter().for_each(|node| self.node(node)),
            Value::List(items) => items.iter().for_each(|item| self.look(item, edges)),
            Value::Record(fields) => fields.iter().for_each(|(_, item)| self.look(item, edges)),
            _ => {}
        }
    }

    fn add_rows(&mut self, rows: &[Vec<Value>]) {
        for edges in [false, true] {
            rows.iter().flatten().for_each(|value| self.look(value, edges));
        }
    }
}

/// The picture of a result, and what it shows in words.
fn of_rows(
    statement: &str,
    rows: &[Vec<Value>],
    color: Option<&str>,
    form: Form,
    ask: &mut dyn FnMut(&str) -> Result<Vec<Vec<Value>>, Stop>,
) -> Result<(String, String), Stop> {
    let mut graph = Graph::default();
    graph.add_rows(rows);
    if graph.nodes.is_empty() {
        return Err(Stop::usage(
            "the result has no nodes and no edges to draw",
            "return nodes, edges or paths, such as MATCH p = (a)-[e]->(b) RETURN p",
        ));
    }
    let list = |graph: &Graph, wanted: &dyn Fn(&Drawn) -> bool| {
        let ids: Vec<String> =
            graph.nodes.iter().filter(|drawn| wanted(drawn)).map(|drawn| literal(&drawn.id)).collect();
        ids.join(", ")
    };
    let unknown = list(&graph, &|drawn| drawn.node.is_none());
    if !unknown.is_empty() {
        graph.add_rows(&ask(&format!("MATCH (n) WHERE n._id IN [{unknown}] RETURN n"))?);
    }
    if graph.lines.is_empty() && graph.nodes.len() > 1 {
        let ids = list(&graph, &|_| true);
        let between =
            format!("MATCH (a)-[e]->(b) WHERE a._id IN [{ids}] AND b._id IN [{ids}] RETURN e LIMIT {MOST_EDGES}");
        graph.add_rows(&ask(&between)?);
    }
    let title = shortened(statement.trim(), 200);
    let picture = match form {
        Form::Html => standalone(&title, &document(&title, &graph, color)),
        Form::Svg | Form::Png => svg(&title, &graph, color),
    };
    let mut told = format!("{}, {}", count(graph.nodes.len() as u64, "node"), count(graph.lines.len() as u64, "edge"));
    if graph.left_out > 0 {
        told.push_str(&format!("; {} more are left out", count(graph.left_out as u64, "node")));
    }
    Ok((picture, told))
}

/// A text as a literal of GQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The data of the page.
fn document(title: &str, graph: &Graph, color: Option<&str>) -> Json {
    // As the server sends them.
    let typed = |value: &Value| -> Json {
        let mut bytes = Vec::new();
        typed::write_with_vectors(&mut bytes, value);
        serde_json::from_slice::<Json>(&bytes).map(|mut json| json["_value"].take()).unwrap_or_default()
    };
    let nodes: Vec<Json> = graph
        .nodes
        .iter()
        .map(|drawn| {
            let whole = drawn.node.as_ref().map(|node| typed(&Value::Node(node.clone())));
            let properties = whole.map_or_else(|| json!({}), |mut whole| whole["_properties"].take());
            json!({"id": drawn.id, "labels": drawn.labels, "properties": properties})
        })
        .collect();
    let edges: Vec<Json> = graph
        .lines
        .iter()
        .map(|line| {
            let mut whole = typed(&Value::Edge(line.edge.clone()));
            json!({
                "id": line.edge.id(), "label": line.edge.label(), "from": line.edge.from(), "to": line.edge.to(),
                "properties": whole["_properties"].take(),
            })
        })
        .collect();
    let of = graph.nodes.len() + graph.left_out;
    let color = color.map(|property| format!("p:{property}"));
    json!({"kind": "graph", "title": title, "color": color, "graph": {"nodes": nodes, "edges": edges, "of": of}})
}

/// A place of a layout.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Place {
    x: f64,
    y: f64,
    vx: f64,
    vy: f64,
}

/// The cosine and sine of the golden angle, by which each next node is turned at the beginning.
const GOLDEN: (f64, f64) = (-0.737_368_878_078_319_9, 0.675_490_294_261_523_8);
const RADIUS: f64 = 13.0;

/// Places nodes by forces: all push each other away, edges pull, and the picture cools down.
fn layout(nodes: usize, lines: &[(usize, usize)]) -> Vec<Place> {
    const ROUNDS: usize = 500;
    let mut places = Vec::with_capacity(nodes);
    let (mut cos, mut sin) = (1.0, 0.0);
    for at in 0..nodes {
        let away = 16.0 * ((at + 1) as f64).sqrt();
        places.push(Place { x: away * cos, y: away * sin, ..Place::default() });
        (cos, sin) = (cos * GOLDEN.0 - sin * GOLDEN.1, cos * GOLDEN.1 + sin * GOLDEN.0);
    }
    let mut degrees = vec![0.0_f64; nodes];
    for &(from, to) in lines {
        degrees[from] += 1.0;
        degrees[to] += 1.0;
    }
    for round in 0..ROUNDS {
        let heat = 1.0 - round as f64 / ROUNDS as f64;
        push(&mut places, heat);
        for &(from, to) in lines.iter().filter(|(from, to)| from != to) {
            let (dx, dy) = (places[to].x - places[from].x, places[to].y - places[from].y);
            let distance = (dx * dx + dy * dy).sqrt().max(1.0);
            let rest = 30.0 + 2.0 * RADIUS + 5.0 * degrees[from].max(degrees[to]).sqrt();
            let pull = (distance - rest) / distance * 0.5 * heat / degrees[from].min(degrees[to]).min(12.0);
            let share = degrees[to] / (degrees[from] + degrees[to]);
            places[from].vx += dx * pull * share;
            places[from].vy += dy * pull * share;
            places[to].vx -= dx * pull * (1.0 - share);
            places[to].vy -= dy * pull * (1.0 - share);
        }
        for place in &mut places {
            place.vx = (place.vx - place.x * 0.02 * heat) * 0.62;
            place.vy = (place.vy - place.y * 0.02 * heat) * 0.62;
            let speed = (place.vx * place.vx + place.vy * place.vy).sqrt();
            let most = 40.0 * heat + 2.0;
            let factor = if speed > most { most / speed } else { 1.0 };
            place.x += place.vx * factor;
            place.y += place.vy * factor;
        }
    }
    places
}

/// All nodes push each other away, the more the nearer.
fn push(places: &mut [Place], heat: f64) {
    for one in 1..places.len() {
        let (before, rest) = places.split_at_mut(one);
        let Some(this) = rest.first_mut() else { return };
        for (at, other) in before.iter_mut().enumerate() {
            let (mut dx, mut dy) = (this.x - other.x, this.y - other.y);
            let mut square = dx * dx + dy * dy;
            if square > 490_000.0 {
                continue;
            }
            if square < 1e-3 {
                (dx, dy) = (0.03 * (1 + one % 7) as f64, 0.03 * (1 + at % 5) as f64);
                square = dx * dx + dy * dy;
            }
            let distance = square.sqrt();
            let room = 2.0 * RADIUS + 6.0;
            let push = 120.0 * heat / distance.max(8.0) + (room - distance).max(0.0) * 0.35;
            let (px, py) = (dx / distance * push, dy / distance * push);
            this.vx += px;
            this.vy += py;
            other.vx -= px;
            other.vy -= py;
        }
    }
}

/// The colours of names, and what the legend says of them.
fn colors(names: &[String]) -> (BTreeMap<&str, &'static str>, Vec<(String, &'static str)>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.iter().filter(|name| !name.is_empty()) {
        *counts.entry(name).or_default() += 1;
    }
    let colors: BTreeMap<&str, &'static str> =
        counts.keys().zip(COLORS.iter().cycle()).map(|(name, color)| (*name, *color)).collect();
    let legend = counts.iter().take(COLORS.len());
    let legend = legend.map(|(name, count)| (format!("{} {count}", shortened(name, 40)), colors[name])).collect();
    (colors, legend)
}

/// A graph as SVG.
fn svg(title: &str, graph: &Graph, color: Option<&str>) -> String {
    let ends: Vec<(usize, usize)> = graph.lines.iter().map(|line| (line.from, line.to)).collect();
    let places = layout(graph.nodes.len(), &ends);
    let names: Vec<String> = graph
        .nodes
        .iter()
        .map(|drawn| match color {
            None => drawn.labels.join("&"),
            Some(property) => {
                let value = drawn.node.as_ref().and_then(|node| node.property(property));
                value.filter(|value| !value.is_null()).map_or_else(String::new, ToString::to_string)
            }
        })
        .collect();
    let (colors, legend) = colors(&names);
    let points: Vec<(f64, f64)> = places.iter().map(|place| (place.x, place.y)).collect();
    let frame = Frame::around(&points, 60.0, 1.6);
    let mut out = begin(title);
    let radius = (RADIUS * frame.scale).clamp(3.0, 16.0);
    let mut parallel: HashMap<(usize, usize), usize> = HashMap::new();
    // One label of all edges stands in the legend, and not at every edge.
    let mut labels: Vec<&str> = graph.lines.iter().map(|line| line.edge.label()).collect();
    labels.sort_unstable();
    labels.dedup();
    let named = graph.lines.len() <= 80 && labels.len() > 1;
    let _ = writeln!(out, "<g fill=\"none\" stroke=\"#aab4c0\" stroke-width=\"1.3\" marker-end=\"url(#end)\">");
    let mut captions = String::new();
    for line in &graph.lines {
        let bend = parallel.entry((line.from.min(line.to), line.from.max(line.to))).or_default();
        let (x1, y1) = frame.point(points[line.from]);
        let (x2, y2) = frame.point(points[line.to]);
        let offset = if line.from <= line.to { *bend as f64 * 18.0 } else { *bend as f64 * -18.0 };
        *bend += 1;
        let (mx, my) = if line.from == line.to {
            let size = radius * 2.0 + offset.abs();
            let (l, r, t) = (x1 - radius * 0.6, x1 + radius * 0.6, y1 - radius * 0.8);
            let _ = writeln!(
                out,
                "<path d=\"M{l:.1} {t:.1}C{:.1} {:.1} {:.1} {:.1} {r:.1} {t:.1}\"/>",
                x1 - size,
                y1 - size * 1.6,
                x1 + size,
                y1 - size * 1.6
            );
            (x1, y1 - size * 1.4)
        } else {
            let (dx, dy) = (x2 - x1, y2 - y1);
            let length = (dx * dx + dy * dy).sqrt().max(1.0);
            let (ux, uy) = (dx / length, dy / length);
            let (cx, cy) = ((x1 + x2) / 2.0 - uy * offset, (y1 + y2) / 2.0 + ux * offset);
            let _ = writeln!(
                out,
                "<path d=\"M{:.1} {:.1}Q{cx:.1} {cy:.1} {:.1} {:.1}\"/>",
                x1 + ux * radius,
                y1 + uy * radius,
                x2 - ux * (radius + 3.0),
                y2 - uy * (radius + 3.0)
            );
            ((x1 + x2) / 4.0 + cx / 2.0, (y1 + y2) / 4.0 + cy / 2.0)
        };
        if named {
            let _ = writeln!(
                captions,
                "<text x=\"{mx:.1}\" y=\"{:.1}\">{}</text>",
                my + 3.0,
                escaped(&shortened(line.edge.label(), 24))
            );
        }
    }
    out.push_str("</g>\n");
    if !captions.is_empty() {
        let _ =
            writeln!(out, "<g font-size=\"9\" text-anchor=\"middle\" fill=\"#566373\" class=\"halo\">\n{captions}</g>");
    }
    let _ = writeln!(out, "<g stroke=\"#ffffff\" stroke-width=\"1.5\">");
    for (drawn, (&at, name)) in graph.nodes.iter().zip(points.iter().zip(&names)) {
        let (x, y) = frame.point(at);
        let color = colors.get(name.as_str()).copied().unwrap_or(NO_COLOR);
        let _ = writeln!(
            out,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{color}\"><title>{}</title></circle>",
            escaped(&shortened(&drawn.id, 100))
        );
    }
    let _ = writeln!(out, "</g>\n<g font-size=\"11\" text-anchor=\"middle\" fill=\"#17202b\" class=\"halo\">");
    for (drawn, &at) in graph.nodes.iter().zip(&points) {
        let (x, y) = frame.point(at);
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            y + radius + 11.0,
            escaped(&shortened(&caption(drawn), 24))
        );
    }
    out.push_str("</g>\n");
    if let ([label], false) = (&labels[..], named) {
        let label = escaped(&shortened(label, 40));
        let _ = writeln!(
            out,
            "<g font-size=\"12\" fill=\"#17202b\"><path d=\"M14 {y:.1}h16\" stroke=\"#aab4c0\" marker-end=\"url(#end)\"/>\
             <text x=\"38\" y=\"{:.1}\">{label}</text></g>",
            SIZE.1 - 16.0,
            y = SIZE.1 - 20.0
        );
    }
    end(out, &legend)
}

/// What stands below a node: its name, if it has one, or its `_id`.
fn caption(drawn: &Drawn) -> String {
    let named = ["name", "title", "label", "username"].into_iter();
    let named = named.filter_map(|key| drawn.node.as_ref()?.property(key));
    let found = named.filter_map(|value| if let Value::String(text) = value { Some(text.to_string()) } else { None });
    found.take(1).next().unwrap_or_else(|| drawn.id.clone())
}

/// How places of a layout become places of the picture.
struct Frame {
    scale: f64,
    x: f64,
    y: f64,
}

impl Frame {
    /// Fits all points, with a margin, magnified at most so much.
    fn around(points: &[(f64, f64)], margin: f64, most: f64) -> Self {
        let (mut low, mut high) = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        for &(x, y) in points {
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
        let room = |whole: f64, span: f64| (whole - 2.0 * margin) / span.max(1e-9);
        let scale = room(SIZE.0, high.0 - low.0).min(room(SIZE.1, high.1 - low.1)).min(most);
        Frame {
            scale,
            x: SIZE.0 / 2.0 - (low.0 + high.0) / 2.0 * scale,
            y: SIZE.1 / 2.0 - (low.1 + high.1) / 2.0 * scale,
        }
    }

    fn point(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (x * self.scale + self.x, y * self.scale + self.y)
    }
}

/// The beginning of an SVG file.
fn begin(title: &str) -> String {
    let (width, height) = SIZE;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" role=\"img\">\n\
         <title>{}</title>\n<style>.halo {{ paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round }}</style>\n\
         <defs><marker id=\"end\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\" fill=\"#aab4c0\"/></marker></defs>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(title)
    )
}

/// The legend and the end of an SVG file.
fn end(mut out: String, legend: &[(String, &str)]) -> String {
    out.push_str("<g font-size=\"12\" fill=\"#17202b\">\n");
    for (row, (name, color)) in legend.iter().enumerate() {
        let y = 24.0 + row as f64 * 19.0;
        let _ = writeln!(
            out,
            "<circle cx=\"22\" cy=\"{:.1}\" r=\"5\" fill=\"{color}\"/><text x=\"34\" y=\"{y:.1}\">{}</text>",
            y - 4.0,
            escaped(name)
        );
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// A text within XML, which has no control characters, not even written out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            letter
                if letter.is_control()
                    || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}') =>
            {
                out.push('\u{fffd}');
            }
            letter => out.push(letter),
        }
    }
    out
}

/// The picture of an embedding, `Label.property` or `property`, and what it shows in words.
fn of_embedding(session: &mut Session, embedding: &str, args: &DrawArgs, form: Form) -> Result<(String, String), Stop> {
    let (label, property) = match embedding.rsplit_once('.') {
        Some((label, property)) => (Some(label.to_owned()), property.to_owned()),
        None => (None, embedding.to_owned()),
    };
    let color = match &args.color {
        None => map::Color::Labels,
        Some(property) => map::Color::Property(property.clone()),
    };
    let request = map::Request { label, property, color, layout: args.layout };
    let block = map::block(session, &request, &RunOptions::default()).map_err(Stop::command)?;
    let read = map::Map::read(&block).ok_or_else(|| Stop::usage("the map cannot be read", ""))?;
    let title = match &request.label {
        Some(label) => format!("{}.{}", quoted_name(label), quoted_name(&request.property)),
        None => quoted_name(&request.property).into_owned(),
    };
    let told = count(read.points.len() as u64, "point");
    if form == Form::Html {
        let data = json!({"kind": "map", "title": title, "block": STANDARD.encode(&block)});
        return Ok((standalone(&title, &data), told));
    }
    let step = read.points.len().div_ceil(MOST_POINTS).max(1);
    let points: Vec<(f64, f64)> = read.points.iter().map(|(x, y)| (f64::from(*x), -f64::from(*y))).collect();
    let frame = Frame::around(&points, 50.0, f64::INFINITY);
    let names: Vec<String> = (0..points.len()).map(|at| read.color(at)).collect();
    let (colors, legend) = colors(&names);
    let mut out = begin(&title);
    let radius = if points.len() / step > 2000 { 1.6 } else { 3.5 };
    out.push_str("<g fill-opacity=\"0.8\">\n");
    for (&at, name) in points.iter().zip(&names).step_by(step) {
        let (x, y) = frame.point(at);
        let color = colors.get(name.as_str()).copied().unwrap_or(NO_COLOR);
        let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{color}\"/>");
    }
    out.push_str("</g>\n");
    let told = if step > 1 { format!("{} of {told}", points.len().div_ceil(step)) } else { told };
    Ok((end(out, &legend), told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_the_same_every_time_and_nodes_have_room() {
        let lines: Vec<(usize, usize)> = (1..60).map(|node| (node, node / 3)).chain([(5, 5)]).collect();
        let places = layout(60, &lines);
        assert_eq!(places, layout(60, &lines));
        for (at, one) in places.iter().enumerate() {
            assert!(one.x.is_finite() && one.y.is_finite());
            for other in &places[..at] {
                let (dx, dy) = (one.x - other.x, one.y - other.y);
                assert!((dx * dx + dy * dy).sqrt() > RADIUS, "{one:?} {other:?}");
            }
        }
        assert_eq!(layout(0, &[]).len(), 0);
        assert_eq!(layout(1, &[(0, 0)]).len(), 1);
    }

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(escaped("<a b=\"c\">&\u{202e}\0x"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}\u{fffd}x");
        assert_eq!(literal("it's \\"), "'it\\'s \\\\'");
    }

    #[test]
    fn names_of_files_say_the_form() {
        assert_eq!(Form::of(Path::new("a.HTML")).unwrap(), Form::Html);
        assert_eq!(Form::of(Path::new("a.svg")).unwrap(), Form::Svg);
        assert_eq!(Form::of(Path::new("a.png")).unwrap(), Form::Png);
        assert!(Form::of(Path::new("a.jpg")).is_err() && Form::of(Path::new("a")).is_err());
    }
}
