//! Sections of the documentation by topic: explanations with statements that tests run.

use std::sync::LazyLock;

/// The pages about the language, the data and the algorithms; those about servers and programs are not for a model's statements. They are
/// links to docs/, so that a package of this crate has them.
const PAGES: [(&str, &str); 9] = [
    ("guide", include_str!("pages/guide.txt")),
    ("gql", include_str!("pages/gql.txt")),
    ("cypher", include_str!("pages/cypher.txt")),
    ("embeddings", include_str!("pages/embeddings.txt")),
    ("algorithms", include_str!("pages/algorithms.txt")),
    ("gnn", include_str!("pages/gnn.txt")),
    ("predict", include_str!("pages/predict.txt")),
    ("relational", include_str!("pages/relational.txt")),
    ("csv", include_str!("pages/csv.txt")),
];

/// A section of a page: its heading, and the text below it up to the next.
pub(crate) struct Section {
    pub(crate) page: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) text: String,
}

/// All sections, in the order of the pages.
pub(crate) fn sections() -> &'static [Section] {
    static SECTIONS: LazyLock<Vec<Section>> =
        LazyLock::new(|| PAGES.iter().flat_map(|(page, text)| split(page, text)).collect());
    &SECTIONS
}

fn split(page: &'static str, text: &'static str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        let heading = line.trim_start_matches('#');
        if !in_code && heading.len() < line.len() && heading.starts_with(' ') {
            sections.push(Section { page, heading: heading.trim(), text: String::new() });
            continue;
        }
        in_code ^= line.starts_with("```");
        // Marks for tests and for what is written from code say nothing to a reader.
        if line.starts_with("<!--") {
            continue;
        }
        if let Some(section) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        }
    }
    sections.retain(|section| !section.text.trim().is_empty());
    sections
}

/// The sections on a topic, the best first.
pub(crate) fn find(topic: &str) -> Vec<&'static Section> {
    let topic = topic.trim().to_lowercase();
    let words: Vec<&str> = topic.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let mut found: Vec<(usize, &Section)> =
        sections().iter().map(|section| (worth(section, &topic, &words), section)).collect();
    found.retain(|(worth, _)| *worth > 0);
    // The order of the pages is kept among equals.
    found.sort_by_key(|(worth, _)| usize::MAX - worth);
    found.into_iter().map(|(_, section)| section).collect()
}

/// How much a section says on a topic: its name says most, then its words there, and in its text words that all come.
fn worth(section: &Section, topic: &str, words: &[&str]) -> usize {
    const OFTEN: usize = 10;
    if words.is_empty() {
        return 0;
    }
    let heading = section.heading.to_lowercase();
    if heading == topic || format!("{}: {heading}", section.page) == topic {
        return 100_000;
    }
    let named = words.iter().filter(|word| heading.contains(*word) || section.page == **word).count();
    let text = section.text.to_lowercase();
    let told = words.iter().map(|word| text.matches(word).count().min(OFTEN));
    let all = words.iter().all(|word| heading.contains(word) || section.page == *word || text.contains(word));
    if all { named * 1000 + told.sum::<usize>() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_found() {
        assert!(sections().len() > 60);
        for (topic, page, heading) in [
            ("Patterns", "gql", "Patterns"),
            ("guide: transactions", "guide", "Transactions"),
            ("transactions", "guide", "Transactions"),
            ("several graphs", "guide", "Several graphs"),
        ] {
            let found = find(topic);
            let names: Vec<String> =
                found.iter().take(5).map(|section| format!("{}: {}", section.page, section.heading)).collect();
            assert!(
                found.first().is_some_and(|section| section.heading == heading && section.page == page),
                "{topic}: {names:?}"
            );
        }
        assert!(!find("shortest path").is_empty() && !find("cosine_similarity").is_empty());
        assert!(find("zzzz").is_empty() && find("  ").is_empty());
        // Lines of code that begin with # are no headings.
        assert!(sections().iter().all(|section| section.text.matches("```").count() % 2 == 0));
    }
}
