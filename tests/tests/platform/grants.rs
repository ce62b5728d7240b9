//! What each function may do is what it does: every call that it makes to a service is granted by
//! its role, and its role grants nothing beyond that.

mod calls;
mod people;
mod policy;
mod rounds;

use std::collections::BTreeSet;
use std::sync::Arc;

use local::template::Source;
use tests::wiring::template;
use tests::world::TEMPLATE;

use self::calls::{Recorder, Use};
use self::policy::Policies;

/// What Lambda itself needs of a function's role, by the function's events.
fn used_by_lambda() -> BTreeSet<Use> {
    let template = template().unwrap();
    let logical = |name: &str| name.trim_start_matches("hotswap-").to_owned();
    let mut uses = BTreeSet::new();
    for function in &template.functions {
        let mut is_used = |action: &str, resource: String| {
            uses.insert(Use::of(&function.name, action, resource));
        };
        let logs = format!("{}LogGroup.Arn", policy::pascal(&function.name));
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            is_used(action, logs.clone());
        }
        for action in ["xray:PutTraceSegments", "xray:PutTelemetryRecords"] {
            is_used(action, "*".to_owned());
        }
        for source in &function.sources {
            match source {
                Source::Queue(source) => {
                    let queue = format!("{}.Arn", logical(&source.queue));
                    for action in ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] {
                        is_used(&format!("sqs:{action}"), queue.clone());
                    }
                }
                Source::Stream(source) => {
                    let table = logical(&source.table);
                    for action in ["DescribeStream", "GetRecords", "GetShardIterator"] {
                        is_used(&format!("dynamodb:{action}"), format!("{table}.StreamArn"));
                    }
                    is_used("dynamodb:ListStreams", format!("{table}.Arn/stream/*"));
                    let queue = source.failure_queue.as_deref().unwrap();
                    is_used("sqs:SendMessage", format!("{}.Arn", logical(queue)));
                }
                Source::Http(_) | Source::Schedule(_) | Source::Rule(_) => {}
            }
        }
    }
    uses
}

#[tokio::test]
async fn functions_do_what_they_may_and_may_do_what_they_do() {
    let recorder = Arc::new(Recorder::default());
    rounds::all(&recorder).await;
    let mut uses = recorder.uses();
    uses.extend(used_by_lambda());
    let policies = Policies::of(TEMPLATE);
    let denied: Vec<String> = uses
        .iter()
        .filter(|one| !policies.allows(one))
        .map(ToString::to_string)
        .collect();
    let unused = policies.unused(&uses);
    assert!(
        denied.is_empty(),
        "used and not granted:\n{}",
        denied.join("\n")
    );
    assert!(unused.is_empty(), "granted and not used: {unused:#?}");
}
