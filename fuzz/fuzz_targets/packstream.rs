//! Any bytes are values of PackStream or refused, and a value is written as bytes that read as the same value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wend_bolt::{
    decode::ValueReader,
    encode::{Dialect, value},
    packstream::Encoder,
    version::Version,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(read) = ValueReader::new(bytes, 1 << 24).value() else { return };
    let dialect = Dialect::new(Version::new(6, 0), false);
    let mut out = Vec::new();
    value(&mut Encoder::new(&mut out), &read, dialect);
    let again = ValueReader::new(&out, usize::MAX).value().unwrap();
    assert_eq!(again.to_string(), read.to_string());
});
