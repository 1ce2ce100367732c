//! The texts of `.help`, `.algos` and `.describe`, made from the descriptions.

use super::catalog::{Algorithm, Catalog, Column, Parameter};
use super::dot::{COMMANDS, nearest};
use crate::format::{self, paragraph, text_width};
use crate::stop::Stop;
use wenddb::text::{ClauseHelp, clause_help, clauses};

/// The keys of the line editor, shown at the end of `.help`.
const KEYS: &str = "\
.help MATCH and .help ORDER BY explain the language, .help node2vec an algorithm.
Keys: Tab completes, Ctrl-R searches the history, Ctrl-C drops the line or cancels the statement,
Ctrl-D leaves.
Everything else is GQL and ends with `;`:
  INSERT (:Person {_id: 'ann', age: 44});
  MATCH (p:Person) WHERE p.age > 30 RETURN p._id, p.age;
  CALL algo.node2vec.write({dimensions: 64}, {db: {property: 'embedding'}}) YIELD nodesWritten;";

/// The topics of `.help`.
pub fn topics(catalog: &Catalog) -> impl Iterator<Item = &str> {
    let commands = COMMANDS.iter().map(|command| command.name.trim_start_matches('.'));
    let algorithms = catalog.algorithms.iter().map(|algorithm| algorithm.name.as_str());
    let clauses = clauses().iter().flat_map(|clause| clause.names).copied();
    let functions = catalog.functions.iter().map(|function| function.name.as_str());
    commands.chain(clauses).chain(algorithms).chain(functions)
}

