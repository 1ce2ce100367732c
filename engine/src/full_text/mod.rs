//! Full-text indexes: how they are made and found, and the search in them.
//!
//! A query is a text (`syntax`); what it asks for are lists of words of an index (`query`), whose documents are ranked (`search`). The
//! lists are in the store, and change in the commit that changes a text.

mod letters;
mod phrase;
mod query;
mod search;
mod syntax;

use wend_grammar::ast::Span;
use wend_storage::{ANALYZERS, Analyzer, GraphId, Index, IndexDefinition, TextSpace, Transaction};

pub(crate) use search::Ranked;

use crate::{
    control::CancelToken,
    error::{Error, Result},
    memory::{Held, MemoryBudget},
    value::Value,
};

/// What `CREATE FULLTEXT INDEX` asks for, with its names as they are written.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) on_edge: bool,
    pub(crate) labels: Vec<&'a str>,
    pub(crate) properties: Vec<&'a str>,
    pub(crate) analyzer: Analyzer,
}

/// The full-text index of a name.
///
/// # Errors
/// 42002 where there is none, 42000 where it is another kind of index.
pub(crate) fn find(tx: &Transaction, graph: GraphId, name: &str) -> Result<Index> {
    let indexes = tx.indexes(graph)?;
    let Some(index) = indexes.iter().find(|index| index.definition.name == name) else {
        let names = indexes.iter().filter(|index| index.definition.text.is_some());
        let near = wend_grammar::suggest(name, names.map(|index| index.definition.name.as_str()));
        let near = near.map(|near| format!("did you mean `{near}`?"));
        return Err(Error::reference(format!("there is no full-text index `{name}`"))
            .with_hint_if(near.or(Some("SHOW FULLTEXT INDEXES lists them".to_owned()))));
    };
    if index.definition.text.is_none() {
        let of = if index.definition.vector.is_some() { "vectors" } else { "values" };
        return Err(Error::rule(format!("`{name}` is an index on {of}, not on texts"))
            .with_hint("SHOW FULLTEXT INDEXES lists those on texts"));
    }
    Ok(index.clone())
}

/// The analyzer of a name.
///
/// # Errors
/// 42000 with the nearest name.
pub(crate) fn analyzer(name: &str) -> Result<Analyzer> {
    let lower = name.to_ascii_lowercase();
    Analyzer::of(&lower).ok_or_else(|| {
        let hint = match wend_grammar::suggest(&lower, ANALYZERS.map(Analyzer::name)) {
            Some(near) => format!("did you mean '{near}'?"),
            None => "CALL db.index.fulltext.listAvailableAnalyzers() lists them".to_owned(),
        };
        Error::rule(format!("there is no analyzer '{name}'")).with_hint(hint)
    })
}

/// The options of an index: `{analyzer: 'english'}`, or as Neo4j writes them.
///
/// # Errors
/// 42000 for an option that is not known, or a value that it does not take.
pub(crate) fn options(options: Option<&Value>, span: Span) -> Result<Analyzer> {
    let mut chosen = Analyzer::default();
    match options {
        None | Some(Value::Null) => {}
        Some(Value::Record(fields)) => {
            for (name, value) in fields.iter() {
                option(&mut chosen, name, value).map_err(|error| error.at(span))?;
            }
        }
        Some(other) => {
            return Err(Error::rule(format!("the options of an index are a record, not {}", other.type_name()))
                .with_hint("OPTIONS {analyzer: 'english'}")
                .at(span));
        }
    }
    Ok(chosen)
}

fn option(chosen: &mut Analyzer, name: &str, value: &Value) -> Result<()> {
    match (name.to_ascii_lowercase().as_str(), value) {
        ("indexconfig", Value::Record(fields)) => {
            fields.iter().try_for_each(|(name, value)| option(chosen, name, value))
        }
        ("indexconfig", _) => Err(Error::rule("`indexConfig` is a record")),
        ("analyzer" | "fulltext.analyzer", Value::String(text)) => {
            *chosen = analyzer(text)?;
            Ok(())
        }
        ("analyzer" | "fulltext.analyzer", other) => {
            Err(Error::rule(format!("`{name}` takes a string, not {}", other.type_name())))
        }
        // An index is never behind: what may be so is, too.
        ("fulltext.eventually_consistent" | "eventually_consistent", Value::Bool(_)) | ("indexprovider", _) => Ok(()),
        ("fulltext.eventually_consistent" | "eventually_consistent", other) => {
            Err(Error::rule(format!("`{name}` takes TRUE or FALSE, not {}", other.type_name())))
        }
        (other, _) => {
            let known = ["analyzer", "indexConfig", "fulltext.analyzer", "fulltext.eventually_consistent"];
            let hint = match wend_grammar::suggest(other, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a full-text index takes analyzer".to_owned(),
            };
            Err(Error::rule(format!("a full-text index has no option `{name}`")).with_hint(hint))
        }
    }
}

