//! Queues: what cannot be dealt with is put aside, and somebody hears of it.

use std::collections::BTreeSet;

use kernel::limits::RECEIVES_MAX;
use local::template::Source;
use serde_json::{Map, Value, json};
use tenancy::security::{ACTIONS, ENTITIES, WATCHED_ENTITY};
use tests::wiring::template;

use crate::template::{functions, of_type, referred, resources};

/// How many times a function's timeout its messages are hidden, as AWS advises: so long as the
/// invocation is tried again, nobody else has them.
const VISIBILITY_TIMEOUTS: u32 = 6;

/// Returns the queues that something is put aside in.
fn dead_letter_queues(resources: &Map<String, Value>) -> BTreeSet<&str> {
    let of_queues = of_type(resources, "AWS::SQS::Queue")
        .filter_map(|(_, queue)| queue.pointer("/RedrivePolicy/deadLetterTargetArn"));
    let of_streams = functions(resources)
        .flat_map(|(_, function)| function["Events"].as_object().into_iter().flatten())
        .filter_map(|(_, event)| {
            event.pointer("/Properties/DestinationConfig/OnFailure/Destination")
        });
    of_queues.chain(of_streams).map(referred).collect()
}

#[test]
fn what_is_received_too_often_is_put_aside() {
    let resources = resources();
    let dead = dead_letter_queues(&resources);
    for (id, queue) in of_type(&resources, "AWS::SQS::Queue") {
        let redrive = &queue["RedrivePolicy"];
        if dead.contains(id) {
            assert!(redrive.is_null(), "{id} puts aside what was put aside");
        } else {
            assert_eq!(redrive["maxReceiveCount"], RECEIVES_MAX, "{id}");
            let target = referred(&redrive["deadLetterTargetArn"]);
            assert!(resources.contains_key(target), "{id} has no `{target}`");
        }
    }
}

#[test]
fn what_is_put_aside_is_heard_of() {
    let resources = resources();
    let dead = dead_letter_queues(&resources);
    assert!(!dead.is_empty());
    for queue in dead {
        let alarm = of_type(&resources, "AWS::CloudWatch::Alarm").find(|(_, alarm)| {
            referred(&alarm["Dimensions"][0]["Value"]) == queue
                && alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        });
        let (_, alarm) = alarm.unwrap_or_else(|| panic!("{queue} has no alarm"));
        assert_eq!(alarm["Threshold"], 0, "{queue}");
        assert_eq!(
            alarm["ComparisonOperator"], "GreaterThanThreshold",
            "{queue}"
        );
    }
    for (id, alarm) in of_type(&resources, "AWS::CloudWatch::Alarm") {
        assert_eq!(referred(&alarm["AlarmActions"][0]), "AlarmTopic", "{id}");
    }
}

#[test]
fn messages_are_hidden_for_as_long_as_they_are_worked_on() {
    let template = template().unwrap();
    let mut seen = 0;
    for function in &template.functions {
        for source in &function.sources {
            let Source::Queue(source) = source else {
                continue;
            };
            let queue = template
                .queues
                .iter()
                .find(|queue| queue.name == source.queue)
                .unwrap();
            let hidden = queue.visibility_timeout_seconds;
            assert!(
                hidden >= VISIBILITY_TIMEOUTS * function.timeout_s,
                "{} hides messages for {hidden} s, {} works for {} s",
                queue.name,
                function.name,
                function.timeout_s
            );
            assert!(source.reports_failures, "{}", function.name);
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// What the table's stream brings to `security` is what its code takes: nothing that it would leave out, and all that it
/// would not.
#[test]
fn the_security_stream_is_brought_what_it_keeps() {
    let template = template().unwrap();
    let function = template.functions.iter().find(|one| one.name == "security");
    let [Source::Stream(stream)] = &function.unwrap().sources[..] else {
        panic!("it follows one stream");
    };
    let listed = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let image = |name: &str, values: Vec<String>| {
        json!({
            "eventName": ["INSERT"],
            "dynamodb": {"NewImage": {"entity": {"S": [WATCHED_ENTITY]}, name: {"S": values}}},
        })
    };
    let actions = ACTIONS.map(tenancy::Action::name);
    assert_eq!(
        stream.filters,
        [
            image("action", listed(&actions)),
            image("subject", listed(&ENTITIES))
        ]
    );
}
