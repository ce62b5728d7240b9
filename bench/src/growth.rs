//! The same paths on platforms of several sizes, side by side. It must never know which path is
//! whose.

use anyhow::ensure;
use serde_json::{Map, Value, json};

use crate::figures::rounded;
use crate::measured::Measured;
use crate::sample::{Sample, Samples, micros, whole};

/// How much a figure may grow from the smallest size to the largest and still be called flat.
pub const FLAT: f64 = 1.1;

/// A figure of a sample, with its name.
type Figure = (&'static str, fn(&Sample) -> f64);

/// What is compared of every path.
const FIGURES: [Figure; 5] = [
    ("calls", |sample| whole(sample.total().calls)),
    ("readUnits", |sample| sample.total().read_units),
    ("writeUnits", |sample| sample.total().write_units),
    ("bytes", |sample| {
        whole(sample.total().bytes_in + sample.total().bytes_out)
    }),
    ("functionUs", |sample| micros(sample.functions())),
];

/// Returns the figures of every path, by its name; what a request sets in motion is a path too.
pub fn figures(measured: &Measured) -> Map<String, Value> {
    let mut figures = Map::new();
    for name in measured.names() {
        let parts = [
            (name.to_owned(), measured.requests(name)),
            (format!("{name}Aftermath"), measured.aftermath(name)),
        ];
        for (name, samples) in parts {
            if let Some(samples) = samples.filter(|samples| !samples.0.is_empty()) {
                figures.insert(name, Value::Object(of(samples)));
            }
        }
    }
    figures
}

fn of(samples: &Samples) -> Map<String, Value> {
    let mut figures: Map<String, Value> = FIGURES
        .into_iter()
        .map(|(name, figure)| (name.to_owned(), json!(rounded(samples.median(figure)))))
        .collect();
    let elsewhere = |sample: &Sample| micros(sample.apart);
    figures.insert(
        "apartUs".to_owned(),
        json!(rounded(samples.median(elsewhere))),
    );
    figures
}

/// What of every path grows, and the names of the figures that do so by more than [`FLAT`].
pub type Growth = (Map<String, Value>, Vec<String>);

/// Returns how each figure of each path grows from the first of these figures to the last. Both have
/// the same paths.
pub fn growth(sizes: &[Map<String, Value>]) -> anyhow::Result<Growth> {
    let (mut growth, mut grown) = (Map::new(), Vec::new());
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else {
        return Ok((growth, grown));
    };
    ensure!(
        first.keys().eq(last.keys()),
        "the sizes have other paths: {:?}, {:?}",
        first.keys(),
        last.keys()
    );
    for ((path, small), large) in first.iter().zip(last.values()) {
        let mut of_path = Map::new();
        for (figure, _) in FIGURES {
            let ratio = ratio(number(small, figure), number(large, figure));
            if ratio > FLAT {
                grown.push(format!("{path}.{figure}"));
            }
            of_path.insert(figure.to_owned(), json!(rounded(ratio)));
        }
        growth.insert(path.clone(), Value::Object(of_path));
    }
    Ok((growth, grown))
}

fn number(figures: &Value, name: &str) -> f64 {
    figures
        .get(name)
        .and_then(Value::as_f64)
        .unwrap_or_default()
}

/// Returns how often the first goes into the second. Nothing to nothing is flat.
fn ratio(small: f64, large: f64) -> f64 {
    match (small > 0.0, large > 0.0) {
        (true, _) => large / small,
        (false, true) => f64::MAX,
        (false, false) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::growth;

    fn size(calls: f64, read_units: f64) -> Map<String, Value> {
        let figures = json!({ "calls": calls, "readUnits": read_units, "functionUs": 100.0 });
        Map::from_iter([("readPage".to_owned(), figures)])
    }

    #[test]
    fn what_grows_is_named() {
        let (growth, grown) = growth(&[size(2.0, 1.0), size(9.0, 1.0), size(2.2, 1.5)]).unwrap();
        assert_eq!(growth["readPage"]["calls"], 1.1);
        assert_eq!(growth["readPage"]["readUnits"], 1.5);
        assert_eq!(growth["readPage"]["writeUnits"], 1.0, "nothing is flat");
        assert_eq!(grown, ["readPage.readUnits"]);
    }

    #[test]
    fn from_nothing_to_something_is_growth() {
        let (_, grown) = growth(&[size(0.0, 1.0), size(1.0, 1.0)]).unwrap();
        assert_eq!(grown, ["readPage.calls"]);
    }

    #[test]
    fn a_path_that_one_size_lacks_is_an_error() {
        assert!(growth(&[size(1.0, 1.0), Map::new()]).is_err());
        assert!(growth(&[Map::new(), size(1.0, 1.0)]).is_err());
        assert!(growth(&[]).unwrap().1.is_empty());
    }
}
