//! Any text is parsed or refused, and what is parsed prints as a text that parses to a text that prints the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = wend_grammar::tokens(text);
    let _ = wend_grammar::split_statements(text);
    if let Ok(statements) = wend_grammar::parse(text) {
        for statement in &statements {
            let printed = wend_grammar::print(statement);
            let again = wend_grammar::parse(&printed).unwrap_or_else(|error| panic!("{printed}: {error:?}"));
            assert_eq!(again.len(), 1, "{printed}");
            assert_eq!(wend_grammar::print(&again[0]), printed);
        }
    }
});
