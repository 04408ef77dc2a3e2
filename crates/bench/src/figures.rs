//! What several runs come to.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

/// Runs of the same thing that lie further apart than this part of their median were disturbed: the figure is then
/// marked, wherever it is shown.
pub(crate) const SPREAD_MAX: f64 = 0.30;

/// The median of several runs, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
    /// The runs lie further apart than [`SPREAD_MAX`].
    pub(crate) noisy: bool,
}

impl Spread {
    /// Of at least one run of the same thing; of none, all is 0.
    pub(crate) fn of(runs: impl IntoIterator<Item = f64>) -> Self {
        let spread = Self::among(runs);
        Self { noisy: spread.highest - spread.lowest > SPREAD_MAX * spread.median, ..spread }
    }

    /// Of things that differ by themselves, such as computers: how far they lie apart says nothing of the machine.
    pub(crate) fn among(runs: impl IntoIterator<Item = f64>) -> Self {
        let mut runs: Vec<f64> = runs.into_iter().collect();
        runs.sort_by(f64::total_cmp);
        let middle = runs.len() / 2;
        let at = |place: usize| runs.get(place).copied().unwrap_or_default();
        let median = if runs.len().is_multiple_of(2) && middle > 0 {
            f64::midpoint(at(middle - 1), at(middle))
        } else {
            at(middle)
        };
        Self { median, lowest: at(0), highest: at(runs.len().saturating_sub(1)), noisy: false }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.median < 10.0 { 2 } else { usize::from(self.median < 100.0) };
        let mark = if self.noisy { ", NOISY" } else { "" };
        write!(f, "{:.digits$} ({:.digits$} to {:.digits$}{mark})", self.median, self.lowest, self.highest)
    }
}

/// Where in figures written as JSON one says that it is noisy, such as `repeat.p99_ms`.
pub(crate) fn noisy_places(figures: &Value) -> Vec<String> {
    let mut places = Vec::new();
    gather_noisy(figures, "", &mut places);
    places
}

fn gather_noisy(value: &Value, place: &str, places: &mut Vec<String>) {
    let below = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        Value::Object(fields) if fields.get("noisy") == Some(&Value::Bool(true)) => places.push(place.to_owned()),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| gather_noisy(value, &below(name), places)),
        Value::Array(values) => {
            (0..).zip(values).for_each(|(at, value): (usize, _)| gather_noisy(value, &below(&at.to_string()), places));
        }
        _ => {}
    }
}

/// How long calls took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
}

impl Latency {
    /// Sorts `calls`.
    pub(crate) fn of(calls: &mut [Duration]) -> Self {
        calls.sort_unstable();
        let percentile = |percent: usize| {
            let rank = (calls.len() * percent).div_ceil(100).saturating_sub(1);
            calls.get(rank).map_or(0.0, |call| call.as_secs_f64() * 1_000.0)
        };
        Self { p50: percentile(50), p90: percentile(90), p99: percentile(99) }
    }
}

/// Rows of two columns, the first as wide as it must be.
pub(crate) fn rows(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    rows.iter().map(|(name, value)| format!("  {name:width$}  {value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle_and_the_spread_around_it() {
        let spread = Spread { median: 2.0, lowest: 1.0, highest: 3.0, noisy: false };
        assert_eq!(Spread::among([3.0, 1.0, 2.0]), spread);
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).median, 2.5);
        assert_eq!(Spread::of([]).median, 0.0);
        assert_eq!(spread.to_string(), "2.00 (1.00 to 3.00)");
        assert_eq!(Spread::of([1_234.5]).to_string(), "1234 (1234 to 1234)");
    }

    #[test]
    fn runs_further_apart_than_three_tenths_of_their_median_are_noisy() {
        let quiet = Spread::of([100.0, 90.0, 119.0]);
        assert!(!quiet.noisy && !quiet.to_string().contains("NOISY"));
        let disturbed = Spread::of([100.0, 90.0, 121.0]);
        assert!(disturbed.noisy);
        assert_eq!(disturbed.to_string(), "100 (90 to 121, NOISY)");
        assert!(!Spread::among([1.0, 100.0]).noisy, "computers differ");
        assert!(!Spread::of([]).noisy && !Spread::of([0.0, 0.0]).noisy);
    }

    #[test]
    fn noisy_figures_are_found_wherever_they_stand() {
        let figures = |runs: [f64; 3]| serde_json::json!({ "calls": 3, "sizes": [{ "rate": Spread::of(runs) }], "rate": Spread::of([1.0, 1.0]) });
        assert_eq!(noisy_places(&figures([1.0, 1.0, 2.0])), ["sizes.0.rate"]);
        assert!(noisy_places(&figures([1.0, 1.0, 1.1])).is_empty());
        assert_eq!(noisy_places(&serde_json::json!(Spread::of([1.0, 2.0]))), [""]);
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut calls: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(Latency::of(&mut calls), Latency { p50: 100.0, p90: 180.0, p99: 198.0 });
        assert_eq!(Latency::of(&mut [Duration::from_millis(5)]).p99, 5.0);
        assert_eq!(Latency::of(&mut []).p50, 0.0);
    }

    #[test]
    fn rows_line_up() {
        assert_eq!(rows(&[("a", "1".into()), ("long", "2".into())]), "  a     1\n  long  2\n");
    }
}
