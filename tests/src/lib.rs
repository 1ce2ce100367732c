//! What the end-to-end tests share: finding the repository's files and the binary `wend`, running golden scripts and
//! GQL cases, and writing the reference pages of the algorithms.

pub mod conformance;
pub mod deviations;
pub mod fuzz;
pub mod golden;
pub mod pages;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The Rust examples of the README, compiled and run as documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The root of the repository.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<PathBuf> = OnceLock::new();
    ROOT.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        here.parent().unwrap_or(here).to_path_buf()
    })
}

/// The directory of a data set that does not ship with the repository, or why it is not here.
///
/// It is looked for in `$WEND_SHARED/datasets` and in `../shared/datasets` beside the repository.
pub fn dataset(name: &str) -> Result<PathBuf, String> {
    let shared = match std::env::var_os("WEND_SHARED") {
        Some(path) => PathBuf::from(path),
        None => root().join("../shared"),
    };
    let path = shared.join("datasets").join(name);
    if path.join("nodes.csv").is_file() || path.join("nodes.csv.gz").is_file() {
        Ok(path)
    } else {
        Err(format!("no data set {name} in {} (set WEND_SHARED to run this)", path.display()))
    }
}

/// The binary `wend` of the profile this test was built with; it is built first when it is missing or stale.
///
/// # Panics
/// When it cannot be built.
pub fn wend_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // A test binary lies in <target>/<profile>/deps, `wend` in <target>/<profile>.
        let test = std::env::current_exe().expect("the path of this test");
        let profile = test.parent().and_then(Path::parent).expect("a test lies in <target>/<profile>/deps");
        let target = profile.parent().expect("a profile lies in the target directory");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace", "--target-dir"]).arg(target).current_dir(root());
        if !profile.ends_with("debug") {
            cargo.arg("--release");
        }
        let status = cargo.status().expect("cargo runs");
        assert!(status.success(), "cargo build failed");
        let binary = profile.join(format!("wend{}", std::env::consts::EXE_SUFFIX));
        assert!(binary.is_file(), "no {}", binary.display());
        binary
    })
}
