//! Exact sums of floats: one outcome for any order of the numbers.
//!
//! Floats are kept as an expansion, a few floats whose exact sum is the sum so far (Shewchuk, "Adaptive precision floating-point
//! arithmetic", 1997), and rounded once at the end. Floats so large that adding two of them might overflow are kept in an
//! expansion of their own, scaled down.

/// Floats from this magnitude on are added scaled by 2^-[`SCALED_BITS`].
const LARGE: f64 = f64::from_bits((1023 + 900) << 52);

const SCALED_BITS: u32 = 128;

/// 2^-128.
const SCALE: f64 = f64::from_bits((1023 - SCALED_BITS as u64) << 52);

/// A sum of floats without rounding.
#[derive(Debug, Default)]
pub(crate) struct FloatSum {
    /// Nearly always one to three.
    parts: Vec<f64>,
    large: Vec<f64>,
    /// The sum of what is not finite.
    pub(crate) special: Option<f64>,
}

impl FloatSum {
    pub(crate) fn add(&mut self, number: f64) {
        if !number.is_finite() {
            self.special = Some(self.special.unwrap_or(0.0) + number);
        } else if number.abs() < LARGE {
            grow(&mut self.parts, number);
        } else {
            grow(&mut self.large, number * SCALE);
        }
    }

    /// Adds all numbers of another sum.
    pub(crate) fn merge(&mut self, other: &FloatSum) {
        other.parts.iter().for_each(|part| grow(&mut self.parts, *part));
        other.large.iter().for_each(|part| grow(&mut self.large, *part));
        if let Some(special) = other.special {
            self.special = Some(self.special.unwrap_or(0.0) + special);
        }
    }

    /// The sum of these and an integer.
    pub(crate) fn total(&self, integers: i128) -> Total {
        let mut fixed = Fixed::default();
        self.parts.iter().for_each(|part| fixed.add_float(*part, 0));
        self.large.iter().for_each(|part| fixed.add_float(*part, SCALED_BITS));
        fixed.add_integer(integers);
        match self.special {
            // One NaN, whatever its bits.
            Some(special) if special.is_nan() => Total { mantissa: f64::NAN, exponent: 0 },
            Some(special) => Total { mantissa: special, exponent: 0 },
            None => fixed.total(),
        }
    }

    /// The sum, rounded once; infinite when it is beyond the largest number.
    pub(crate) fn value(&self) -> f64 {
        self.total(0).value(1.0)
    }

    /// The bytes it has on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        (self.parts.capacity() + self.large.capacity()) * size_of::<f64>()
    }
}

/// Adds a number to an expansion, exactly.
fn grow(parts: &mut Vec<f64>, number: f64) {
    let (mut sum, mut kept) = (number, 0);
    for at in 0..parts.len() {
        let part = parts[at];
        let high = sum + part;
        let share = high - sum;
        let low = (sum - (high - share)) + (part - share);
        if low != 0.0 {
            parts[kept] = low;
            kept += 1;
        }
        sum = high;
    }
    parts.truncate(kept);
    parts.push(sum);
}

/// A rounded sum, `mantissa * 2^exponent`, whose exponent may be larger than a float has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Total {
    mantissa: f64,
    exponent: i32,
}

impl Total {
    /// The sum divided by a number of at most 64 bits.
    pub(crate) fn value(self, divisor: f64) -> f64 {
        ldexp(self.mantissa / divisor, self.exponent)
    }
}

/// `number * 2^exponent`.
pub(crate) fn ldexp(mut number: f64, mut exponent: i32) -> f64 {
    let power = |exponent: i32| f64::from_bits(((1023 + exponent) as u64) << 52);
    while exponent > 1023 {
        number *= power(1023);
        exponent -= 1023;
        if number.is_infinite() {
            return number;
        }
    }
    // Downwards in one step that may round, after steps that do not.
    while exponent < -1022 {
        let step = if number.abs() >= 1.0 { -1022.max(exponent) } else { break };
        number *= power(step);
        exponent -= step;
    }
    if exponent < -1022 {
        return number * power(-1022) * power((exponent + 1022).max(-1022));
    }
    number * power(exponent)
}

