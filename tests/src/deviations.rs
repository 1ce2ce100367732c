//! The cases that are known to fail, with the reason: docs/gql-conformance.md lists them, for readers and for the runner.

use std::{collections::BTreeMap, fs};

/// Under this heading of the page they stand.
const HEADING: &str = "## Cases that fail\n";

/// And under this one those of files that are run by name only.
const PEERS: &str = "## Cases of other suites that fail\n";

/// The page.
///
/// # Errors
/// When it cannot be read.
pub fn page() -> Result<String, String> {
    let path = crate::root().join("docs/gql-conformance.md");
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The cases that the page lists as failing, with the reason.
///
/// # Errors
/// When it has no such list, or a case has no reason.
pub fn listed(page: &str) -> Result<BTreeMap<String, String>, String> {
    under(HEADING, page)
}

/// The same of all files.
///
/// # Errors
/// As those of [`listed`].
pub fn listed_everywhere(page: &str) -> Result<BTreeMap<String, String>, String> {
    let mut all = listed(page)?;
    all.append(&mut under(PEERS, page)?);
    Ok(all)
}

fn under(heading: &str, page: &str) -> Result<BTreeMap<String, String>, String> {
    let section = page.split_once(heading).ok_or("docs/gql-conformance.md has no list of cases that fail")?.1;
    let section = section.split("\n## ").next().unwrap_or("");
    let mut listed = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let id = cells.next().unwrap_or("").trim_matches('`').to_owned();
        let reason = cells.next_back().unwrap_or("").to_owned();
        if id.is_empty() || reason.len() < 10 {
            return Err(format!("no case or no reason: {line}"));
        }
        if listed.insert(id, reason).is_some() {
            return Err(format!("listed twice: {line}"));
        }
    }
    Ok(listed)
}