/// Makes an index.
pub(crate) fn create(tx: &Transaction, graph: GraphId, wanted: &Wanted<'_>) -> Result<()> {
    let labels = wanted.labels.iter().map(|label| tx.intern_label(label)).collect::<wend_storage::Result<Vec<_>>>()?;
    let properties = wanted.properties.iter().map(|property| tx.intern_property_key(property));
    let definition = IndexDefinition {
        name: wanted.name.to_owned(),
        on_edge: wanted.on_edge,
        label: labels.first().copied().unwrap_or_default(),
        properties: properties.collect::<wend_storage::Result<_>>()?,
        unique: false,
        vector: None,
        text: Some(TextSpace { labels, analyzer: wanted.analyzer }),
    };
    tx.create_text_index(graph, definition)?;
    Ok(())
}

/// What a search may ask for beside its query.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) skip: usize,
    pub(crate) limit: Option<usize>,
    /// What makes words of the query, instead of the analyzer of the index.
    pub(crate) analyzer: Option<Analyzer>,
}

impl Options {
    /// As `db.index.fulltext.queryNodes` takes them: `{skip: 0, limit: 10, analyzer: 'english'}`.
    pub(crate) fn of(value: &Value) -> Result<Options> {
        let mut options = Options::default();
        let fields = match value {
            Value::Null => return Ok(options),
            Value::Record(fields) => fields,
            other => {
                return Err(Error::value_type(format!(
                    "the options of a search are a record, not {}",
                    other.type_name()
                ))
                .with_hint("{limit: 10}"));
            }
        };
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            let count = || match value {
                Value::Int(count) if *count >= 0 => Ok(usize::try_from(*count).unwrap_or(usize::MAX)),
                other => Err(Error::value_type(format!("`{name}` takes a whole number from 0 on, not {other}"))),
            };
            match name.to_ascii_lowercase().as_str() {
                "skip" => options.skip = count()?,
                "limit" => options.limit = Some(count()?),
                "analyzer" => {
                    let Value::String(text) = value else {
                        return Err(Error::value_type(format!("`{name}` takes a string, not {}", value.type_name())));
                    };
                    options.analyzer = Some(analyzer(text)?);
                }
                other => {
                    let near = wend_grammar::suggest(other, ["skip", "limit", "analyzer"]);
                    let hint = near
                        .map_or("it takes skip, limit, analyzer".to_owned(), |near| format!("did you mean `{near}`?"));
                    return Err(Error::rule(format!("a full-text search has no option `{name}`")).with_hint(hint));
                }
            }
        }
        Ok(options)
    }
}

/// The elements whose texts a query asks for, ranked.
///
/// # Errors
/// 22023 with the place in the query where it is wrong; memory; 40000 after an interrupt.
pub(crate) fn search(
    tx: &Transaction,
    index: &Index,
    text: &str,
    options: Options,
    cancel: &CancelToken,
    memory: &MemoryBudget,
) -> Result<Ranked> {
    let definition = &index.definition;
    let Some(space) = &definition.text else { return Err(Error::internal("a full-text index without texts")) };
    let names = definition.properties.iter().map(|key| Ok(tx.property_key_name(*key)?.to_string()));
    let fields = names.collect::<Result<Vec<_>>>()?;
    let clauses = syntax::parse(text)?;
    let reader = query::Reader::new(index, &fields, options.analyzer.unwrap_or(space.analyzer));
    let Some(query) = reader.read(&clauses, 1.0)? else { return Ok(Ranked::default()) };
    let count = u16::try_from(fields.len()).unwrap_or(u16::MAX);
    let mut search = search::Search { tx, index, fields: count, cancel, memory, held: Held::default() };
    let hits = search.find(&query)?;
    let mut ranked = Ranked::new(hits, search.held);
    ranked.only(options.skip, options.limit);
    Ok(ranked)
}
