//! What the platform costs: counted use times published prices, line by line. It must never count
//! anything itself, nor know what a request is for.

use std::collections::BTreeMap;
use std::time::Duration;

use local::history::Service;
use serde_json::{Map, Value, json};

use crate::figures::{median, rounded};
use crate::prices::{self, Price};
use crate::sample::{Sample, Samples, whole};

/// Memory at which a function has one whole processor; with less it has that part of one.
pub const PROCESSOR_MB: f64 = 1_769.0;

/// Processor time that a call takes beyond what is measured here, where it crosses no network: TLS
/// and HTTP. An assumption.
pub const NETWORK: Duration = Duration::from_micros(100);

/// Log text of one invocation, as Lambda writes it in JSON: its start and its report. An assumption.
pub const INVOCATION_LOG_BYTES: f64 = 700.0;

/// Log text of one request of the HTTP API, in the template's format. An assumption.
pub const ACCESS_LOG_BYTES: f64 = 250.0;

/// Invocations of which a trace is kept: X-Ray's own rule, beyond the first of each second.
pub const TRACED: f64 = 0.05;

/// How long calls wait for their answers, in milliseconds: of one operation, else of its service.
/// Assumptions.
pub const WAITS_MS: &[(Service, &str, f64)] = &[
    (Service::DynamoDb, "TransactWriteItems", 12.0),
    (Service::DynamoDb, "", 5.0),
    (Service::S3, "", 25.0),
    (Service::Sqs, "", 10.0),
    (Service::EventBridge, "", 20.0),
    (Service::CloudFront, "", 200.0),
    (Service::SecretsManager, "", 20.0),
    (Service::Ses, "", 100.0),
];

/// How long the services that are in none of these lines take.
const WAIT_MS: f64 = 20.0;

/// Returns how long a call waits for its answer, in milliseconds.
fn wait_ms(service: Service, operation: &str) -> f64 {
    let line = WAITS_MS
        .iter()
        .find(|(of, name, _)| *of == service && (name.is_empty() || *name == operation));
    line.map_or(WAIT_MS, |(_, _, wait)| *wait)
}

/// Quantities by price, in the order of the prices.
#[derive(Debug, Clone, Default)]
pub struct Bill(BTreeMap<usize, f64>);

impl Bill {
    /// Adds a quantity.
    #[must_use]
    pub fn with(mut self, price: &Price, quantity: f64) -> Self {
        self.add(price, quantity);
        self
    }

    /// Adds another bill's quantities, so many times.
    #[must_use]
    pub fn plus(mut self, other: &Self, times: f64) -> Self {
        for (place, quantity) in &other.0 {
            *self.0.entry(*place).or_default() += quantity * times;
        }
        self
    }

    /// Returns the total, in dollars.
    pub fn dollars(&self) -> f64 {
        self.lines()
            .map(|(price, quantity)| price.of(quantity))
            .sum()
    }

    /// Tells the bill for so many of what it is for.
    pub fn figures(&self, name: &str, times: f64) -> Value {
        let lines = || self.lines().filter(|(_, quantity)| *quantity > 0.0);
        let of = |figure: fn(&Price, f64) -> f64| {
            lines()
                .map(|(price, quantity)| {
                    (
                        price.name.to_owned(),
                        json!(cents(figure(price, quantity * times))),
                    )
                })
                .collect::<Map<_, _>>()
        };
        json!({
            "for": name,
            "times": times,
            "dollars": cents(self.dollars() * times),
            "dollarsOf": of(Price::of),
            "quantityOf": of(|_, quantity| quantity),
        })
    }

    fn add(&mut self, price: &Price, quantity: f64) {
        if let Some(place) = prices::ALL.iter().position(|each| *each == price) {
            *self.0.entry(place).or_default() += quantity;
        }
    }

    fn lines(&self) -> impl Iterator<Item = (&'static Price, f64)> {
        self.0
            .iter()
            .filter_map(|(place, quantity)| Some((*prices::ALL.get(*place)?, *quantity)))
    }
}

/// Rounds to what a person reads: six significant digits are more than the assumptions hold.
fn cents(figure: f64) -> f64 {
    if figure.abs() < 1.0 {
        (figure * 1e6).round() / 1e6
    } else {
        rounded(figure)
    }
}

/// The memory of functions, by name.
pub type Memory = BTreeMap<String, u32>;

