//! Warnings about what a statement says. Names in it that the graph does not know, where one is near that it knows: most likely a slip, which would otherwise
//! go by in silence. It is a warning: a graph without a type may get any label at any time.

use crate::{error::Result, plan::named::Named, runtime::statement::Statement};

/// Warns of the names that are likely misspelt.
pub(super) fn check(st: &Statement, names: &[Named]) -> Result<()> {
    let (mut labels, mut properties) = (None, None);
    for name in names {
        let (text, known) = match name {
            // What the statement itself writes is not there yet.
            Named::Label(_) | Named::Property(_) if st.writes => continue,
            Named::Label(text) | Named::NewLabel(text) => {
                if st.tx.label(text)?.is_some() {
                    continue;
                }
                let known = match labels.take() {
                    Some(known) => known,
                    None => label_names(st)?,
                };
                (text, labels.insert(known))
            }
            Named::Property(text) => {
                if text == "_id" || st.tx.property_key(text)?.is_some() {
                    continue;
                }
                let known = match properties.take() {
                    Some(known) => known,
                    None => st.tx.property_keys()?.into_iter().map(|(_, name)| name.to_string()).collect::<Vec<_>>(),
                };
                (text, properties.insert(known))
            }
            Named::NoId(text, value_type) => {
                let quoted = text.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
                let write = if quoted { format!("'{text}'") } else { format!("CAST({text} AS STRING)") };
                let write = match text {
                    text if text.starts_with('$') => "a parameter that is one".to_owned(),
                    text if text.starts_with("an ") => "a list of strings".to_owned(),
                    _ => write,
                };
                let message = format!(
                    "`_id` is a STRING, and is never equal to {text}, which has the type {value_type}: write {write}"
                );
                st.warn("01000", &message);
                continue;
            }
            Named::OneTransaction => {
                st.warn(
                    "01000",
                    "IN TRANSACTIONS makes no commits in between: a statement is one transaction, all or nothing",
                );
                continue;
            }
            Named::AggregateOfPath => {
                st.warn(
                    "01000",
                    "the aggregate goes over the edges or nodes of each path, as in GQL, and not over rows, as in Cypher: \
                     COUNT(*) counts rows",
                );
                continue;
            }
            Named::Timestamp => {
                st.warn(
                    "01000",
                    "TIMESTAMP() is a ZONED DATETIME, not a number of milliseconds as in Cypher: for that write \
                     CURRENT_TIMESTAMP.epochMillis, and else CURRENT_TIMESTAMP",
                );
                continue;
            }
        };
        let Some(near) = wend_grammar::suggest(text, known.iter().map(String::as_str)) else { continue };
        let message = match name {
            Named::Label(_) => format!("nothing has the label `{text}`; did you mean `{near}`?"),
            // L1, L2, L3 are meant.
            Named::NewLabel(_) if letters(text) == letters(near) => continue,
            Named::NewLabel(_) => format!("the label `{text}` is new; did you mean `{near}`?"),
            Named::Property(_) => format!("nothing has a property `{text}`; did you mean `{near}`?"),
            Named::NoId(..) | Named::Timestamp | Named::OneTransaction | Named::AggregateOfPath => continue,
        };
        st.warn("01000", &message);
    }
    Ok(())
}

/// The labels of nodes and edges in the graph.
fn label_names(st: &Statement) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (label, _) in st.tx.node_labels(st.graph)?.into_iter().chain(st.tx.edge_labels(st.graph)?) {
        names.push(st.tx.label_name(label)?.to_string());
    }
    Ok(names)
}

/// A name without its digits, in small letters.
fn letters(name: &str) -> String {
    name.chars().filter(|c| !c.is_numeric()).flat_map(char::to_lowercase).collect()
}
