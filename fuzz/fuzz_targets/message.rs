//! Any bytes are a message or refused, and any offers are answered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wend_bolt::{handshake, request::Request};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = Request::decode(bytes, 1 << 24) {
        let _ = request.kind().name();
    }
    if let Some(offers) = bytes.first_chunk::<16>() {
        let _ = handshake::bytes(&handshake::choose(offers));
    }
});
