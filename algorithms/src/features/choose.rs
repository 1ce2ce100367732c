//! Which encoding a property gets at one group of rows, and whether it is a feature there at all.

use super::encoder::{Encoder, Kind};
use super::number::{Flag, Number, number_at};
use super::request::{Encoding, Scale, Wish};
use super::vector::Vectors;
use crate::property_graph::{Property, Values};

/// The rows of one group, and those among them that statistics come from.
pub(super) struct GroupRows {
    pub all: Vec<u32>,
    pub training: Vec<u32>,
}

/// What becomes of a property at a group.
pub(super) enum Decision {
    /// No row of the group has it.
    Absent,
    /// It is no feature there, for this reason.
    LeftOut(String),
    /// It is, with a note that may be empty.
    Used(Encoder, String),
}

/// Decides for one property and one group. `named` = the call names the property.
///
/// # Errors
/// A message about the property: an encoding that does not take its type, options that do not fit.
pub(super) fn decide(property: &Property, rows: &GroupRows, wish: &Wish, named: bool) -> Result<Decision, String> {
    let values = &property.values;
    if !rows.all.iter().any(|&row| values.is_present(row as usize)) {
        return Ok(Decision::Absent);
    }
    let Some(kind) = Kind::of(values) else {
        return Ok(Decision::LeftOut(format!("no encoding takes {}", values.type_name())));
    };
    if !rows.training.iter().any(|&row| values.is_present(row as usize)) {
        return Ok(Decision::LeftOut("no training row has a value".to_owned()));
    }
    let encoding = match wish.encoding {
        Some(encoding) => encoding,
        None => kind.encodings()[0],
    };
    if !kind.encodings().contains(&encoding) {
        let taken: Vec<String> = kind.encodings().iter().map(|taken| format!("{:?}", taken.name())).collect();
        return Err(format!(
            "{}, which the encoding {:?} does not take; {} does",
            kind.text(),
            encoding.name(),
            taken.join(" or ")
        ));
    }
    wish.check_options(encoding)?;
    fit(values, rows, wish, named, encoding)
}

fn fit(values: &Values, rows: &GroupRows, wish: &Wish, named: bool, encoding: Encoding) -> Result<Decision, String> {
    let none = || Decision::LeftOut("no training row has a usable value".to_owned());
    let constant = |presence: bool, encoder: Encoder| match (presence, nulls(values, &rows.training)) {
        (false, _) => Decision::Used(encoder, String::new()),
        (true, 0) if !named => Decision::LeftOut("constant".to_owned()),
        (true, _) => Decision::Used(encoder, "constant: 1 where there is a value".to_owned()),
    };
    Ok(match encoding {
        Encoding::Number => match Number::fit(values, &rows.training, wish.scale.unwrap_or(Scale::Zscore)) {
            Some(number) => constant(number.is_presence(), Encoder::Number(number)),
            None => none(),
        },
        Encoding::Bool => {
            let mut numbers = rows.all.iter().map(|&row| number_at(values, row));
            if let Some(other) = numbers.find(|&number| !number.is_nan() && number != 0.0 && number != 1.0) {
                return Err(format!("a number, of which the encoding \"bool\" takes 0 and 1 only, not {other}"));
            }
            match Flag::fit(values, &rows.training) {
                Some(flag) => constant(flag.is_presence(), Encoder::Bool(flag)),
                None => none(),
            }
        }
        Encoding::Vector => match Vectors::fit(values, &rows.training, wish.scale.unwrap_or(Scale::None)) {
            Some(vectors) => Decision::Used(Encoder::Vector(vectors), String::new()),
            None => none(),
        },
        Encoding::Category | Encoding::Text | Encoding::Time | Encoding::Bag => none(),
    })
}

/// Rows without a value.
pub(super) fn nulls(values: &Values, rows: &[u32]) -> u64 {
    rows.iter().filter(|&&row| !values.is_present(row as usize)).count() as u64
}
