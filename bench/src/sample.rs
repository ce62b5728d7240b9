//! One measured step of a platform, and what many of the same step have in common. It must never
//! know what the step was.

use std::collections::BTreeMap;
use std::time::Duration;

use local::history::{Service, Totals};
use serde_json::{Map, Value, json};

use crate::figures::{median, rounded, spread};
use crate::meter::Share;

/// What one step took.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// Calls to services, by service and operation.
    pub totals: BTreeMap<(Service, String), Totals>,
    /// What each function spent.
    pub shares: BTreeMap<&'static str, Share>,
    /// Processor time of the other threads: what functions moved there, such as the hashing of
    /// passwords, and with storage on disk the storage engine.
    pub apart: Duration,
    /// Processor time of gateway, queues and client on this machine.
    pub around: Duration,
    /// Bytes of the answer's body.
    pub answer_bytes: usize,
}

impl Sample {
    /// Returns the processor time of all functions.
    pub fn functions(&self) -> Duration {
        self.shares.values().map(|share| share.own()).sum()
    }

    /// Returns the processor time of one function.
    pub fn own_of(&self, name: &str) -> Duration {
        self.shares
            .get(name)
            .map_or(Duration::ZERO, |share| share.own())
    }

    /// Returns the processor time of what stands in for AWS, on the functions' threads.
    pub fn services(&self) -> Duration {
        self.shares.values().map(|share| share.services).sum()
    }

    /// Returns everything that was called, together.
    pub fn total(&self) -> Totals {
        let mut sum = Totals::default();
        for totals in self.totals.values() {
            sum.calls += totals.calls;
            sum.failed += totals.failed;
            sum.read_units += totals.read_units;
            sum.write_units += totals.write_units;
            sum.bytes_in += totals.bytes_in;
            sum.bytes_out += totals.bytes_out;
        }
        sum
    }

    /// Returns the calls of one operation.
    pub fn calls_of(&self, service: Service, operation: &str) -> u64 {
        let totals = self.totals.get(&(service, operation.to_owned()));
        totals.map_or(0, |totals| totals.calls)
    }
}

/// Samples of one step.
#[derive(Debug, Clone, Default)]
pub struct Samples(pub Vec<Sample>);

impl Samples {
    /// Returns the median of a figure of the samples.
    pub fn median(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        median(&self.each(figure))
    }

    fn each(&self, figure: impl Fn(&Sample) -> f64) -> Vec<f64> {
        self.0.iter().map(figure).collect()
    }

    /// Returns the figures: medians, and the spread of processor times.
    pub fn figures(&self) -> Value {
        let mut figures = self.counted();
        let mut add = |name: &str, time: fn(&Sample) -> Duration| {
            figures.insert(name.to_owned(), self.spread(time));
        };
        add("functionUs", Sample::functions);
        add("standInUs", Sample::services);
        add("apartUs", |sample| sample.apart);
        add("aroundUs", |sample| sample.around);
        let of_functions = self.functions();
        if of_functions.len() > 1 {
            let own = of_functions.into_iter().map(|name| {
                let median = self.median(|sample| micros(sample.own_of(name)));
                (name.to_owned(), json!(rounded(median)))
            });
            figures.insert("functionUsOf".to_owned(), Value::Object(own.collect()));
        }
        Value::Object(figures)
    }

    /// Returns the spread of a time, in microseconds.
    pub fn spread(&self, time: impl Fn(&Sample) -> Duration) -> Value {
        spread(&self.each(|sample| micros(time(sample))))
    }

    /// Returns what is counted and not timed: medians.
    pub fn counted(&self) -> Map<String, Value> {
        let count = |figure: fn(Totals) -> f64| {
            json!(rounded(self.median(|sample| figure(sample.total()))))
        };
        let counts = [
            ("calls", count(|totals| whole(totals.calls))),
            ("readUnits", count(|totals| totals.read_units)),
            ("writeUnits", count(|totals| totals.write_units)),
            ("bytesSent", count(|totals| whole(totals.bytes_in))),
            ("bytesReceived", count(|totals| whole(totals.bytes_out))),
        ];
        counts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    /// Returns the functions that took part.
    fn functions(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self
            .0
            .iter()
            .flat_map(|sample| sample.shares.keys())
            .copied()
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Returns microseconds.
pub fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Returns a count as a figure; counts here are far below what a float holds exactly.
pub fn whole(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use local::history::{Service, Totals};

    use super::{Sample, Samples};
    use crate::meter::Share;

    fn sample(calls: u64, polled_us: u64) -> Sample {
        let totals = Totals {
            calls,
            read_units: 0.5,
            ..Totals::default()
        };
        let share = Share {
            polled: Duration::from_micros(polled_us),
            services: Duration::from_micros(10),
            ..Share::default()
        };
        Sample {
            totals: [((Service::DynamoDb, "GetItem".to_owned()), totals)].into(),
            shares: [("content", share)].into(),
            ..Sample::default()
        }
    }

    #[test]
    fn figures_are_medians() {
        let samples = Samples(vec![sample(1, 110), sample(3, 130), sample(2, 510)]);
        let figures = samples.figures();
        assert_eq!(figures["calls"], 2.0);
        assert_eq!(figures["readUnits"], 0.5);
        assert_eq!(figures["functionUs"]["median"], 120.0);
        assert_eq!(figures["functionUs"]["max"], 500.0);
        assert_eq!(figures["standInUs"]["median"], 10.0);
        assert_eq!(samples.0[0].calls_of(Service::DynamoDb, "GetItem"), 1);
        assert_eq!(samples.0[0].calls_of(Service::S3, "GetItem"), 0);
    }
}
