//! The shape of values: their types, and about how long their lists are. A plan serves for all parameters of one shape.

use super::Value;

/// Appends the shape of a value; `false` when it is too large to be worth a comparison.
pub(crate) fn append_shape(out: &mut Vec<u8>, value: &Value) -> bool {
    /// Longer shapes are not compared.
    const LONGEST: usize = 512;
    let tag = match value {
        Value::Null => b'0',
        Value::Bool(_) => b'b',
        Value::Int(_) => b'i',
        Value::Float(_) => b'f',
        Value::String(_) => b's',
        Value::Bytes(_) => b'x',
        Value::Date(_) => b'd',
        Value::LocalTime(_) => b't',
        Value::ZonedTime(_) => b'T',
        Value::LocalDateTime(_) => b'l',
        Value::ZonedDateTime(_) => b'z',
        Value::Duration(_) => b'p',
        Value::Vector(_) => b'v',
        Value::Node(_) => b'N',
        Value::Edge(_) => b'E',
        Value::Path(_) => b'P',
        Value::List(items) => {
            // The types of the elements, each once, and the order of magnitude of their number, by which plans are chosen.
            let mut types = Vec::<Vec<u8>>::new();
            for item in items.iter() {
                let mut shape = Vec::new();
                if !append_shape(&mut shape, item) {
                    return false;
                }
                if let Err(position) = types.binary_search(&shape) {
                    types.insert(position, shape);
                }
            }
            out.push(b'[');
            out.push((usize::BITS - items.len().leading_zeros()) as u8);
            types.iter().for_each(|shape| out.extend(shape));
            b']'
        }
        Value::Record(fields) => {
            out.push(b'{');
            for (name, value) in fields.iter() {
                out.extend(name.as_bytes());
                out.push(0);
                if !append_shape(out, value) {
                    return false;
                }
            }
            b'}'
        }
    };
    out.push(tag);
    out.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(value: impl Into<Value>) -> Vec<u8> {
        let mut out = Vec::new();
        assert!(append_shape(&mut out, &value.into()));
        out
    }

    #[test]
    fn types_tell_and_values_do_not() {
        assert_eq!(shape(1i64), shape(2i64));
        assert_ne!(shape(1i64), shape(1.0));
        assert_eq!(shape(vec![1i64, 2]), shape(vec![3i64, 4]));
        assert_ne!(shape(vec![1i64, 2]), shape(vec![1i64; 1000]));
        assert_ne!(shape(vec![1i64]), shape(vec!["a"]));
        let mixed = |items: [Value; 2]| shape(Value::List(items.into()));
        assert_eq!(mixed([1i64.into(), "a".into()]), mixed(["b".into(), 2i64.into()]));
    }

    #[test]
    fn a_large_record_has_none() {
        let fields = (0..200).map(|number| (format!("field{number}").as_str().into(), Value::Null)).collect();
        assert!(!append_shape(&mut Vec::new(), &Value::Record(fields)));
    }
}
