//! The embedding map: where the vectors of a property lie in two dimensions, as one block of numbers.
//!
//! The block is `WEND`, the length of its header, the header (JSON, padded with blanks to a multiple of four bytes), and then, each
//! as little-endian numbers of 32 bits: x and y of each point, what colours it where that was asked for (the position of a name in
//! the header, 4,294,967,295 for none, or a float), and where the `_id` of each point begins in the text that ends the block.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value as Json, json};
use wenddb::{Batch, Column, Result, RunOptions, Session, Value};

/// The most points of a map; of more vectors every second, third, ... is taken.
pub const MOST_POINTS: usize = 1_000_000;

/// The most names that points are coloured by; rarer ones share the last.
const MOST_NAMES: usize = 256;

/// Numbers that have no more different values than these are names of classes.
const FEW_NUMBERS: usize = 12;

/// A point that nothing colours.
const NO_COLOR: u32 = u32::MAX;

/// Which map is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The label of the nodes; all nodes without one.
    pub label: Option<String>,
    /// The property with the vectors.
    pub property: String,
    /// What colours a point.
    pub color: Color,
    /// How vectors find their places.
    pub layout: Layout,
}

/// How vectors find their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Along the two directions in which they differ most.
    #[default]
    Pca,
    /// Beside those that they are similar to.
    Umap,
}

impl Layout {
    /// The layout of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Layout::Pca, Layout::Umap].into_iter().find(|layout| layout.algorithm() == name)
    }

    /// The algorithm that computes it, which is its name too.
    fn algorithm(self) -> &'static str {
        match self {
            Layout::Pca => "pca",
            Layout::Umap => "umap",
        }
    }
}

/// What colours a point.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Nothing.
    #[default]
    Nothing,
    /// The labels of its node.
    Labels,
    /// A property of its node.
    Property(String),
    /// Whether two properties of its node are equal, such as a class and its prediction.
    Equal(String, String),
}

/// Computes a map of the session's graph.
///
/// # Errors
/// When nothing has the label or the property, the property holds no vectors of one length, or the options end it.
pub fn block(session: &mut Session, request: &Request, options: &RunOptions) -> Result<Vec<u8>> {
    let mut parameters = vec![("property", Value::from(request.property.as_str())), ("dimensions", Value::Int(2))];
    if let Some(label) = &request.label {
        parameters.push(("nodeLabels", Value::from(label.as_str())));
    }
    let found = session.call(request.layout.algorithm(), &Value::record(parameters), options)?;
    let (ids, places) = (found.column("nodeId")?, found.column("coordinates")?);
    let has_place: Vec<usize> = (0..found.len()).filter(|&row| place(places, row).is_some()).collect();
    let step = has_place.len().div_ceil(MOST_POINTS).max(1);
    let shown: Vec<usize> = has_place.iter().copied().step_by(step).collect();
    let colors = colors(session, request, options)?;
    let shown_ids: Vec<String> = shown.iter().map(|&row| ids.value(row).to_string()).collect();
    let painted = colors.as_ref().map(|colors| shown_ids.iter().map(|id| colors.get(id)).collect());
    let points: Vec<(f32, f32)> = shown.iter().map(|&row| place(places, row).unwrap_or_default()).collect();
    Ok(of_points(
        request.label.as_deref(),
        &request.property,
        request.layout.algorithm(),
        has_place.len(),
        &shown_ids,
        &points,
        painted,
    ))
}

/// The block of points that are there already: the label and the property that it is said to show, how they were laid out, of how many vectors they are, the `_id`, the
/// place and, where anything colours them, the colour of each.
pub fn of_points(
    label: Option<&str>,
    property: &str,
    layout: &str,
    of: usize,
    ids: &[String],
    points: &[(f32, f32)],
    colors: Option<Vec<Option<&Value>>>,
) -> Vec<u8> {
    let painted = colors.map(|colors| paint(colors.into_iter()));
    let (described, painted) = painted.unwrap_or((Json::Null, Vec::new()));
    let header = json!({"count": points.len(), "of": of, "label": label, "property": property, "layout": layout, "color": described});
    let mut header = header.to_string().into_bytes();
    header.resize(header.len().next_multiple_of(4), b' ');
    let mut out = Vec::with_capacity(8 + header.len() + points.len() * 24);
    out.extend_from_slice(b"WEND");
    out.extend_from_slice(&(header.len() as u32).to_le_bytes());
    out.extend_from_slice(&header);
    for (x, y) in points {
        out.extend_from_slice(&x.to_le_bytes());
        out.extend_from_slice(&y.to_le_bytes());
    }
    painted.iter().for_each(|color| out.extend_from_slice(&color.to_le_bytes()));
    let (mut text, mut at) = (Vec::new(), 0u32);
    out.extend_from_slice(&at.to_le_bytes());
    for id in ids {
        text.extend_from_slice(id.as_bytes());
        at = u32::try_from(text.len()).unwrap_or(u32::MAX);
        out.extend_from_slice(&at.to_le_bytes());
    }
    out.extend_from_slice(&text);
    out
}

