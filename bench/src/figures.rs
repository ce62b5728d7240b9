//! Samples, and what is said of many. It must never know what was measured.

use serde_json::{Value, json};

/// Tells the median, the extremes and the number of samples, to three decimals.
pub fn spread(samples: &[f64]) -> Value {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    json!({
        "median": rounded(median(&sorted)),
        "min": rounded(sorted.first().copied().unwrap_or_default()),
        "max": rounded(sorted.last().copied().unwrap_or_default()),
        "samples": sorted.len(),
    })
}

/// Returns the median of samples in any order; 0 of none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => at(middle),
        _ => f64::midpoint(at(middle - 1), at(middle)),
    }
}

/// Rounds to three decimals.
pub fn rounded(figure: f64) -> f64 {
    (figure * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::{median, rounded, spread};

    #[test]
    fn the_median_is_the_middle() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(&[]).abs() < f64::EPSILON);
    }

    #[test]
    fn a_spread_has_its_extremes() {
        let spread = spread(&[2.0, 9.0, 1.000_4]);
        assert_eq!(
            spread.to_string(),
            "{\"max\":9.0,\"median\":2.0,\"min\":1.0,\"samples\":3}"
        );
        assert!((rounded(1.234_56) - 1.235).abs() < f64::EPSILON);
    }
}
