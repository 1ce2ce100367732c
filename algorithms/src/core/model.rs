//! Saved models: their description, and the format of their bytes.
//!
//! ```text
//! "WNDM"  version  header length  body length  header    body
//! 4 bytes 1 byte   u32 LE         u64 LE       postcard  what the algorithm learned, in its own form
//! ```
//!
//! The lengths have to add up to the whole, so that a truncated model, or one with bytes behind it, is refused. Bytes
//! that were changed in place are found by the storage, which has a checksum for each block.

use serde::{Deserialize, Serialize};

use crate::core::error::Error;

const MAGIC: &[u8; 4] = b"WNDM";
const VERSION: u8 = 1;
/// Bytes before the header.
const PREFIX: usize = 4 + 1 + 4 + 8;

/// The description of a model: how it was trained, which properties it reads, how well it did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelDescription {
    /// The algorithm that trained it, and that can use it: `"gnn_embed"`.
    pub algorithm: String,
    /// The parameters it was trained with, by name, as text.
    pub parameters: Vec<(String, String)>,
    /// The properties it reads.
    pub features: Vec<FeatureSummary>,
    /// How well it did, by name: `("testScore", 0.81)`.
    pub scores: Vec<(String, f64)>,
}

/// One property that a model reads, and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureSummary {
    /// `"node"` or `"edge"`.
    pub owner: String,
    /// The node type or edge label.
    pub label: String,
    /// The property.
    pub property: String,
    /// How its values become numbers.
    pub encoding: String,
    /// How many numbers a value becomes.
    pub width: usize,
    /// How many nodes or edges had no value.
    pub nulls: u64,
    /// A note; may be empty.
    pub note: String,
}

/// The bytes of a model: its description, and what the algorithm keeps behind it.
pub fn pack_model(description: &ModelDescription, body: &[u8]) -> Vec<u8> {
    // Serializing texts and numbers into memory does not fail; were it to, the header would be empty, and reading
    // the model back says so.
    let header = postcard::to_allocvec(description).unwrap_or_default();
    let mut bytes = Vec::with_capacity(PREFIX + header.len() + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&u32::try_from(header.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(body);
    bytes
}

/// The description and the body of a model.
///
/// # Errors
/// [`Error::BadModel`] for bytes that are no model, not whole, or of a newer version.
pub fn unpack_model(bytes: &[u8]) -> Result<(ModelDescription, &[u8]), Error> {
    let bad = |reason: &str| Error::BadModel(reason.to_owned());
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else {
        return Err(bad("it is shorter than any model"));
    };
    let [m0, m1, m2, m3, version, h0, h1, h2, h3, body_length @ ..] = *prefix;
    if [m0, m1, m2, m3] != *MAGIC {
        return Err(bad("it does not begin as a model does"));
    }
    if version != VERSION {
        return Err(Error::BadModel(format!("it has version {version}, and this program reads version {VERSION}")));
    }
    let header_length = u32::from_le_bytes([h0, h1, h2, h3]) as usize;
    let Some((header, body)) = rest.split_at_checked(header_length) else {
        return Err(bad("it is cut off within its description"));
    };
    if body.len() as u64 != u64::from_le_bytes(body_length) {
        return Err(Error::BadModel(format!(
            "its content has {} bytes, and {} were written",
            body.len(),
            u64::from_le_bytes(body_length)
        )));
    }
    match postcard::take_from_bytes(header) {
        Ok((description, [])) => Ok((description, body)),
        _ => Err(bad("its description is damaged")),
    }
}

/// The description of a saved model.
///
/// # Errors
/// As [`unpack_model`].
pub fn describe_model(bytes: &[u8]) -> Result<ModelDescription, Error> {
    unpack_model(bytes).map(|(description, _)| description)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> ModelDescription {
        ModelDescription {
            algorithm: "gnn_embed".into(),
            parameters: vec![("model".into(), "gcn".into()), ("layers".into(), "2".into())],
            features: vec![FeatureSummary {
                owner: "node".into(),
                label: "Person".into(),
                property: "age".into(),
                encoding: "number".into(),
                width: 2,
                nulls: 1,
                note: String::new(),
            }],
            scores: vec![("testScore".into(), 0.815)],
        }
    }

    #[test]
    fn a_model_comes_back_as_it_was() {
        let bytes = pack_model(&sample(), b"weights");
        assert_eq!(unpack_model(&bytes), Ok((sample(), &b"weights"[..])));
        assert_eq!(describe_model(&bytes), Ok(sample()));
        let empty = pack_model(&ModelDescription::default(), b"");
        assert_eq!(unpack_model(&empty), Ok((ModelDescription::default(), &b""[..])));
    }

    #[test]
    fn a_model_cut_off_anywhere_or_longer_than_itself_is_refused() {
        let mut bytes = pack_model(&sample(), b"weights");
        for length in 0..bytes.len() {
            assert!(matches!(unpack_model(&bytes[..length]), Err(Error::BadModel(_))), "cut at {length}");
        }
        bytes.push(0);
        assert!(matches!(unpack_model(&bytes), Err(Error::BadModel(_))));
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = pack_model(&sample(), b"weights");
        bytes[4] = 9;
        let message = unpack_model(&bytes).map(drop).map_err(|error| error.to_string());
        assert_eq!(
            message,
            Err("the model cannot be used: it has version 9, and this program reads version 1".to_owned())
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_model_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack_model(&bytes);
        }

        #[test]
        fn any_change_of_a_model_gives_a_model_or_an_error(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let mut bytes = pack_model(&sample(), b"weights");
            for (index, value) in changes {
                let at = index.index(bytes.len());
                bytes[at] = value;
            }
            match unpack_model(&bytes) {
                Ok(_) | Err(Error::BadModel(_)) => {}
                Err(other) => prop_assert!(false, "{other}"),
            }
        }

        #[test]
        fn any_description_comes_back(
            algorithm in ".*",
            parameters in prop::collection::vec((".*", ".*"), 0..4),
            width in any::<usize>(),
            nulls in any::<u64>(),
            score in -1e300f64..1e300,
            body in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let feature = FeatureSummary { width, nulls, ..FeatureSummary::default() };
            let description = ModelDescription {
                algorithm, parameters, features: vec![feature], scores: vec![("s".into(), score)],
            };
            let bytes = pack_model(&description, &body);
            prop_assert_eq!(unpack_model(&bytes), Ok((description, &body[..])));
        }
    }
}
