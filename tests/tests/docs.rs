//! The documentation keeps what it says: the algorithms' pages are those of the code (`UPDATE_DOCS=1` writes them again), and
//! the blocks marked as runnable in README.md and docs/ run.
//!
//! A block is marked by a comment on the line before it: `<!-- run -->` before a fence of `gql` or `sh`, or `<!-- run fails -->`
//! when it must end in an error. After `<!-- run and compare -->` before `sh` the next fence of `text` is what it must print
//! (`UPDATE_DOCS=1` puts it there). The gql blocks of a file share one session on an empty database in memory; its sh blocks share
//! a temporary directory with the repository's data/ in it, and `wend` in PATH.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use wend_tests::{golden, pages, root, wend_binary};
use wenddb::{Database, Params};

/// The names that EXPLAIN gives operators are in docs/plans.md, as the code has them.
#[test]
fn plans_are_explained() {
    let source = fs::read_to_string(root().join("engine/src/plan/explain.rs")).unwrap();
    let page = fs::read_to_string(root().join("docs/plans.md")).unwrap();
    let code = source.split("fn describe(").nth(1).and_then(|rest| rest.split("\nfn ").next()).unwrap();
    // Every other piece between quotes is a text of the code.
    let texts = code.split('"').skip(1).step_by(2);
    let first_word = |text: &str| text.chars().take_while(char::is_ascii_alphabetic).collect::<String>();
    let names: Vec<String> =
        texts.map(first_word).filter(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase())).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in names.iter().filter(|name| *name != "EXISTS") {
        assert!(page.contains(&format!("`{name}`")), "docs/plans.md does not explain the operator {name}");
    }
}

#[test]
fn algorithm_pages_are_those_of_the_code() {
    let directory = root().join("docs/algorithms");
    let pages = pages::pages();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0") {
        fs::create_dir_all(&directory).unwrap();
        for (name, text) in &pages {
            fs::write(directory.join(name), text).unwrap();
        }
    }
    let advice = "run `make docs-update`";
    for (name, text) in &pages {
        let kept =
            fs::read_to_string(directory.join(name)).unwrap_or_else(|_| panic!("docs/algorithms/{name}: {advice}"));
        assert!(kept == *text, "docs/algorithms/{name} is stale: {advice}");
    }
    for entry in fs::read_dir(&directory).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            pages.iter().any(|(page, _)| *page == name),
            "docs/algorithms/{name} describes no algorithm: remove it"
        );
    }
}

#[test]
fn the_reference_names_every_keyword_and_function() {
    let page = fs::read_to_string(root().join("docs/gql.md")).unwrap().to_uppercase();
    let words: HashSet<&str> = page.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
    let grammar = fs::read_to_string(root().join("grammar/src/gql.pest")).unwrap();
    let keywords = grammar.lines().filter_map(|line| {
        let (rule, text) = line.split_once(" = @{ ^\"")?;
        rule.starts_with("k_").then(|| text.split('"').next().unwrap_or_default().to_uppercase())
    });
    let mut session = Database::in_memory().unwrap().session();
    let functions: Vec<String> = session
        .execute("SHOW FUNCTIONS YIELD name RETURN name", ())
        .unwrap()
        .map(|row| row.unwrap().get::<String>("name").unwrap().to_uppercase())
        .collect();
    let mut count = 0;
    // TRIM(BOTH ..) and its kin are listed by the names of their forms.
    for name in keywords.chain(functions.into_iter().filter(|name| !name.starts_with("TRIM_"))) {
        assert!(name.split('.').all(|part| words.contains(part)), "docs/gql.md says nothing of {name}");
        count += 1;
    }
    assert!(count > 250, "only {count} keywords and functions were found");
}

#[test]
fn runnable_gql_blocks_run() {
    let mut count = 0;
    for path in documents() {
        let mut session = None;
        for block in blocks(&path).into_iter().filter(|block| block.language == "gql") {
            let session = session.get_or_insert_with(|| Database::in_memory().unwrap().session());
            let output = golden::execute(session, &block.text, Params::new());
            let failed = output.first().is_some_and(|line| line.starts_with("error["));
            assert_eq!(failed, block.fails, "{}:{}\n{}\n{}", path.display(), block.line, block.text, output.join("\n"));
            count += 1;
        }
    }
    println!("{count} gql blocks ran");
}

