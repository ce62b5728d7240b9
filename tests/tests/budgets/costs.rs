//! What calls cost together, as the cells of a line. It must never know what they were for.

use local::history::{CallRecord, Service, round_trips};

/// What is counted, by the names that the columns of the file have.
pub(crate) const COLUMNS: [&str; 9] = [
    "calls",
    "trips",
    "read units",
    "write units",
    "transactions",
    "actions",
    "S3 calls",
    "KiB sent",
    "KiB received",
];

/// The cells of a line, one for each of the [`COLUMNS`].
pub(crate) type Cells = [String; COLUMNS.len()];

/// Counts what calls cost.
pub(crate) fn cells(calls: &[CallRecord]) -> Cells {
    let transactions: Vec<&CallRecord> = calls
        .iter()
        .filter(|call| call.operation == "TransactWriteItems")
        .collect();
    let actions: usize = transactions.iter().map(|call| call.keys.len()).sum();
    let objects = calls.iter().filter(|call| call.service == Service::S3);
    let units = |of: fn(&CallRecord) -> f64| calls.iter().map(of).sum::<f64>();
    let kib = |of: fn(&CallRecord) -> u64| calls.iter().map(of).sum::<u64>().div_ceil(1_024);
    [
        calls.len().to_string(),
        round_trips(calls).to_string(),
        text(units(|call| call.read_units)),
        text(units(|call| call.write_units)),
        transactions.len().to_string(),
        actions.to_string(),
        objects.count().to_string(),
        kib(|call| call.bytes_in).to_string(),
        kib(|call| call.bytes_out).to_string(),
    ]
}

/// Writes units, which are halves: a sum of none is a zero without a sign.
fn text(units: f64) -> String {
    (units + 0.0).to_string()
}