/// Bits of a limb.
const LIMB: u32 = 32;

/// Bit 0 stands for 2^-1074; the largest float has 2098 bits, scaled ones 128 more, and sums of 2^64 of them 64 more.
const LIMBS: usize = (2098 + SCALED_BITS as usize + 64) / LIMB as usize + 3;

/// A fixed-point number that holds any sum of floats.
struct Fixed([i64; LIMBS]);

impl Default for Fixed {
    fn default() -> Self {
        Fixed([0; LIMBS])
    }
}

impl Fixed {
    /// Adds `mantissa * 2^(bit - 1074)`.
    fn add_bits(&mut self, mantissa: u64, bit: u32, negative: bool) {
        let wide = u128::from(mantissa) << (bit % LIMB);
        let first = (bit / LIMB) as usize;
        for (place, limb) in self.0[first..].iter_mut().take(3).enumerate() {
            let piece = (wide >> (place as u32 * LIMB)) as u32;
            *limb += if negative { -i64::from(piece) } else { i64::from(piece) };
        }
    }

    fn add_float(&mut self, number: f64, scaled: u32) {
        let bits = number.to_bits();
        let (exponent, fraction) = ((bits >> 52) as u32 & 0x7ff, bits & ((1 << 52) - 1));
        let mantissa = if exponent == 0 { fraction } else { fraction | 1 << 52 };
        self.add_bits(mantissa, exponent.max(1) - 1 + scaled, number.is_sign_negative());
    }

    fn add_integer(&mut self, number: i128) {
        let magnitude = number.unsigned_abs();
        for place in 0..4 {
            let piece = (magnitude >> (place * LIMB)) as u32;
            self.add_bits(u64::from(piece), 1074 + place * LIMB, number < 0);
        }
    }

    /// Carries, so that every limb but the last is one of 32 bits.
    fn carry(&mut self) {
        let mut carry = 0;
        for limb in &mut self.0 {
            let value = *limb + carry;
            carry = value >> LIMB;
            *limb = value & i64::from(u32::MAX);
        }
        if let Some(last) = self.0.last_mut() {
            *last += carry << LIMB;
        }
    }

    /// The number rounded to 53 bits, halves to even.
    fn total(mut self) -> Total {
        self.carry();
        let negative = self.0.last().is_some_and(|last| *last < 0);
        if negative {
            self.0.iter_mut().for_each(|limb| *limb = -*limb);
            self.carry();
        }
        let Some(top) = self.0.iter().rposition(|limb| *limb != 0) else {
            return Total { mantissa: 0.0, exponent: 0 };
        };
        // The upper 96 bits, and whether there is anything below them.
        let limb = |place: usize| self.0.get(place).map_or(0, |limb| *limb as u128);
        let low = top.saturating_sub(2);
        let wide = (low..=top).rev().fold(0u128, |wide, place| wide << LIMB | limb(place));
        let below = self.0[..low].iter().any(|limb| *limb != 0);
        let bits = 128 - wide.leading_zeros();
        let drop = bits.saturating_sub(53);
        let rest = wide & ((1u128 << drop) - 1);
        let mut mantissa = (wide >> drop) as u64;
        if drop > 0 {
            let half = 1u128 << (drop - 1);
            let up = rest > half || rest == half && (below || mantissa & 1 == 1);
            mantissa += u64::from(up);
        }
        let exponent = low as i32 * LIMB as i32 + drop as i32 - 1074;
        let sign = if negative { -1.0 } else { 1.0 };
        Total { mantissa: sign * mantissa as f64, exponent }
    }
}

/// The exponent of a finite number that is not 0: it is from 2^exponent up to but without 2^(exponent + 1).
pub(crate) fn exponent(number: f64) -> i32 {
    let biased = |number: f64| (number.to_bits() >> 52) as i32 & 0x7ff;
    match biased(number) {
        // A subnormal number.
        0 => biased(ldexp(number, 64)) - 64 - 1023,
        biased => biased - 1023,
    }
}
