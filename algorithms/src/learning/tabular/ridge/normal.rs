//! Features turned into normally distributed numbers by their quantiles.
//!
//! The values of the examples are cut at evenly spaced quantiles; between them the share of smaller values is interpolated, and the
//! share becomes the normal distribution's value. So outliers and units do not matter, and monotone relations become about linear.
//! Shares and bounds are those of scikit-learn's `QuantileTransformer` with `output_distribution='normal'`, which this was tested against.

use ndarray::ArrayView1;

/// A value this near to the least or the greatest of the examples counts as it; the values that these become are the normal
/// distribution's at the same distance from 0 and from 1.
const EDGE: f64 = 1e-7;
/// The number above which a standard normal variable is with the probability `EDGE`.
const MOST: f64 = 5.199_337_582_605_575;

/// The transformation of one feature.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct QuantileNormal {
    /// The median of the examples, which stands for missing values; 0 where all are missing.
    median: f64,
    /// The examples' values at evenly spaced shares, missing ones filled in, ascending.
    quantiles: Vec<f64>,
}

impl QuantileNormal {
    /// Learns the transformation from the examples' values (NaN = missing), at least one, with at most so many quantiles (two or more).
    pub fn fit(values: ArrayView1<'_, f64>, quantiles: usize) -> Self {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let median = if sorted.is_empty() { 0.0 } else { at(&sorted, 0.5) };
        let place = sorted.partition_point(|&value| value < median);
        let missing = values.len() - sorted.len();
        sorted.splice(place..place, std::iter::repeat_n(median, missing));
        let count = quantiles.min(sorted.len()).max(1);
        let share = |i: usize| i as f64 / (count - 1).max(1) as f64;
        let mut quantiles: Vec<f64> = (0..count).map(|i| at(&sorted, share(i))).collect();
        // Interpolation of equal values may round down.
        (1..count).for_each(|i| quantiles[i] = quantiles[i].max(quantiles[i - 1]));
        QuantileNormal { median, quantiles }
    }

    /// The value's place among the examples' as a number of the standard normal distribution, from -5.2 to 5.2.
    pub fn apply(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.median } else { value };
        let (first, last) = (self.quantiles[0], self.quantiles[self.quantiles.len() - 1]);
        let share = if value - EDGE < first {
            0.0
        } else if value + EDGE > last {
            1.0
        } else {
            self.share(value)
        };
        if share <= 0.0 {
            -MOST
        } else if share >= 1.0 {
            MOST
        } else {
            normal_quantile(share).clamp(-MOST, MOST)
        }
    }

    /// The share of the examples below a value between the least and the greatest: of equal quantiles the middle.
    fn share(&self, value: f64) -> f64 {
        let quantiles = &self.quantiles;
        let below = quantiles.partition_point(|&quantile| quantile < value);
        let up_to = quantiles.partition_point(|&quantile| quantile <= value);
        let steps = (quantiles.len() - 1) as f64;
        if below < up_to {
            return (below + up_to - 1) as f64 / 2.0 / steps;
        }
        let (low, high) = (quantiles[below - 1], quantiles[below]);
        ((below - 1) as f64 + (value - low) / (high - low)) / steps
    }

    /// Whether it can be applied: read from somewhere else it may be broken.
    pub(super) fn is_sound(&self) -> bool {
        let finite = self.median.is_finite() && self.quantiles.iter().all(|quantile| quantile.is_finite());
        finite && !self.quantiles.is_empty() && self.quantiles.is_sorted()
    }
}

/// The value at a share of sorted values, between two of them by interpolation.
fn at(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let low = (place.floor() as usize).min(sorted.len() - 1);
    let high = (low + 1).min(sorted.len() - 1);
    let part = place - low as f64;
    if part == 0.0 { sorted[low] } else { sorted[low] * (1.0 - part) + sorted[high] * part }
}