/// A block that was read back.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The points.
    pub points: Vec<(f32, f32)>,
    /// The `_id` of each.
    pub ids: Vec<String>,
    header: Json,
    colors: Vec<u32>,
}

impl Map {
    /// Reads a block; `None` when it is none.
    pub fn read(block: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(block.get(at..at + 4)?.try_into().ok()?));
        let start = 8 + word(4)? as usize;
        let header: Json = serde_json::from_slice(block.get(8..start)?).ok()?;
        let count = usize::try_from(header["count"].as_u64()?).ok()?;
        let number = |at: usize| word(start + at * 4);
        let points: Option<Vec<_>> =
            (0..count).map(|at| Some((f32::from_bits(number(at * 2)?), f32::from_bits(number(at * 2 + 1)?)))).collect();
        let painted = if header["color"].is_null() { 0 } else { count };
        let colors: Option<Vec<u32>> = (0..painted).map(|at| number(count * 2 + at)).collect();
        let begins = count * 2 + painted;
        let text = block.get(start + (begins + count + 1) * 4..)?;
        let id = |at| text.get(number(begins + at)? as usize..number(begins + at + 1)? as usize);
        let ids: Option<Vec<_>> = (0..count).map(|at| Some(String::from_utf8_lossy(id(at)?).into_owned())).collect();
        Some(Map { points: points?, ids: ids?, header, colors: colors? })
    }

    /// What colours a point, in words: a name, or one of eight ranges of numbers; empty for nothing.
    pub fn color(&self, point: usize) -> String {
        const RANGES: f64 = 8.0;
        let (Some(&code), color) = (self.colors.get(point), &self.header["color"]) else { return String::new() };
        if let (Some(least), Some(most)) = (color["least"].as_f64(), color["most"].as_f64()) {
            let value = f64::from(f32::from_bits(code));
            if value.is_nan() {
                return String::new();
            }
            let width = (most - least) / RANGES;
            let range = ((value - least) / width).floor().clamp(0.0, RANGES - 1.0);
            let (from, to) = (least + range * width, least + (range + 1.0) * width);
            return if width > 0.0 { format!("{from:.3} to {to:.3}") } else { format!("{least:.3}") };
        }
        match color["names"][code as usize].as_str() {
            Some(name) => name.to_owned(),
            None => String::new(),
        }
    }
}

/// The two coordinates of a row.
fn place(places: &Column, row: usize) -> Option<(f32, f32)> {
    if places.is_null(row) {
        return None;
    }
    let pair = |numbers: &[f32]| Some((*numbers.first()?, *numbers.get(1)?));
    match places.vector(row) {
        Some(numbers) => pair(numbers),
        None => match places.value(row) {
            Value::Vector(numbers) => pair(&numbers),
            _ => None,
        },
    }
}

/// The value that colours each node, by its `_id`.
fn colors(session: &mut Session, request: &Request, options: &RunOptions) -> Result<Option<HashMap<String, Value>>> {
    let color = match &request.color {
        Color::Nothing => return Ok(None),
        Color::Labels => "LABELS(n)".to_owned(),
        Color::Property(name) => format!("n.{}", quoted(name)),
        Color::Equal(one, other) => format!("n.{} = n.{}", quoted(one), quoted(other)),
    };
    let label = request.label.as_deref().map_or_else(String::new, |label| format!(":{}", quoted(label)));
    let statement = session.parse(&format!("MATCH (n{label}) RETURN n._id AS id, {color} AS color"))?;
    let mut rows = session.run_with(&statement, (), options)?;
    let mut colors = HashMap::new();
    while let Some(batch) = rows.next_batch()? {
        add(&mut colors, &batch)?;
    }
    if let Color::Equal(..) = request.color {
        for value in colors.values_mut() {
            *value = match value {
                Value::Bool(true) => "equal".into(),
                Value::Bool(false) => "different".into(),
                _ => Value::Null,
            };
        }
    }
    Ok(Some(colors))
}

fn add(colors: &mut HashMap<String, Value>, batch: &Batch) -> Result<()> {
    let (ids, values) = (batch.column("id")?, batch.column("color")?);
    for row in 0..batch.len() {
        colors.insert(ids.value(row).to_string(), values.value(row));
    }
    Ok(())
}

