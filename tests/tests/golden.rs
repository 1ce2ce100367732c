//! Runs the golden scripts of tests/golden: each section is one test. `UPDATE_GOLDEN=1` writes the files again with the
//! output the statements give (the format is told in tests/src/golden.rs).

use std::fs;
use std::path::PathBuf;

use libtest_mimic::{Arguments, Failed, Trial};
use wend_tests::golden::Script;

fn main() {
    let arguments = Arguments::from_args();
    let directory = wend_tests::root().join("tests/golden");
    let mut paths: Vec<PathBuf> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "gql-test"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no golden scripts in {}", directory.display());

    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value != "0");
    let mut trials = Vec::new();
    for path in paths {
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let script =
            match fs::read_to_string(&path).map_err(|error| error.to_string()).and_then(|text| Script::parse(&text)) {
                Ok(script) => script,
                Err(error) => {
                    let error = format!("{}: {error}", path.display());
                    trials.push(Trial::test(file, move || Err(Failed::from(error))));
                    continue;
                }
            };
        if update {
            trials.push(Trial::test(file, move || {
                fs::write(&path, script.update()?).map_err(|error| Failed::from(error.to_string()))
            }));
        } else {
            for section in script.sections {
                let path = path.clone();
                trials.push(Trial::test(format!("{file}: {}", section.name), move || {
                    section.run().map_err(|report| Failed::from(format!("{}: {report}", path.display())))
                }));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
