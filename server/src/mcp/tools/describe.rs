//! `describe`: help on an algorithm, a function, a clause or a statement.

use serde_json::json;
use wenddb::{
    AlgorithmDescription, AlgorithmParameter, ColumnDescription,
    text::{ClauseHelp, clause_help, clauses, suggest},
};

use super::tool::{Tool, object};
use crate::mcp::{
    answer::{self, MOST},
    arguments::Arguments,
};

pub(crate) const TOOL: Tool = Tool {
    name: "describe",
    title: "Explain a name",
    writes: false,
    writes_when_allowed: false,
    description: |_| {
        "Explains an algorithm (node2vec), one of its parameters (node2vec walkLength), a function (COSINE_SIMILARITY), or a clause or \
         statement (MATCH, ORDER BY, CREATE INDEX). Without a name it lists what there is."
            .to_owned()
    },
    schema: |_| object(json!({"name": {"type": "string"}}), &[]),
    run: |_, arguments| {
        let arguments = Arguments::new(arguments, &["name"])?;
        let text = describe(arguments.text("name")?.unwrap_or_default().trim())?;
        Ok(answer::cut(text, MOST, "the rest does not fit; describe one parameter, as `NAME PARAMETER`"))
    },
};

fn describe(name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Ok(listing());
    }
    let (first, rest) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    if let Some(algorithm) = algorithm(first) {
        return match rest.trim() {
            "" => Ok(of_algorithm(algorithm)),
            parameter => of_one_parameter(algorithm, parameter),
        };
    }
    let functions = wenddb::functions();
    let function = functions.iter().find(|function| function.name.eq_ignore_ascii_case(name));
    let mut parts = Vec::new();
    parts.extend(clause_help(name).map(of_clause));
    parts.extend(function.map(|function| format!("{}\n{}", function.signature, function.doc)));
    if !parts.is_empty() {
        return Ok(parts.join("\n\n"));
    }
    let algorithms = wenddb::algorithms();
    let known = algorithms.iter().map(|algorithm| algorithm.name);
    let known = known.chain(functions.iter().map(|function| function.name));
    let known = known.chain(clauses().iter().flat_map(|clause| clause.names).copied());
    let near = [name.to_owned(), name.to_uppercase(), name.to_lowercase()]
        .iter()
        .find_map(|name| suggest(name, known.clone()).map(|near| format!("; did you mean {near}?")));
    let shown: String = name.chars().take(60).collect();
    Err(format!("there is no algorithm, function or clause {shown}{}", near.unwrap_or_default()))
}

/// An algorithm by its name, with `algo.` or a mode or without, in any case.
pub(super) fn algorithm(name: &str) -> Option<&'static AlgorithmDescription> {
    let bare = name.get(..5).filter(|start| start.eq_ignore_ascii_case("algo.")).map_or(name, |_| &name[5..]);
    let bare = bare.split('.').next().unwrap_or(bare);
    wenddb::algorithms().into_iter().find(|algorithm| algorithm.name.eq_ignore_ascii_case(bare))
}

/// The modes of an algorithm besides the plain call.
pub(super) fn modes(algorithm: &AlgorithmDescription) -> Vec<String> {
    let start = format!("algo.{}.", algorithm.name);
    wenddb::procedures().iter().filter_map(|name| name.strip_prefix(&start)).map(str::to_owned).collect()
}

fn listing() -> String {
    let algorithms = wenddb::algorithms();
    let mut text = String::from("Algorithms, called as CALL algo.NAME[.MODE]({parameter: value}):\n");
    for algorithm in &algorithms {
        text.push_str(&format!("{}: {}\n", algorithm.name, algorithm.summary));
    }
    let functions: Vec<&str> = wenddb::functions().iter().map(|function| function.name).collect();
    text.push_str(&format!("\nFunctions: {}\n", functions.join(", ")));
    let clauses: Vec<&str> = clauses().iter().filter_map(|clause| clause.names.first()).copied().collect();
    text.push_str(&format!("\nClauses and statements: {}\n", clauses.join(", ")));
    text
}

fn of_clause(clause: &ClauseHelp) -> String {
    format!("{}\n{}\nExample: {}", clause.form, clause.doc, clause.example)
}

fn of_algorithm(algorithm: &AlgorithmDescription) -> String {
    let mut text = format!("algo.{}: {}\n", algorithm.name, algorithm.summary);
    text.push_str(&format!("Modes: the plain call, {}\n\nParameters\n", modes(algorithm).join(", ")));
    for parameter in algorithm.all_parameters() {
        text.push_str(&of_parameter(parameter));
    }
    text.push_str("\nColumns\n");
    algorithm.columns.iter().for_each(|column| text.push_str(&of_column(column)));
    text.push_str("\nColumns of .stats\n");
    algorithm.stats.iter().for_each(|column| text.push_str(&of_column(column)));
    // The longest part comes last, where an answer is cut.
    text.push_str(&format!("\n{}\n", algorithm.doc.trim()));
    text
}

fn of_parameter(parameter: &AlgorithmParameter) -> String {
    let (default, range) = (parameter.default.text(), parameter.kind.range());
    let default = if default.is_empty() { String::new() } else { format!(", default {default}") };
    let range = if range.is_empty() { String::new() } else { format!(", {range}") };
    format!("{}: {}{range}{default}. {}\n", parameter.name, parameter.kind.type_name(), parameter.doc)
}

fn of_one_parameter(algorithm: &AlgorithmDescription, name: &str) -> Result<String, String> {
    let known = || algorithm.all_parameters();
    if let Some(parameter) = known().find(|parameter| parameter.name.eq_ignore_ascii_case(name)) {
        return Ok(of_parameter(parameter));
    }
    let names: Vec<&str> = known().map(|parameter| parameter.name).collect();
    let near = suggest(name, names.iter().copied()).map(|near| format!("; did you mean {near}?"));
    let shown: String = name.chars().take(60).collect();
    Err(format!("algo.{} has no parameter {shown}{}", algorithm.name, near.unwrap_or_default()))
}

fn of_column(column: &ColumnDescription) -> String {
    format!("{}: {}. {}\n", column.name, column.type_name, column.doc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mcp::tokens::tokens;

    #[test]
    fn names_are_explained() {
        let all = describe("").unwrap();
        assert!(all.contains("node2vec: ") && all.contains("COSINE_SIMILARITY") && all.contains("ORDER BY"));
        assert!(tokens(&all) < MOST, "{}", tokens(&all));
        assert!(describe("algo.node2vec").unwrap().contains("walkLength: INT, >= 2, default 80"));
        assert!(describe("node2vec walklength").unwrap().starts_with("walkLength: "));
        assert!(describe("cosine_similarity").unwrap().contains("-1 to 1"));
        assert!(describe("order by").unwrap().contains("Example: MATCH"));
        assert!(describe("node2vek").unwrap_err().ends_with("did you mean node2vec?"));
        assert!(describe("node2vec walkLenght").unwrap_err().ends_with("did you mean walkLength?"));
        assert!(describe("MATSCH").unwrap_err().ends_with("did you mean MATCH?"));
    }
}
