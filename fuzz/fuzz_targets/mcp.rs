//! Any bytes are a message of the Model Context Protocol or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = wend_server::mcp::is_readable(bytes);
});