/// A name in back quotes.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// What the colours mean, and the colour of each point: a position among names, the most frequent first, or a float.
fn paint<'v>(values: impl Iterator<Item = Option<&'v Value>> + Clone) -> (Json, Vec<u32>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut all_numbers, mut fractions) = (true, false);
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.clone().flatten() {
        match number(value) {
            Some(number) => {
                fractions |= number.fract() != 0.0;
                (least, most) = (least.min(number), most.max(number));
            }
            None if value.is_null() => continue,
            None => all_numbers = false,
        }
        // Beyond this, names do not help anyone; numbers are a scale then.
        if counts.len() < 1 << 16 {
            *counts.entry(name(value)).or_default() += 1;
        }
    }
    if all_numbers && least <= most && (fractions || counts.len() > FEW_NUMBERS) {
        let painted = values.map(|value| match value.and_then(number) {
            Some(number) => (number as f32).to_bits(),
            None => f32::NAN.to_bits(),
        });
        return (json!({"kind": "number", "least": least, "most": most}), painted.collect());
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let others = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let positions: HashMap<&str, u32> = (0..).zip(&names).map(|(at, (name, _))| (name.as_str(), at)).collect();
    let painted = values.map(|value| match value {
        None | Some(Value::Null) => NO_COLOR,
        Some(value) => positions.get(name(value).as_str()).copied().unwrap_or(MOST_NAMES as u32),
    });
    let painted = painted.collect();
    let texts: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let counts: Vec<usize> = names.iter().map(|(_, count)| *count).collect();
    (json!({"kind": "names", "names": texts, "counts": counts, "others": others}), painted)
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) if number.is_finite() => Some(*number),
        _ => None,
    }
}

/// The name of a value in the legend: labels are joined, and long texts cut.
fn name(value: &Value) -> String {
    const LONGEST: usize = 80;
    let text = match value {
        Value::List(items) => items.iter().map(Value::to_string).collect::<Vec<_>>().join("&"),
        value => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use wenddb::Database;

    use super::*;

    fn read(block: &[u8]) -> Map {
        assert_eq!(&block[..4], b"WEND");
        assert!(Map::read(&block[..block.len() / 2]).is_none());
        Map::read(block).unwrap()
    }

    #[test]
    fn points_have_a_place_a_colour_and_an_id() {
        let mut session = Database::in_memory().unwrap().session();
        session
            .execute(
                "FOR i IN RANGE(0, 19) INSERT (:`a b` {_id: 'p' || CAST(i AS STRING), `a``b`: i % 3, w: i / 7.0, \
                 v: VECTOR([i, 2 * i, 1])}), (:B {_id: 'q' || CAST(i AS STRING)})",
                (),
            )
            .unwrap();
        let ask = |color: Color| Request {
            label: Some("a b".to_owned()),
            property: "v".to_owned(),
            color,
            ..Request::default()
        };
        let options = RunOptions::default();
        let mut get = |color: Color| read(&block(&mut session, &ask(color), &options).unwrap());
        let plain = get(Color::Nothing);
        assert_eq!((&plain.header["count"], &plain.header["of"]), (&json!(20), &json!(20)));
        assert_eq!((plain.ids.len(), plain.ids[3].as_str()), (20, "p3"));
        let x: Vec<f32> = plain.points.iter().map(|(x, _)| *x).collect();
        // The points lie on a line, one step of the square root of five apart.
        assert!(x.windows(2).all(|two| ((two[1] - two[0]).abs() - 5f32.sqrt()).abs() < 1e-4), "{x:?}");
        let named = get(Color::Property("a`b".to_owned()));
        assert_eq!(
            named.header["color"],
            json!({"kind": "names", "names": ["0", "1", "2"], "counts": [7, 7, 6], "others": 0})
        );
        assert_eq!(named.colors[..4], [0, 1, 2, 0]);
        let scaled = get(Color::Property("w".to_owned()));
        assert_eq!(
            (&scaled.header["color"]["kind"], &scaled.header["color"]["least"]),
            (&json!("number"), &json!(0.0))
        );
        assert_eq!(f32::from_bits(scaled.colors[7]), 1.0);
        assert_eq!((named.color(1), scaled.color(0)), ("1".to_owned(), "0.000 to 0.339".to_owned()));
        assert_eq!(get(Color::Labels).header["color"]["names"], json!(["a b"]));
        let compared = get(Color::Equal("w".to_owned(), "w".to_owned()));
        assert_eq!(compared.header["color"]["names"], json!(["equal"]));
        let none = get(Color::Property("nothing".to_owned()));
        assert_eq!(none.colors[0], NO_COLOR);
        let near = Request { layout: Layout::Umap, ..ask(Color::Nothing) };
        let near = read(&block(&mut session, &near, &options).unwrap());
        assert_eq!((near.ids.len(), &near.header["layout"]), (20, &json!("umap")));
        assert!(near.points != plain.points && near.points.iter().all(|(x, y)| x.is_finite() && y.is_finite()));
        assert_eq!((Layout::of("umap"), Layout::of("tsne")), (Some(Layout::Umap), None));
        let missing = Request { property: "nothing".to_owned(), ..Request::default() };
        assert!(block(&mut session, &missing, &options).is_err());
    }
}
