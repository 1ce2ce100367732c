//! The handshake: client and server agree on a version. The client makes four offers, or asks for the server's list
//! (the "manifest") and chooses from it.

use crate::version::{RANGES, Version};

/// The first four bytes of a Bolt connection.
pub const MAGIC: [u8; 4] = [0x60, 0x60, 0xb0, 0x17];

/// The offer that asks for the manifest, the server's list of versions.
pub const MANIFEST: [u8; 4] = [0, 0, 1, 0xff];

/// The server's answer to the four offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This version is chosen; the server sends its bytes.
    Version(Version),
    /// The server sends the manifest, and the client's choice follows.
    Manifest,
    /// The server knows none of the offers; it sends four zero bytes.
    None,
}

/// Chooses a version: the first offer that has one, and the newest version in that offer.
pub fn choose(offers: &[u8; 16]) -> Answer {
    for offer in offers.chunks_exact(4) {
        if offer == MANIFEST {
            return Answer::Manifest;
        }
        let (range, minor, major) = (offer[1], offer[2], offer[3]);
        let found = (minor.saturating_sub(range)..=minor).rev().map(|minor| Version::new(major, minor));
        if let Some(version) = found.into_iter().find(|version| version.is_spoken()) {
            return Answer::Version(version);
        }
    }
    Answer::None
}

/// The bytes of an answer.
pub fn bytes(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Version(version) => vec![0, 0, version.minor, version.major],
        Answer::None => vec![0; 4],
        Answer::Manifest => {
            let mut bytes = MANIFEST.to_vec();
            bytes.push(RANGES.len() as u8);
            for (newest, range) in RANGES {
                bytes.extend([0, range, newest.minor, newest.major]);
            }
            // No capabilities are offered.
            bytes.push(0);
            bytes
        }
    }
}

/// The version that a client chose from the manifest; `None` when it is not in it.
pub fn chosen(choice: [u8; 4]) -> Option<Version> {
    let version = Version::new(choice[3], choice[2]);
    (choice[..2] == [0, 0] && version.is_spoken()).then_some(version)
}

/// Whether another byte of a number with seven bits a byte follows this byte, the `index`-th from 0; `None` when the
/// number is too long.
pub fn more_of_number(byte: u8, index: usize) -> Option<bool> {
    match (byte & 0x80 != 0, index) {
        (false, _) => Some(false),
        (true, 0..9) => Some(true),
        (true, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(slots: [[u8; 4]; 4]) -> Answer {
        choose(slots.concat().as_slice().try_into().unwrap())
    }

    #[test]
    fn offers_of_real_drivers() {
        let (none, v44) = ([0; 4], [0, 2, 4, 4]);
        let python = [[0, 0, 1, 0xff], [0, 8, 8, 5], v44, [0, 0, 0, 3]];
        assert_eq!(offers(python), Answer::Manifest);
        let go = [[0, 7, 7, 5], v44, [0, 0, 1, 4], [0, 0, 0, 3]];
        assert_eq!(offers(go), Answer::Version(Version::new(5, 7)));
        let neo4rs = [[0, 0, 4, 4], [0, 0, 3, 4], [0, 0, 1, 4], [0, 0, 0, 4]];
        assert_eq!(offers(neo4rs), Answer::Version(Version::new(4, 4)));
        // There is no version 5.5: a range over it goes on to 5.4.
        assert_eq!(offers([[0, 1, 5, 5], none, none, none]), Answer::Version(Version::new(5, 4)));
        assert_eq!(offers([[0, 0, 5, 5], v44, none, none]), Answer::Version(Version::new(4, 4)));
        assert_eq!(offers([[0, 0, 0, 3], [0, 0, 1, 4], [0, 0, 9, 9], none]), Answer::None);
        assert_eq!(offers([[0xff; 4]; 4]), Answer::None);
    }

    #[test]
    fn golden_bytes() {
        assert_eq!(bytes(&Answer::Manifest), [0, 0, 1, 0xff, 4, 0, 0, 0, 6, 0, 2, 8, 5, 0, 4, 4, 5, 0, 0, 4, 4, 0]);
        assert_eq!(bytes(&Answer::Version(Version::new(5, 8))), [0, 0, 8, 5]);
        assert_eq!(bytes(&Answer::None), [0; 4]);
        assert_eq!(chosen([0, 0, 0, 6]), Some(Version::new(6, 0)));
        assert_eq!(chosen([0, 0, 5, 5]), None);
        assert_eq!(chosen([0, 1, 4, 5]), None);
        assert_eq!(
            (more_of_number(0x80, 8), more_of_number(0x80, 9), more_of_number(0, 9)),
            (Some(true), None, Some(false))
        );
    }
}
