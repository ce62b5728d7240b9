//! What each function may do is what it does: the platform denies every call that the role does not grant, and the
//! role grants nothing beyond what is done.

mod abuse;
mod calls;
mod entries;
mod parts;
mod people;
mod rounds;
mod seals;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use local::platform::{ACCOUNT, REGION};
use local::policy::{Access, Caller, Context};
use local::services::sts::Session;
use local::template::{Source, Template};
use tests::wiring::template;

use self::calls::{Identity, Recorder, Use};
use self::entries::EXEMPT;
use self::parts::{Grant, role_of};

/// What Lambda itself needs of a function's role, by the function's events.
fn used_by_lambda(template: &Template) -> BTreeSet<Use> {
    let mut uses = BTreeSet::new();
    for function in &template.functions {
        let mut is_used = |action: &str, resource: String| {
            uses.insert(Use {
                function: function.name.clone(),
                identity: Identity::Own,
                is_platform: false,
                access: Access {
                    action: action.to_owned(),
                    resource,
                    context: Context::default(),
                },
            });
        };
        let (first, rest) = function.name.split_at(1);
        let logs = format!("log-group:hotswap-{}{rest}LogGroup:*", first.to_uppercase());
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            is_used(action, arn("logs", &logs));
        }
        for action in ["xray:PutTraceSegments", "xray:PutTelemetryRecords"] {
            is_used(action, "*".to_owned());
        }
        for source in &function.sources {
            match source {
                Source::Queue(source) => {
                    for action in ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"] {
                        is_used(&format!("sqs:{action}"), arn("sqs", &source.queue));
                    }
                }
                Source::Stream(source) => {
                    let stream = arn("dynamodb", &format!("table/{}/stream/local", source.table));
                    for action in [
                        "DescribeStream",
                        "GetRecords",
                        "GetShardIterator",
                        "ListStreams",
                    ] {
                        is_used(&format!("dynamodb:{action}"), stream.clone());
                    }
                    let queue = source.failure_queue.as_deref().unwrap();
                    is_used("sqs:SendMessage", arn("sqs", queue));
                }
                Source::Http(_) | Source::Schedule(_) | Source::Rule(_) => {}
            }
        }
    }
    uses
}

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// Returns the session in which something is done.
fn session(role: &str, one: &Use) -> Session {
    Session {
        role: role.to_owned(),
        name: "*".to_owned(),
        tags: one.tags(),
        policy: None,
        access_key: String::new(),
        expires_at: Timestamp::MAX,
    }
}

/// Threat E3: what is changed has an entry beside it, or is on the list of what is no change of anything.
#[tokio::test]
async fn functions_do_what_they_may_and_may_do_what_they_do() {
    let template = template().unwrap();
    let recorder = Arc::new(Recorder::default());
    rounds::all(&recorder).await;
    let without_entry = recorder.without_entry();
    let exempt = EXEMPT.map(|(what, _why)| what.to_owned());
    assert_eq!(
        without_entry,
        BTreeSet::from(exempt),
        "written without an entry"
    );
    let permissions = template.permissions(REGION, ACCOUNT);
    let mut uses = recorder.uses();
    uses.extend(used_by_lambda(&template));
    let denied = uses.iter().filter_map(|one| {
        let function = template.functions.iter();
        let function = function.clone().find(|of| of.name == one.function).unwrap();
        let session = session(role_of(function, one.identity).unwrap(), one);
        let caller = match one.identity {
            Identity::Own => Caller::Function(&one.function),
            Identity::Tenant => Caller::Session(&session),
        };
        permissions
            .check(caller, std::slice::from_ref(&one.access))
            .err()
    });
    let denied: Vec<String> = denied.map(|denied| denied.to_string()).collect();
    assert!(
        denied.is_empty(),
        "used and not granted:\n{}",
        denied.join("\n")
    );
    let grants = Grant::all(&template);
    let unused: Vec<&str> = grants
        .iter()
        .filter(|grant| !uses.iter().any(|one| grant.is_needed_by(one)))
        .map(Grant::name)
        .collect();
    assert!(unused.is_empty(), "granted and not used: {unused:#?}");
    assert!(grants.len() > 100, "{} grants", grants.len());
}
