//! The client's half of the handshake.

use std::io::{Read, Write};

use super::error::{Result, protocol};
use crate::{
    handshake::{MAGIC, MANIFEST},
    version::Version,
};

/// The versions of Bolt that this client speaks, the highest first.
const VERSIONS: [Version; 5] =
    [Version::new(6, 0), Version::new(5, 8), Version::new(5, 7), Version::new(5, 6), Version::new(5, 4)];

/// Agrees on the highest version that both sides know.
pub(super) fn agree(stream: &mut (impl Read + Write)) -> Result<Version> {
    let mut out = MAGIC.to_vec();
    // Four offers: the manifest, 5.6 to 5.8, 5.4, none.
    out.extend([MANIFEST, [0, 2, 8, 5], [0, 0, 4, 5], [0; 4]].as_flattened());
    stream.write_all(&out)?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer)?;
    if answer != MANIFEST {
        let version = Version::new(answer[3], answer[2]);
        return if VERSIONS.contains(&version) {
            Ok(version)
        } else {
            Err(protocol("it supports no version of Bolt that this client supports"))
        };
    }
    let count = number(stream)?;
    let mut offered = Vec::new();
    for _ in 0..count.min(256) {
        let mut range = [0; 4];
        stream.read_exact(&mut range)?;
        offered.push(range);
    }
    number(stream)?;
    let is_offered = |version: &&Version| {
        let minors = |range: &[u8; 4]| range[2].saturating_sub(range[1])..=range[2];
        offered.iter().any(|range| range[3] == version.major && minors(range).contains(&version.minor))
    };
    let version = VERSIONS
        .iter()
        .find(is_offered)
        .ok_or_else(|| protocol("it supports no version of Bolt that this client supports"))?;
    stream.write_all(&[0, 0, version.minor, version.major, 0])?;
    Ok(*version)
}

/// Reads a number with seven bits a byte, the lowest first.
fn number(stream: &mut impl Read) -> Result<u64> {
    let mut number = 0;
    for place in 0..9 {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        number |= u64::from(byte[0] & 0x7f) << (7 * place);
        if byte[0] & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(protocol("a number that is too long"))
}
