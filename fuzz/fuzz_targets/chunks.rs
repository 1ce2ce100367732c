//! Any bytes are chunks, however they are cut: the same messages come out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wend_bolt::chunk::Assembler;

fn messages(bytes: &[u8], step: usize) -> Vec<Vec<u8>> {
    let (mut assembler, mut messages) = (Assembler::default(), Vec::new());
    for piece in bytes.chunks(step) {
        let mut at = 0;
        while at < piece.len() {
            let Ok((read, message)) = assembler.feed(&piece[at..], 4096) else { return messages };
            at += read;
            messages.extend(message);
        }
    }
    messages
}

fuzz_target!(|bytes: &[u8]| {
    let whole = messages(bytes, bytes.len().max(1));
    assert_eq!(messages(bytes, 1), whole);
    assert_eq!(messages(bytes, 7), whole);
});
