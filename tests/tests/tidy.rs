//! The house rules, checked: which crate may use which, and the tidiness of every file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wend_tests::root;

use crate::modules::Modules;

/// Every crate of the workspace and the workspace crates it may use (ARCHITECTURE.md).
const FLOORS: [(&str, &[&str]); 11] = [
    ("wend-names", &[]),
    ("wend-grammar", &["wend-names"]),
    ("wend-storage", &[]),
    ("wend-algorithms", &["wend-names"]),
    ("wenddb", &["wend-grammar", "wend-storage", "wend-algorithms"]),
    ("wend-arrow", &["wenddb"]),
    ("wend-bolt", &["wenddb"]),
    ("wend-server", &["wenddb", "wend-arrow", "wend-bolt"]),
    ("wend-python", &["wenddb", "wend-arrow", "wend-server", "wend"]),
    ("wend", &["wenddb", "wend-bolt", "wend-server"]),
    ("wend-tests", &["wenddb"]),
];

/// The modules of crates on floors, the lowest first: a file uses files of its own module and of floors below. A new module gets
/// its place here and a line in ARCHITECTURE.md.
const MODULES: [(&str, &[&[&str]]); 10] = [
    ("names", &[]),
    (
        "grammar",
        &[&["ast", "help", "lex", "parser", "words"], &["error", "print", "tokens"], &["diagnose", "scan"], &["build"]],
    ),
    (
        "storage",
        &[
            &["value"],
            &["error", "index_key"],
            &["codec", "directory", "keys", "options", "owner", "vector_lists"],
            &["text"],
            &["disk", "numbers", "part", "record", "writers"],
            &["kv"],
            &["conflict", "index_catalog", "tokens"],
            &["group"],
            &["overlay", "pending", "store"],
            &["backup", "no_disk", "scan", "staging"],
            &["text_merge", "vector_sets"],
            &["commit", "open", "transaction"],
            &["text_index", "vector_index"],
            &["index"],
            &["adjacency", "catalog", "edges", "nodes", "reader", "vector_writer", "vectors"],
            &["bulk", "check", "cursor"],
        ],
    ),
    (
        "algorithms",
        &[
            &["machine"],
            &["core"],
            &["graph"],
            &["algorithm", "numeric"],
            &["search"],
            &["centrality", "community", "learning", "path", "similarity", "walk"],
            &["embedding"],
            &["vectors"],
            &["list"],
        ],
    ),
    (
        "engine",
        &[
            // Values, control and memory of a statement.
            &["error", "machine", "parallel", "reclaim", "scratch"],
            &["value", "role", "stack", "names"],
            &["column", "control", "host", "memory", "params"],
            // The language: what can be called, and plans.
            &["function", "registry", "times"],
            &["plan"],
            &["statement"],
            &["summary", "tables"],
            // Data beside the store, and the database that has it.
            &["view"],
            &["written", "activity", "cache", "projection", "schema", "task"],
            &["constraint"],
            &["database"],
            &["full_text", "vector_index"],
            &["columnar", "user", "import"],
            &["export", "relational"],
            // Running statements.
            &["runtime"],
            &["model", "optimize"],
            &["procedure"],
            &["bind", "exec", "parts", "show"],
            &["rows"],
            &["copy"],
            &["session"],
        ],
    ),
    ("arrow", &[&["column", "error", "value"], &["batch", "load", "tables"], &["reader"]]),
    (
        "bolt",
        &[
            &["chunk", "message", "packstream", "version"],
            &["decode", "encode", "handshake"],
            &["request", "response"],
            &["client"],
        ],
    ),
    (
        "python",
        &[
            &["error"],
            &["call", "capsule", "describe", "program"],
            &["load"],
            &["value"],
            &["arrays"],
            &["handle", "page", "parts", "table"],
            &["relational"],
        ],
    ),
    (
        "server",
        &[
            &["console", "contain", "failure", "limits", "metrics", "pool", "scratch", "stream", "tls"],
            &["auth", "budget", "mcp", "statement", "web"],
            &["download", "ping"],
            &["known_logins", "transactions", "uploads"],
            &["shared"],
            &["bolt"],
            &["http"],
            &["server"],
            &["settings", "until_stopped"],
        ],
    ),
    (
        "shell",
        &[
            &["interrupt", "progress", "report"],
            &["stop"],
            &["args", "open", "source"],
            &["format", "piped"],
            &["script"],
            &["remote"],
            &["commands"],
            &["repl"],
        ],
    ),
];

/// Longest a source file may be without a reason to be longer.
const LONGEST: usize = 1000;

/// Files that may be longer, with the reason.
const LONGER: [(&str, &str); 1] =
    [("grammar/src/ast.rs", "the whole syntax tree at one place, one short item after the other")];