#[cfg(unix)]
#[test]
fn runnable_shell_blocks_run() {
    let mut count = 0;
    for path in documents() {
        let mut directory = None;
        let mut printed = Vec::new();
        for block in blocks(&path).into_iter().filter(|block| block.language == "sh") {
            let directory = directory.get_or_insert_with(|| {
                let directory = tempfile::tempdir().unwrap();
                std::os::unix::fs::symlink(root().join("data"), directory.path().join("data")).unwrap();
                directory
            });
            let mut search = vec![wend_binary().parent().unwrap().to_path_buf()];
            search.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
            let output = Command::new("bash")
                .args(["-euo", "pipefail", "-c", &block.text])
                .env("PATH", std::env::join_paths(search).unwrap())
                .current_dir(directory.path())
                .stdin(std::process::Stdio::null())
                .output()
                .unwrap();
            assert_eq!(
                !output.status.success(),
                block.fails,
                "{}:{} ended with {}\n{}\n{}{}",
                path.display(),
                block.line,
                output.status,
                block.text,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            count += 1;
            if let Some(expected) = block.expected {
                printed.push((expected, String::from_utf8_lossy(&output.stdout).into_owned()));
            }
        }
        compare(&path, printed);
    }
    assert!(count > 0, "the README's tour has no block marked as runnable");
    println!("{count} shell blocks ran");
}

/// Compares what blocks printed with the pages, or writes it there.
fn compare(path: &Path, printed: Vec<(Range<usize>, String)>) {
    let page = fs::read_to_string(path).unwrap();
    let mut lines: Vec<&str> = page.lines().collect();
    let update = std::env::var_os("UPDATE_DOCS").is_some_and(|value| value != "0");
    // From the end, so that the places before stay what they are.
    for (expected, text) in printed.iter().rev() {
        let found = lines[expected.clone()].join("\n");
        assert!(
            update || found == text.trim_end(),
            "{}:{} prints something else; `make docs-update` puts it there\n{text}",
            path.display(),
            expected.start
        );
        lines.splice(expected.clone(), text.trim_end().lines());
    }
    if update && !printed.is_empty() {
        fs::write(path, lines.join("\n") + "\n").unwrap();
    }
}

/// README.md and every Markdown file in docs/.
fn documents() -> Vec<PathBuf> {
    fn collect(directory: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                into.push(path);
            }
        }
    }
    let mut documents = vec![root().join("README.md")];
    collect(&root().join("docs"), &mut documents);
    documents.sort();
    documents
}

/// A fenced block marked as runnable.
struct Block {
    line: usize,
    language: String,
    fails: bool,
    text: String,
    /// The lines of the output it must have.
    expected: Option<Range<usize>>,
}

fn blocks(path: &Path) -> Vec<Block> {
    let document = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut blocks = Vec::new();
    let mut lines = document.lines().enumerate();
    while let Some((_, line)) = lines.next() {
        let (fails, compares) = match line.trim() {
            "<!-- run -->" => (false, false),
            "<!-- run fails -->" => (true, false),
            "<!-- run and compare -->" => (false, true),
            _ => continue,
        };
        let fence = lines.next();
        let Some((index, language)) =
            fence.and_then(|(index, line)| line.strip_prefix("```").map(|rest| (index, rest)))
        else {
            panic!("{}: a run mark without a block after it", path.display());
        };
        let mut text = String::new();
        for (_, line) in lines.by_ref().take_while(|(_, line)| *line != "```") {
            text.push_str(line);
            text.push('\n');
        }
        let expected = compares.then(|| {
            let (start, _) = lines.by_ref().find(|(_, line)| line.starts_with("```")).unwrap_or_default();
            let (end, _) = lines.by_ref().find(|(_, line)| *line == "```").unwrap_or_default();
            let sound = language == "sh" && start > index && end > start;
            assert!(sound, "{}:{}: no output to compare with", path.display(), index + 1);
            start + 1..end
        });
        blocks.push(Block { line: index + 1, language: language.to_owned(), fails, text, expected });
    }
    blocks
}
