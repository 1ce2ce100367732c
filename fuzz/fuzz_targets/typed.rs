//! Any JSON with types is a value or refused, and a value is written as JSON that reads as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wend_server::http::{request, typed};

fuzz_target!(|bytes: &[u8]| {
    for with_types in [false, true] {
        let _ = request::is_readable(bytes, with_types);
    }
    let Ok(json) = serde_json::from_slice(bytes) else { return };
    let Ok(read) = typed::read(&json) else { return };
    let mut out = Vec::new();
    typed::write(&mut out, &read);
    let again = typed::read(&serde_json::from_slice(&out).unwrap());
    // A vector is sent as a list, for clients know no vectors over HTTP.
    assert!(again.is_ok());
});