/// What is used by what was measured: the medians of the samples.
pub fn usage(samples: &Samples, memory: &Memory) -> Bill {
    let count =
        |figure: &dyn Fn(&Sample) -> f64| median(&samples.0.iter().map(figure).collect::<Vec<_>>());
    let calls =
        |service, operation| count(&move |sample| whole(sample.calls_of(service, operation)));
    let shares = |figure: fn(&crate::meter::Share) -> u32| {
        count(&move |sample| {
            sample
                .shares
                .values()
                .map(|share| f64::from(figure(share)))
                .sum()
        })
    };
    let invocations = shares(|share| share.invocations);
    // Each batch of messages is received and deleted by one request.
    let batches = count(&|sample| {
        let consumers =
            ["provisioning", "edge", "notifications"].map(|name| sample.shares.get(name));
        let batches = consumers
            .into_iter()
            .flatten()
            .map(|share| f64::from(share.invocations));
        batches.sum()
    });
    Bill::default()
        .with(
            &prices::READ_UNITS,
            count(&|sample| sample.total().read_units),
        )
        .with(
            &prices::WRITE_UNITS,
            count(&|sample| sample.total().write_units),
        )
        .with(&prices::OBJECT_PUTS, calls(Service::S3, "PutObject"))
        .with(
            &prices::OBJECT_GETS,
            calls(Service::S3, "GetObject") + calls(Service::S3, "HeadObject"),
        )
        .with(&prices::INVOCATIONS, invocations)
        .with(
            &prices::COMPUTE,
            count(&|sample| gigabyte_seconds(sample, memory)),
        )
        .with(&prices::PURGES, shares(|share| share.purged))
        .with(
            &prices::QUEUE,
            calls(Service::Sqs, "SendMessageBatch") + 2.0 * batches,
        )
        .with(&prices::MAILS, calls(Service::Ses, "SendEmail"))
        .with(&prices::BUS, shares(|share| share.events))
        .with(&prices::LOGS, invocations * INVOCATION_LOG_BYTES)
        .with(&prices::TRACES, invocations * TRACED)
        .with(
            &prices::SECRET_READS,
            calls(Service::SecretsManager, "GetSecretValue"),
        )
}

/// Returns the memory-time that Lambda charges for a sample.
fn gigabyte_seconds(sample: &Sample, memory: &Memory) -> f64 {
    let mut charged = 0.0;
    let all: f64 = sample
        .shares
        .values()
        .map(|share| f64::from(share.calls))
        .sum();
    let waits: f64 = sample
        .totals
        .iter()
        .map(|((service, operation), totals)| whole(totals.calls) * wait_ms(*service, operation))
        .sum();
    for (name, share) in &sample.shares {
        let memory_mb = f64::from(memory.get(*name).copied().unwrap_or_default());
        let calls = f64::from(share.calls);
        // Waiting is shared out by calls: which function made which is not told apart.
        let waiting_ms = if all > 0.0 { waits * calls / all } else { 0.0 };
        let apart = if *name == APART {
            sample.apart
        } else {
            Duration::ZERO
        };
        let processor_ms =
            (share.own() + apart).as_secs_f64() * 1e3 + calls * NETWORK.as_secs_f64() * 1e3;
        charged += memory_mb / 1_024.0
            * duration_ms(processor_ms, waiting_ms, memory_mb, share.invocations)
            / 1e3;
    }
    charged
}

/// The function that moves work to other threads: it hashes passwords.
const APART: &str = "identity";

/// Returns the time that is charged: each invocation's last millisecond counts whole.
fn duration_ms(processor_ms: f64, waiting_ms: f64, memory_mb: f64, invocations: u32) -> f64 {
    if memory_mb <= 0.0 || invocations == 0 {
        return 0.0;
    }
    let invocations = f64::from(invocations);
    let slowed_ms = processor_ms * (PROCESSOR_MB / memory_mb).max(1.0);
    ((slowed_ms + waiting_ms) / invocations).ceil() * invocations
}

/// Adds what a request through the HTTP API costs beyond its functions.
#[must_use]
pub fn through_gateway(bill: Bill, samples: &Samples) -> Bill {
    bill.with(&prices::GATEWAY, 1.0)
        .with(
            &prices::GATEWAY_TRAFFIC,
            samples.median(|sample| whole(sample.answer_bytes as u64)),
        )
        .with(&prices::LOGS, ACCESS_LOG_BYTES)
}