/// Folders whose code neither prints nor reads the environment.
const SILENT: [&str; 7] =
    ["names/src", "grammar/src", "storage/src", "algorithms/src", "engine/src", "arrow/src", "bolt/src"];

#[test]
fn every_crate_keeps_to_its_floor() {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let floors: BTreeMap<&str, &[&str]> = FLOORS.into_iter().collect();
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let allowed =
            floors.get(name).unwrap_or_else(|| panic!("{name} is on no floor: add it to FLOORS and ARCHITECTURE.md"));
        for dependency in package["dependencies"].as_array().unwrap() {
            let used = dependency["name"].as_str().unwrap();
            if floors.contains_key(used) && used != name {
                assert!(allowed.contains(&used), "{name} must not use {used}: see ARCHITECTURE.md");
            }
        }
    }
    for name in floors.keys() {
        assert!(packages.iter().any(|package| package["name"] == *name), "no crate {name} in the workspace");
    }
}

#[test]
fn every_module_keeps_to_its_floor() {
    let mut wrong = Vec::new();
    for (member, floors) in MODULES {
        let modules = Modules::read(&root().join(member).join("src"));
        let floor = |module: &str| {
            let room = module.split("::").next().unwrap_or_default();
            let found = floors.iter().position(|floor| floor.contains(&room));
            found.unwrap_or_else(|| panic!("{member}/src: the module {room} is on no floor: add it to MODULES"))
        };
        for (user, used, path) in modules.between_rooms() {
            if used.is_empty() || floor(&user) <= floor(&used) {
                wrong.push(format!("{member}/src: {user} must not use {used} ({path}), which is not on a floor below"));
            }
        }
        for circle in modules.circles() {
            wrong.push(format!("{member}/src: files of several folders use each other: {}", circle.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_with_modules_is_on_floors() {
    for member in members() {
        let known = member == "tests" || MODULES.iter().any(|(name, _)| *name == member);
        assert!(known, "{member} has no row in MODULES");
    }
}

#[test]
fn every_crate_takes_the_settings_of_the_workspace() {
    for member in members() {
        let text = read(&root().join(&member).join("Cargo.toml"));
        for line in [
            "version.workspace = true",
            "edition.workspace = true",
            "rust-version.workspace = true",
            "license.workspace = true",
            "publish.workspace = true",
        ] {
            assert!(text.lines().any(|other| other == line), "{member}/Cargo.toml lacks: {line}");
        }
        let lints = text.split("[lints]").nth(1).and_then(|rest| rest.lines().nth(1));
        assert_eq!(lints, Some("workspace = true"), "{member}/Cargo.toml lacks: [lints] workspace = true");
        let mut dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                dependencies = line.contains("dependencies");
            } else if dependencies && line.contains('=') && !line.starts_with('#') {
                assert!(
                    line.contains("workspace = true"),
                    "{member}/Cargo.toml: take the version from the workspace: {line}"
                );
            }
        }
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    for (name, text) in sources() {
        let first = text.lines().next().unwrap_or("");
        assert!(
            first.starts_with("//! ") && first.len() > "//! ".len() + 10,
            "{name}: the first line must be a `//!` comment that says what the file is"
        );
    }
}

#[test]
fn no_file_is_too_long() {
    for (name, text) in sources() {
        let length = text.lines().count();
        let listed = LONGER.iter().any(|(file, _)| *file == name);
        assert!(length <= LONGEST || listed, "{name} has {length} lines: split it, or list it in LONGER with a reason");
    }
    for (name, _) in LONGER {
        assert!(root().join(name).is_file(), "{name} is in LONGER but does not exist");
    }
}

/// Behind the key-value seam of the store nothing knows what is below it.
#[test]
fn only_the_backend_on_disk_names_rocksdb() {
    for (name, text) in sources() {
        let may =
            ["storage/src/kv/rocks.rs", "storage/src/disk_tests.rs", "tests/tests/tidy.rs"].contains(&name.as_str());
        assert!(may || !text.contains("rocksdb::"), "{name} names RocksDB: ask storage/src/kv");
    }
}

/// A crate's integration tests are modules of one binary, `tests/it.rs`, or binaries that its Cargo.toml names. A file that is
/// neither would not run.
#[test]
fn every_test_file_runs() {
    for member in members() {
        let directory = root().join(&member).join("tests");
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        let manifest = read(&root().join(&member).join("Cargo.toml"));
        // The tests of the Python package are in Python.
        if !directory.join("it.rs").is_file() && member == "python" {
            continue;
        }
        let modules = read(&directory.join("it.rs"));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let module = modules.lines().any(|line| line.trim() == format!("mod {name};"));
            let binary = manifest.contains(&format!("path = \"tests/{name}.rs\""))
                || manifest.contains(&format!("[[test]]\nname = \"{name}\"\n"));
            assert!(
                module != binary,
                "{member}/tests/{name}.rs must be a module of {member}/tests/it.rs, or a [[test]] of {member}/Cargo.toml"
            );
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    // Written in two parts, so that this file does not find itself.
    let marks = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("dbg", "!("),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    for (name, text) in sources() {
        for (number, line) in (1..).zip(text.lines()) {
            for mark in marks {
                assert!(!line.contains(mark), "{name}:{number}: {mark}");
            }
        }
    }
}

#[test]
fn lines_end_cleanly() {
    for path in files(root()) {
        let name = relative(&path);
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let script = matches!(name.as_str(), "Makefile" | ".ci/run" | ".gitignore");
        if !script && !["rs", "toml", "md", "sh", "pest", "py", "gql", "gql-test", "yml"].contains(&extension.as_str())
        {
            continue;
        }
        let text = read(&path);
        assert!(text.is_empty() || text.ends_with('\n'), "{name}: no newline at the end");
        for (number, line) in (1..).zip(text.lines()) {
            assert!(!line.ends_with([' ', '\t', '\r']), "{name}:{number}: white space at the end of the line");
            assert!(script || !line.contains('\t'), "{name}:{number}: a tab");
        }
    }
}

#[test]
fn the_library_is_silent() {
    let marks = ["println!(", "print!(", "eprintln!(", "eprint!(", "std::env::", "env::var"];
    for (name, text) in sources() {
        if !SILENT.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        // Unit tests may do as they like.
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (number, line) in (1..).zip(code.lines()) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for mark in marks {
                assert!(
                    !line.replace("std::env::temp_dir", "").contains(mark),
                    "{name}:{number}: a library neither prints nor reads the environment: {mark}"
                );
            }
        }
    }
}

#[test]
fn random_numbers_are_reproducible() {
    let marks = [
        concat!("thread_", "rng"),
        concat!("rand::", "rng("),
        concat!("Std", "Rng"),
        concat!("from_", "os_rng"),
        concat!("from_", "entropy"),
    ];
    for (name, text) in sources() {
        for (number, line) in (1..).zip(text.lines()) {
            for mark in marks {
                assert!(!line.contains(mark), "{name}:{number}: {mark} gives other results in every run or version");
            }
        }
    }
}

#[test]
fn the_front_page_is_complete() {
    let readme = read(&root().join("README.md"));
    for text in ["make demo", "make test", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE"] {
        assert!(readme.contains(text), "README.md does not mention {text}");
    }
    for file in ["LICENSE", "NOTICE", "CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md"] {
        assert!(root().join(file).is_file(), "no {file}");
    }
    let changelog = read(&root().join("CHANGELOG.md"));
    let version = env!("CARGO_PKG_VERSION");
    assert!(changelog.contains(&format!("## [{version}]")), "CHANGELOG.md does not mention {version}");
}

#[test]
fn every_folder_is_in_the_architecture() {
    let text = read(&root().join("ARCHITECTURE.md"));
    for member in members() {
        assert!(text.contains(&format!("## {member}/")), "ARCHITECTURE.md has no heading for {member}/");
    }
}

#[test]
fn links_lead_somewhere() {
    for path in files(root()).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = read(&path);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or("");
            if target.is_empty() || target.contains(':') || target.contains(' ') {
                continue;
            }
            let file = path.parent().unwrap().join(target);
            assert!(file.exists(), "{}: the link {link} leads nowhere", relative(&path));
        }
    }
}

#[test]
fn shipped_graphs_are_small_and_have_an_origin() {
    let mut bytes = 0;
    for entry in fs::read_dir(root().join("data")).unwrap() {
        let directory = entry.unwrap().path();
        if !directory.is_dir() {
            continue;
        }
        let readme = read(&directory.join("README.md"));
        assert!(
            readme.contains("Origin") && readme.contains("Licence"),
            "{}: no origin or licence",
            relative(&directory)
        );
        for file in files(&directory) {
            bytes += fs::metadata(&file).unwrap().len();
        }
    }
    assert!(bytes < 1_000_000, "data/ holds {bytes} bytes; a repository stays small");
}

/// The folders of the workspace's crates.
fn members() -> Vec<String> {
    let text = read(&root().join("Cargo.toml"));
    let list = text.split("members = [").nth(1).and_then(|rest| rest.split(']').next()).expect("members in Cargo.toml");
    list.split(',').map(|name| name.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty()).collect()
}

/// Every Rust file of the workspace's crates, by its path from the root.
fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for member in members() {
        for path in files(&root().join(member)) {
            if path.extension().is_some_and(|extension| extension == "rs") {
                sources.push((relative(&path), read(&path)));
            }
        }
    }
    assert!(!sources.is_empty());
    sources
}

/// Every file under a directory but those of git and of builds.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if [".git", "target", "out", "node_modules"].iter().any(|other| name == *other) {
                continue;
            }
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
