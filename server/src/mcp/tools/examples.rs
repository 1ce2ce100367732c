//! `examples`: what the documentation says on a topic, with statements that work.

use serde_json::json;

use super::tool::{Tool, object};
use crate::mcp::{
    answer::{self, MOST},
    arguments::Arguments,
    pages::{self, Section},
    tokens::tokens,
};

/// Sections of an answer.
const SECTIONS: usize = 2;
/// Further sections that are named.
const NAMED: usize = 8;

pub(crate) const TOOL: Tool = Tool {
    name: "examples",
    title: "Examples from the documentation",
    writes: false,
    writes_when_allowed: false,
    description: |_| {
        "Explanations with working statements, from the documentation, on a topic: patterns, shortest path, aggregates, embeddings, \
         predictions, coming from Cypher. Without a topic it lists the topics."
            .to_owned()
    },
    schema: |_| object(json!({"topic": {"type": "string"}}), &[]),
    run: |_, arguments| {
        let arguments = Arguments::new(arguments, &["topic"])?;
        let topic = arguments.text("topic")?.unwrap_or_default().trim();
        if topic.is_empty() { Ok(topics()) } else { on(topic) }
    },
};

fn topics() -> String {
    let mut text = String::from("Topics, by page:");
    let mut page = "";
    for section in pages::sections() {
        let separator = if section.page == page { ", ".to_owned() } else { format!("\n{}: ", section.page) };
        text.push_str(&separator);
        text.push_str(section.heading);
        page = section.page;
    }
    answer::cut(text, MOST, "")
}

fn on(topic: &str) -> Result<String, String> {
    let found = pages::find(topic);
    if found.is_empty() {
        let shown: String = topic.chars().take(60).collect();
        return Err(format!("the documentation says nothing on {shown}; without a topic this tool lists the topics"));
    }
    let name = |section: &&Section| format!("{}: {}", section.page, section.heading);
    let also: Vec<String> = found.iter().skip(SECTIONS).take(NAMED).map(name).collect();
    let also = if also.is_empty() { String::new() } else { format!("\nSee also: {}\n", also.join(", ")) };
    let whole = |section: &&Section| format!("# {}\n\n{}\n", name(section), section.text.trim());
    let text: String = found.iter().take(SECTIONS).map(whole).collect();
    let more = "the rest does not fit; ask for a narrower topic";
    Ok(answer::cut(text, MOST.saturating_sub(tokens(&also)), more) + &also)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_an_answer_that_fits() {
        for section in pages::sections() {
            let text = on(section.heading).unwrap();
            assert!(tokens(&text) <= MOST && text.len() > 50, "{}: {}", section.heading, tokens(&text));
        }
        assert!(tokens(&topics()) < MOST / 2);
        assert!(on("zzzz").unwrap_err().contains("nothing on zzzz"));
    }
}
