//! The reference pages in docs/algorithms, written from the descriptions that the algorithms carry in the code.

use std::fmt::Write as _;

use wenddb::AlgorithmDescription;

/// The file name and text of every page: one for each algorithm, and README.md, the list of them.
pub fn pages() -> Vec<(String, String)> {
    let algorithms = wenddb::algorithms();
    let mut pages = vec![("README.md".to_owned(), index(&algorithms))];
    pages.extend(algorithms.iter().map(|algorithm| (format!("{}.md", algorithm.name), page(algorithm))));
    pages
}

const NOTICE: &str = "<!-- Written from the code by `make docs-update`; do not edit. -->";

fn index(algorithms: &[&AlgorithmDescription]) -> String {
    let mut text = format!("# Algorithms\n\n{NOTICE}\n\n| procedure | category | what it does |\n|---|---|---|\n");
    for algorithm in algorithms {
        let _ = writeln!(
            text,
            "| [algo.{0}]({0}.md) | {1} | {2} |",
            algorithm.name,
            algorithm.category,
            cell(algorithm.summary)
        );
    }
    text.push_str(
        "\nEvery algorithm has the modes `run`, `stream` and `stats`, and `estimate`, which tells what a call would need; those \
         whose rows\nare nodes or edges have `write`. `SHOW ALGOS` and `DESCRIBE ALGO name` give the same reference inside the database.\n",
    );
    text
}

fn page(algorithm: &AlgorithmDescription) -> String {
    let name = algorithm.name;
    let mut text = format!("# algo.{name}\n\n{NOTICE}\n\n{}\n", algorithm.summary.trim());
    if !algorithm.doc.trim().is_empty() {
        let _ = write!(text, "\n{}\n", algorithm.doc.trim());
    }

    text.push_str("\n## Calls\n\n```gql\n");
    let columns = algorithm.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let procedures = wenddb::procedures();
    // What a call cannot do without.
    let needed = algorithm.all_parameters().filter(|parameter| parameter.default.text() == "must be given");
    let needed = needed.map(|parameter| format!("{0}: ${0}", parameter.name)).collect::<Vec<_>>().join(", ");
    let given = if needed.is_empty() { String::new() } else { format!("{{{needed}}}") };
    for (mode, rest) in [
        ("", format!("({given}) YIELD {columns}")),
        (".stream", format!("({given}) YIELD {columns} RETURN {columns}")),
        (".stats", format!("({given})")),
        (".write", format!("({{{needed}}}, {{db: {{property: \"p\"}}}}) YIELD task_id, nodesWritten")),
        (".estimate", format!("({given})")),
    ] {
        let procedure = format!("algo.{name}{mode}");
        if procedures.contains(&procedure) {
            let _ = writeln!(text, "CALL {procedure}{rest}");
        }
    }
    text.push_str("```\n\n## Parameters\n\n| name | type | default | range | meaning |\n|---|---|---|---|---|\n");
    for parameter in algorithm.all_parameters() {
        let _ = writeln!(
            text,
            "| `{}` | `{}` | {} | {} | {} |",
            parameter.name,
            cell(parameter.kind.type_name()),
            cell(parameter.default.text()),
            cell(parameter.kind.range()),
            cell(parameter.doc)
        );
    }

    let columns = [
        ("Columns", algorithm.columns),
        ("Columns of stream with blockSize", algorithm.block_columns()),
        ("Columns of stats", algorithm.stats),
    ];
    for (title, columns) in columns.into_iter().filter(|(_, columns)| !columns.is_empty()) {
        let _ = write!(text, "\n## {title}\n\n| name | type | meaning |\n|---|---|---|\n");
        for column in columns {
            let _ = writeln!(text, "| `{}` | `{}` | {} |", column.name, cell(column.type_name), cell(column.doc));
        }
    }
    text
}

/// Text for a table's cell: one line, no bare bars.
fn cell(text: impl std::fmt::Display) -> String {
    text.to_string().split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