/// `.help [TOPIC]`
pub fn help(catalog: &Catalog, topic: &str) -> Result<String, Stop> {
    if topic.is_empty() {
        let lines = COMMANDS.iter().map(|command| {
            let call = format!("{} {}", command.name, command.arguments);
            format!("{call:<31} {}\n", command.doc)
        });
        return Ok(lines.collect::<String>() + "\n" + KEYS);
    }
    let bare = topic.trim_start_matches('.');
    if let Some(command) =
        COMMANDS.iter().find(|command| command.name.trim_start_matches('.').eq_ignore_ascii_case(bare))
    {
        return Ok(format!("{} {}\n  {}", command.name, command.arguments, command.doc));
    }
    if let Some(text) = of_algorithm(catalog, topic) {
        return text;
    }
    if let Some(clause) = clause_help(topic) {
        return Ok(of_clause(clause, catalog));
    }
    if let Some(function) = catalog.function(topic) {
        return Ok(format!("{}\n{}", function.signature, paragraph(&function.doc, text_width(), 2)));
    }
    let hint = match nearest(topic, topics(catalog)) {
        Some(near) => format!("did you mean {near}?"),
        None => ".help lists the commands, .algos the algorithms, SHOW FUNCTIONS; the functions".to_owned(),
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

/// `.describe NAME [PARAMETER]`
pub fn describe(catalog: &Catalog, name: &str) -> Result<String, Stop> {
    if let Some(text) = of_algorithm(catalog, name) {
        return text;
    }
    let hint = match nearest(name, catalog.algorithms.iter().map(|algorithm| algorithm.name.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None => ".algos lists the algorithms".to_owned(),
    };
    Err(Stop::usage(format!("there is no algorithm {name}"), hint))
}

/// Help on an algorithm, or on one of its parameters, if the topic is one.
fn of_algorithm(catalog: &Catalog, topic: &str) -> Option<Result<String, Stop>> {
    let (name, parameter) = topic.split_once(char::is_whitespace).unwrap_or((topic, ""));
    let algorithm = catalog.algorithm(name)?;
    let parameter = parameter.trim();
    if parameter.is_empty() {
        return Some(Ok(description(algorithm)));
    }
    let known = &algorithm.parameters;
    if let Some(known) = known.iter().find(|known| known.name.eq_ignore_ascii_case(parameter)) {
        return Some(Ok(of_parameter(known)));
    }
    let hint = match nearest(parameter, known.iter().map(|known| known.name.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None => format!(".describe {} lists its parameters", algorithm.name),
    };
    Some(Err(Stop::usage(format!("algo.{} has no parameter {parameter}", algorithm.name), hint)))
}

/// Help on a clause, and on the function of the same name if there is one.
fn of_clause(clause: &ClauseHelp, catalog: &Catalog) -> String {
    let mut text = format!(
        "{}\n{}\nExample\n{}",
        paragraph(clause.form, text_width(), 0),
        paragraph(clause.doc, text_width(), 4),
        paragraph(&format!("{};", clause.example), text_width(), 4)
    );
    if let Some(function) = clause.names.iter().find_map(|name| catalog.function(name)) {
        text.push_str(&format!("\nFunction {}\n{}", function.signature, paragraph(&function.doc, text_width(), 4)));
    }
    text
}

/// `walkLength: INT, 2 or more, by default 80` and what it means.
fn of_parameter(parameter: &Parameter) -> String {
    let Parameter { name, type_name, default, range, doc } = parameter;
    let range = if range.is_empty() { String::new() } else { format!(", {range}") };
    let default = if default.is_empty() { String::new() } else { format!(", by default {default}") };
    let title = paragraph(&format!("{name}: {type_name}{range}{default}"), text_width(), 2);
    format!("{title}\n{}", paragraph(doc, text_width(), 6))
}

/// The whole description of an algorithm.
fn description(algorithm: &Algorithm) -> String {
    let width = text_width();
    let modes: Vec<String> = std::iter::once(String::new())
        .chain(algorithm.modes.iter().map(|mode| format!(".{mode}")))
        .map(|mode| format!("algo.{}{mode}", algorithm.name))
        .collect();
    let blocks = match algorithm.blocks.as_slice() {
        [] => String::new(),
        blocks => format!("Columns of .stream with blockSize\n{}\n", columns(blocks)),
    };
    let parameters: Vec<String> = algorithm.parameters.iter().map(of_parameter).collect();
    [
        paragraph(&format!("algo.{}: {}", algorithm.name, algorithm.summary), width, 0),
        String::new(),
        paragraph(algorithm.doc.trim(), width, 0),
        String::new(),
        paragraph(&format!("Modes: {}", modes.join(", ")), width, 0),
        String::new(),
        format!("Parameters (.describe {} NAME shows one)", algorithm.name),
        parameters.join("\n"),
        String::new(),
        "Columns".to_owned(),
        columns(&algorithm.columns),
        format!("{blocks}Columns of .stats"),
        columns(&algorithm.stats),
    ]
    .join("\n")
}

/// The columns, one after the other.
fn columns(columns: &[Column]) -> String {
    let text =
        |column: &Column| paragraph(&format!("{}: {}. {}", column.name, column.type_name, column.doc), text_width(), 2);
    columns.iter().map(text).collect::<Vec<_>>().join("\n")
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
        assert!(help(&catalog(), "match").unwrap().contains("MATCH (p:Person)"));
        assert!(help(&catalog(), "order by").unwrap().contains("NULLS"));
        assert!(help(&catalog(), "nonsense").is_err());
    }

    #[test]
    fn algorithms_are_described() {
        assert!(algorithms(&catalog()).contains("algo.node2vec"));
        assert!(describe(&catalog(), "algo.node2vec").unwrap().contains("algo.node2vec.write"));
        assert!(describe(&catalog(), "node2vec walklength").unwrap().starts_with("  walkLength: "));
        assert!(describe(&catalog(), "node2vec walkLenght").is_err());
        let text = describe(&Catalog::load(), "gnn_embed").unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
        let Err(Stop::Usage { hint, .. }) = describe(&catalog(), "node2vek") else { panic!() };
        assert_eq!(hint.as_deref(), Some("did you mean node2vec?"));
    }
}