/// Returns what a page view costs of which so many, of one, are answered by the CDN.
pub fn page_view(miss: &Bill, page_bytes: f64, hits: f64) -> Bill {
    Bill::default()
        .with(&prices::CDN, 1.0)
        .with(&prices::CDN_FUNCTION, 1.0)
        .with(&prices::CDN_TRAFFIC, page_bytes)
        .plus(miss, 1.0 - hits)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use local::history::{Service, Totals};

    use super::{Bill, Memory, duration_ms, page_view, through_gateway, usage};
    use crate::meter::Share;
    use crate::prices;
    use crate::sample::{Sample, Samples};

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= expected.abs() * 1e-9
    }

    fn samples() -> Samples {
        let totals = |calls, read_units, write_units| Totals {
            calls,
            read_units,
            write_units,
            ..Totals::default()
        };
        let share = |invocations, calls, own_us| Share {
            invocations,
            calls,
            polled: Duration::from_micros(own_us),
            ..Share::default()
        };
        Samples(vec![Sample {
            totals: [
                (
                    (Service::DynamoDb, "GetItem".to_owned()),
                    totals(2, 2.0, 0.0),
                ),
                (
                    (Service::DynamoDb, "TransactWriteItems".to_owned()),
                    totals(1, 0.0, 16.0),
                ),
            ]
            .into(),
            shares: [
                ("authorizer", share(1, 0, 100)),
                ("content", share(1, 3, 700)),
            ]
            .into(),
            apart: Duration::from_secs(9),
            answer_bytes: 1_024,
            ..Sample::default()
        }])
    }

    fn memory() -> Memory {
        [("authorizer".to_owned(), 256), ("content".to_owned(), 512)].into()
    }

    #[test]
    fn time_is_slowed_by_little_memory_and_charged_to_the_millisecond() {
        assert!(close(duration_ms(1.0, 0.0, 1_769.0, 1), 1.0));
        // 1 ms of processor at half of one is 2 ms; with 3.5 ms of waiting 5.5, charged as 6.
        assert!(close(duration_ms(1.0, 3.5, 884.5, 1), 6.0));
        // Two invocations of 2.75 ms are charged as 3 ms each.
        assert!(close(duration_ms(1.0, 3.5, 884.5, 2), 6.0));
        assert!(
            close(duration_ms(1.0, 0.0, 3_538.0, 1), 1.0),
            "one thread is no faster"
        );
    }

    #[test]
    fn a_write_is_reckoned_by_hand() {
        // content: (0.7 + 3 × 0.1) × 1769/512 = 3.455 ms, waiting 2 × 5 + 12 = 22 ms: 26 ms.
        // authorizer: 0.1 × 1769/256 = 0.69 ms: 1 ms.
        let gigabyte_seconds = 0.5 * 0.026 + 0.25 * 0.001;
        let bill = through_gateway(usage(&samples(), &memory()), &samples());
        let figures = bill.figures("write", 1e6);
        let dollars = [
            ("DynamoDB reads", 2.0 * 0.125),
            ("DynamoDB writes", 16.0 * 0.625),
            ("Lambda requests", 2.0 * 0.20),
            ("Lambda time", gigabyte_seconds * 13.3334),
            ("HTTP API requests", 1.0),
            ("HTTP API traffic", 1e6 / 1_048_576.0 * 0.09),
            ("CloudWatch logs", 1_650.0 * 1e6 / 1_073_741_824.0 * 0.5),
            ("X-Ray traces", 0.1 * 5.0),
        ];
        for (line, expected) in dollars {
            let found = figures["dollarsOf"][line].as_f64().unwrap();
            assert!(
                (found - expected).abs() < 6e-4,
                "{line}: {found} is not {expected}"
            );
        }
        let sum: f64 = dollars.iter().map(|(_, dollars)| dollars).sum();
        assert!(
            close(bill.dollars() * 1e6, sum),
            "{} is not {sum}",
            bill.dollars() * 1e6
        );
        assert_eq!(
            figures["dollarsOf"].as_object().unwrap().len(),
            dollars.len()
        );
    }

    #[test]
    fn a_hit_costs_nothing_behind_the_edge() {
        let miss = Bill::default()
            .with(&prices::READ_UNITS, 1.0)
            .with(&prices::INVOCATIONS, 1.0);
        let edge = 1.0 + 0.1 + 8_192.0 * 1e6 / 1_073_741_824.0 * 0.085;
        let dollars = |hits| page_view(&miss, 8_192.0, hits).dollars() * 1e6;
        assert!(close(dollars(0.0), edge + 0.125 + 0.20));
        assert!(close(dollars(0.95), edge + 0.05 * 0.325));
        assert!(close(dollars(1.0), edge));
    }

    #[test]
    fn messages_are_sent_received_and_deleted() {
        let share = |invocations, purged| Share {
            invocations,
            purged,
            events: purged,
            ..Share::default()
        };
        let sent = Totals {
            calls: 1,
            ..Totals::default()
        };
        let sample = Sample {
            totals: [((Service::Sqs, "SendMessageBatch".to_owned()), sent)].into(),
            shares: [("relay", share(1, 0)), ("edge", share(2, 2))].into(),
            ..Sample::default()
        };
        let figures = usage(&Samples(vec![sample]), &Memory::default()).figures("publish", 1.0);
        assert_eq!(figures["quantityOf"]["SQS requests"], 5.0);
        assert_eq!(figures["quantityOf"]["EventBridge events"], 2.0);
        assert_eq!(figures["quantityOf"]["CloudFront purges"], 2.0);
        assert_eq!(figures["dollarsOf"]["CloudFront purges"], 0.01);
    }
}
