//! Helpers for several tests.

/// The debug text of a tree without its spans, which differ between texts of equal meaning.
pub fn without_spans(tree: &impl std::fmt::Debug) -> String {
    let text = format!("{tree:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find("Span { start: ") {
        out.push_str(&rest[..start]);
        let end = rest[start..].find('}').map_or(rest.len(), |n| start + n + 1);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