/// The number below which a standard normal variable is with this probability, which lies between 0 and 1, to 16 digits (Wichura,
/// "Algorithm AS 241", Applied Statistics 37, 1988).
#[expect(clippy::excessive_precision, reason = "the published coefficients")]
fn normal_quantile(probability: f64) -> f64 {
    let ratio = |top: [f64; 8], bottom: [f64; 8], x: f64| {
        let value = |of: [f64; 8]| of.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient);
        value(top) / value(bottom)
    };
    let middle = probability - 0.5;
    if middle.abs() <= 0.425 {
        let top = [
            3.387_132_872_796_366_608_0,
            133.141_667_891_784_377_45,
            1_971.590_950_306_551_442_7,
            13_731.693_765_509_461_125,
            45_921.953_931_549_871_457,
            67_265.770_927_008_700_853,
            33_430.575_583_588_128_105,
            2_509.080_928_730_122_672_7,
        ];
        let bottom = [
            1.0,
            42.313_330_701_600_911_252,
            687.187_007_492_057_908_30,
            5_394.196_021_424_751_107_7,
            21_213.794_301_586_595_867,
            39_307.895_800_092_710_610,
            28_729.085_735_721_942_674,
            5_226.495_278_852_854_561_0,
        ];
        return middle * ratio(top, bottom, 0.180_625 - middle * middle);
    }
    let tail = (-(if middle < 0.0 { probability } else { 1.0 - probability }).ln()).sqrt();
    let size = if tail <= 5.0 {
        let top = [
            1.423_437_110_749_683_577_34,
            4.630_337_846_156_545_295_90,
            5.769_497_221_460_691_405_50,
            3.647_848_324_763_204_605_04,
            1.270_458_252_452_368_382_58,
            0.241_780_725_177_450_611_770,
            2.272_384_498_926_918_458_33e-2,
            7.745_450_142_783_414_076_40e-4,
        ];
        let bottom = [
            1.0,
            2.053_191_626_637_758_821_87,
            1.676_384_830_183_803_849_40,
            0.689_767_334_985_100_004_550,
            0.148_103_976_427_480_074_590,
            1.519_866_656_361_645_719_66e-2,
            5.475_938_084_995_344_946_00e-4,
            1.050_750_071_644_416_843_24e-9,
        ];
        ratio(top, bottom, tail - 1.6)
    } else {
        let top = [
            6.657_904_643_501_103_777_20,
            5.463_784_911_164_114_369_90,
            1.784_826_539_917_291_335_80,
            0.296_560_571_828_504_891_230,
            2.653_218_952_657_612_309_30e-2,
            1.242_660_947_388_078_438_60e-3,
            2.711_555_568_743_487_578_15e-5,
            2.010_334_399_292_288_132_65e-7,
        ];
        let bottom = [
            1.0,
            0.599_832_206_555_887_937_690,
            0.136_929_880_922_735_805_310,
            1.487_536_129_085_061_485_25e-2,
            7.868_691_311_456_132_591_00e-4,
            1.846_318_317_510_054_681_80e-5,
            1.421_511_758_316_445_888_70e-7,
            2.044_263_103_389_939_785_64e-15,
        ];
        ratio(top, bottom, tail - 5.0)
    };
    if middle < 0.0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;

    #[test]
    fn quantiles_of_the_normal_distribution() {
        // From tables to 15 digits.
        for (probability, value) in [
            (0.5, 0.0),
            (0.75, 0.674_489_750_196_081_7),
            (0.975, 1.959_963_984_540_054),
            (0.001, -3.090_232_306_167_813_5),
            (1e-7, -5.199_337_582_192_817),
            (1e-20, -9.262_340_089_798_409),
        ] {
            assert!((normal_quantile(probability) - value).abs() < 1e-13, "{probability}");
        }
    }

    #[test]
    fn values_become_those_of_the_reference() {
        // QuantileTransformer(n_quantiles=100, output_distribution='normal') of scikit-learn on these values; they hold ties.
        let values = Array1::from(vec![3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0]);
        let fitted = QuantileNormal::fit(values.view(), 100);
        for (value, expected) in [
            (1.0, -5.199_337_582_605_575),
            (2.0, -0.841_621_233_572_914_4),
            (2.5, -0.674_489_750_196_081_7),
            (3.0, -0.385_320_466_407_567_6),
            (5.0, 0.524_400_512_708_041),
            (8.0, 1.833_914_635_815_914_6),
            (9.0, 5.199_337_582_605_575),
            (70.0, 5.199_337_582_605_575),
        ] {
            assert!((fitted.apply(value) - expected).abs() < 1e-8, "{value}: {} {expected}", fitted.apply(value));
        }
    }

    #[test]
    fn missing_values_are_medians() {
        let fitted = QuantileNormal::fit(Array1::from(vec![f64::NAN, 1.0, 2.0, 6.0, f64::NAN]).view(), 100);
        assert_eq!(fitted.apply(f64::NAN), fitted.apply(2.0));
        assert!(fitted.apply(2.0).abs() < 1e-12);
        let nothing = QuantileNormal::fit(Array1::from(vec![f64::NAN; 3]).view(), 100);
        assert!(nothing.apply(f64::NAN).is_finite() && nothing.is_sound());
    }
}
