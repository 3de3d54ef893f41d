//! How likely a deviation at least as large is, were there none.

use std::f64::consts::TAU;

use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT, Uniform};
use statrs::stats_tests::NaNPolicy;
use statrs::stats_tests::ks_test::{KSOneSampleAlternativeMethod, ks_onesample};

/// Of positions on a circle, in turns: that they are no more on one side than uniform ones (Rayleigh).
pub fn one_side_of_circle(turns: impl Iterator<Item = f64>) -> f64 {
    let (count, cos, sin) = turns.fold((0.0, 0.0, 0.0), |(count, cos, sin), turn| {
        let (by_sin, by_cos) = (turn * TAU).sin_cos();
        (count + 1.0, cos + by_cos, sin + by_sin)
    });
    let squared: f64 = cos * cos + sin * sin;
    // exp(sqrt((1 + 2n)² − 4R²) − (1 + 2n)), written so that no digits are lost.
    let whole = 1.0 + 2.0 * count;
    (-4.0 * squared / ((whole * whole - 4.0 * squared).sqrt() + whole)).exp()
}

/// Of counts: that each is as likely as the others (chi-squared).
pub fn equal_counts(counts: &[u32]) -> f64 {
    let cells = counts.len() as f64;
    let expected = counts.iter().copied().map(f64::from).sum::<f64>() / cells;
    let squared: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    ChiSquared::new(cells - 1.0).unwrap().sf(squared)
}

/// Of numbers from 0 to 1: that they are uniform (Kolmogorov and Smirnov).
pub fn uniform(values: Vec<f64>) -> f64 {
    let uniform = Uniform::new(0.0, 1.0).unwrap();
    ks_onesample(values, &uniform, KSOneSampleAlternativeMethod::TwoSidedAsymptotic, NaNPolicy::Error).unwrap().1
}

/// Of pairs: that the second has nothing to do with the first (Pearson).
pub fn unrelated(pairs: &[[f64; 2]]) -> f64 {
    let strength = correlation(pairs) * (pairs.len() as f64).sqrt();
    2.0 * Normal::standard().sf(strength.abs())
}

/// Pearson's coefficient of pairs.
pub fn correlation(pairs: &[[f64; 2]]) -> f64 {
    let mean = |side: usize| pairs.iter().map(|pair| pair[side]).sum::<f64>() / pairs.len() as f64;
    let means = [mean(0), mean(1)];
    let product = |one: usize, other: usize| pairs.iter().map(|pair| (pair[one] - means[one]) * (pair[other] - means[other])).sum::<f64>();
    product(0, 1) / (product(0, 0) * product(1, 1)).sqrt()
}

/// Of differences that do not depend on one another: that their mean is 0 (Student).
pub fn no_difference(differences: &[f64]) -> f64 {
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (count - 1.0);
    2.0 * StudentsT::new(0.0, 1.0, count - 1.0).unwrap().sf((mean / (variance / count).sqrt()).abs())
}

/// Of several values of which the least is looked at: how likely it is that one of them is so small (Šidák).
pub fn least_of(values: &[f64]) -> f64 {
    let least = values.iter().copied().fold(1.0, f64::min);
    -(values.len() as f64 * (-least).ln_1p()).exp_m1()
}
