//! The texts of `.help`, `.algos` and `.describe`, made from the descriptions.

use super::catalog::{Algorithm, Catalog, Column};
use super::dot::{COMMANDS, nearest};
use crate::format;
use crate::stop::Stop;

/// The keys of the line editor, shown at the end of `.help`.
const KEYS: &str = "\
Keys: Tab completes, Ctrl-R searches the history, Ctrl-C clears the line or cancels the statement, Ctrl-D leaves.
Everything else is GQL and ends with `;`:
  INSERT (:Person {_id: 'ann', age: 44});
  MATCH (p:Person) WHERE p.age > 30 RETURN p._id, p.age;
  CALL algo.node2vec.write({dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten;";

/// The topics of `.help`.
pub fn topics(catalog: &Catalog) -> impl Iterator<Item = &str> {
    let commands = COMMANDS.iter().map(|command| command.name.trim_start_matches('.'));
    let algorithms = catalog.algorithms.iter().map(|algorithm| algorithm.name.as_str());
    commands.chain(algorithms).chain(catalog.functions.iter().map(|function| function.name.as_str()))
}

/// `.help [TOPIC]`
pub fn help(catalog: &Catalog, topic: &str) -> Result<String, Stop> {
    if topic.is_empty() {
        let lines = COMMANDS.iter().map(|command| {
            let call = format!("{} {}", command.name, command.arguments);
            format!("{call:<36}{}\n", command.doc)
        });
        return Ok(lines.collect::<String>() + "\n" + KEYS);
    }
    let bare = topic.trim_start_matches('.');
    if let Some(command) =
        COMMANDS.iter().find(|command| command.name.trim_start_matches('.').eq_ignore_ascii_case(bare))
    {
        return Ok(format!("{} {}\n  {}", command.name, command.arguments, command.doc));
    }
    if let Some(algorithm) = catalog.algorithm(topic) {
        return Ok(description(algorithm));
    }
    if let Some(function) = catalog.function(topic) {
        return Ok(format!("{}\n  {}", function.signature, function.doc));
    }
    let hint = match nearest(topic, topics(catalog)) {
        Some(near) => format!("did you mean {near}?"),
        None => ".help lists the commands, .algos the algorithms".to_owned(),
    };
    Err(Stop::usage(format!("there is no help on {topic}"), hint))
}

/// `.algos`
pub fn algorithms(catalog: &Catalog) -> String {
    let rows = catalog.algorithms.iter();
    let rows = rows.map(|algorithm| {
        vec![format!("algo.{}", algorithm.name), algorithm.category.clone(), algorithm.summary.clone()]
    });
    format::list(&["name", "category", "summary"], rows)
}

/// `.describe NAME`
pub fn describe(catalog: &Catalog, name: &str) -> Result<String, Stop> {
    if let Some(algorithm) = catalog.algorithm(name.trim_end_matches(';')) {
        return Ok(description(algorithm));
    }
    let hint = match nearest(name, catalog.algorithms.iter().map(|algorithm| algorithm.name.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None => ".algos lists the algorithms".to_owned(),
    };
    Err(Stop::usage(format!("there is no algorithm {name}"), hint))
}

/// The whole description of an algorithm.
fn description(algorithm: &Algorithm) -> String {
    let parameters = algorithm.parameters.iter().map(|parameter| {
        [&parameter.name, &parameter.type_name, &parameter.default, &parameter.range, &parameter.doc]
            .map(Clone::clone)
            .to_vec()
    });
    let modes: Vec<String> = std::iter::once(String::new())
        .chain(algorithm.modes.iter().map(|mode| format!(".{mode}")))
        .map(|mode| format!("algo.{}{mode}", algorithm.name))
        .collect();
    let blocks = match algorithm.blocks.as_slice() {
        [] => String::new(),
        blocks => format!("Columns of .stream with blockSize\n{}\n", columns(blocks)),
    };
    [
        format!("algo.{}: {}", algorithm.name, algorithm.summary),
        String::new(),
        algorithm.doc.trim().to_owned(),
        String::new(),
        format!("Modes: {}", modes.join(", ")),
        "Parameters".to_owned(),
        format::list(&["name", "type", "default", "range", "meaning"], parameters),
        "Columns".to_owned(),
        columns(&algorithm.columns),
        format!("{blocks}Columns of .stats"),
        columns(&algorithm.stats),
    ]
    .join("\n")
}

/// A table of columns.
fn columns(columns: &[Column]) -> String {
    let rows = columns.iter().map(|column| [&column.name, &column.type_name, &column.doc].map(Clone::clone).to_vec());
    format::list(&["name", "type", "meaning"], rows)
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Parameter;
    use super::*;

    fn catalog() -> Catalog {
        let parameter = Parameter { name: "walkLength".into(), default: "80".into(), ..Parameter::default() };
        let algorithm = Algorithm {
            modes: super::super::catalog::MODES.to_vec(),
            name: "node2vec".into(),
            summary: "Embeds nodes.".into(),
            parameters: vec![parameter],
            ..Algorithm::default()
        };
        Catalog { algorithms: vec![algorithm], ..Catalog::default() }
    }

    #[test]
    fn help_lists_every_command() {
        let text = help(&catalog(), "").unwrap();
        assert!(COMMANDS.iter().all(|command| text.contains(command.name)));
    }

    #[test]
    fn topics_are_commands_and_algorithms() {
        assert!(help(&catalog(), "import").unwrap().contains("CSV"));
        assert!(help(&catalog(), ".read").unwrap().contains("script"));
        assert!(help(&catalog(), "node2vec").unwrap().contains("walkLength"));
        assert!(help(&catalog(), "nonsense").is_err());
    }

    #[test]
    fn algorithms_are_described() {
        assert!(algorithms(&catalog()).contains("algo.node2vec"));
        assert!(describe(&catalog(), "algo.node2vec").unwrap().contains("algo.node2vec.write"));
        let Err(Stop::Usage { hint, .. }) = describe(&catalog(), "node2vek") else { panic!() };
        assert_eq!(hint.as_deref(), Some("did you mean node2vec?"));
    }
}
