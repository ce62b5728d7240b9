//! What the SDK makes of each fault.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use local::fault::{
    Call, Counting, EachReplyLostOnce, Fault, Faults, Lasts, NoFaults, RandomThrottle, Stop,
    StopAt, Strike, Strikes, SwitchedFaults,
};
use local::history::{Outcome, Service};

use super::control::entry;
use super::dynamodb::{item, put_item};
use super::sqs::{left, make_queues};
use super::support::{Machine, TABLE};

/// One fault for the first `times` calls.
#[derive(Debug)]
struct First {
    times: u64,
    fault: Fault,
}

impl Faults for First {
    fn decide(&self, call: &Call<'_>) -> Fault {
        if call.index < self.times {
            self.fault
        } else {
            Fault::None
        }
    }
}

async fn put_under(machine: &Machine, times: u64, fault: Fault) -> (bool, usize, u64) {
    let mark = machine.history.mark();
    let (_, sdk) = machine.environment(Arc::new(First { times, fault }));
    let put = Client::new(&sdk)
        .put_item()
        .table_name(TABLE)
        .set_item(Some(item("T#1", "a")));
    let done = put.send().await.is_ok();
    let items = machine.services.table().item_count(TABLE).await.unwrap();
    (done, machine.history.since(mark).len(), items)
}

#[tokio::test]
async fn the_sdk_tries_again_after_what_passes() {
    for fault in [
        Fault::Throttle,
        Fault::ServerError,
        Fault::LoseReply,
        Fault::Timeout,
    ] {
        let machine = Machine::memory().await;
        assert_eq!(
            put_under(&machine, 1, fault).await,
            (true, 2, 1),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn the_sdk_gives_up_after_three_attempts() {
    for (fault, items) in [
        (Fault::Throttle, 0),
        (Fault::LoseReply, 1),
        (Fault::Timeout, 0),
    ] {
        let machine = Machine::memory().await;
        assert_eq!(
            put_under(&machine, 9, fault).await,
            (false, 3, items),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_lost_reply_does_not_repeat_a_transaction() {
    let machine = Machine::memory().await;
    let mark = machine.history.mark();
    let plan = Arc::new(EachReplyLostOnce::default());
    let (_, sdk) = machine.environment(plan);
    let put = aws_sdk_dynamodb::types::Put::builder()
        .table_name(TABLE)
        .set_item(Some(item("T#1", "a")))
        .condition_expression("attribute_not_exists(pk)")
        .build()
        .unwrap();
    let action = aws_sdk_dynamodb::types::TransactWriteItem::builder()
        .put(put)
        .build();
    let client = Client::new(&sdk);
    client
        .transact_write_items()
        .transact_items(action)
        .send()
        .await
        .unwrap();
    let outcomes: Vec<_> = machine
        .history
        .since(mark)
        .into_iter()
        .map(|call| call.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [Outcome::Faulted(Fault::LoseReply), Outcome::Succeeded]
    );
    assert_eq!(machine.records().await.len(), 1);
}

#[tokio::test]
async fn a_stop_ends_the_environment_before_or_after_the_write() {
    for (stop, items) in [(Stop::Before, 1), (Stop::After, 2)] {
        let machine = Machine::memory().await;
        let plan = Arc::new(StopAt::new(1, stop));
        let (connector, sdk) = machine.environment(Arc::clone(&plan) as Arc<dyn Faults>);
        let client = Client::new(&sdk);
        let invocation = async {
            for sort in ["a", "b", "c"] {
                put_item(&client, "T#1", sort).await;
            }
        };
        let ended = tokio::select! {
            () = invocation => true,
            () = connector.killed() => false,
        };
        assert!(!ended && plan.struck() && connector.is_killed());
        assert_eq!(
            machine.services.table().item_count(TABLE).await.unwrap(),
            items
        );
        let get = client
            .get_item()
            .table_name(TABLE)
            .set_key(Some(item("T#1", "a")))
            .send();
        let first_poll = futures_util::future::poll_immediate(std::pin::pin!(get)).await;
        assert!(first_poll.is_none(), "a dead environment hears nothing");
    }
}

#[tokio::test]
async fn a_batch_of_messages_fails_in_part() {
    let machine = Machine::memory().await;
    let url = make_queues(&machine).await;
    let (_, sdk) = machine.environment(Arc::new(First {
        times: 9,
        fault: Fault::Partial,
    }));
    let client = aws_sdk_sqs::Client::new(&sdk);
    let entries = (0..3).map(|number| {
        SendMessageBatchRequestEntry::builder()
            .id(format!("e{number}"))
            .message_body("x")
            .build()
            .unwrap()
    });
    let sent = client
        .send_message_batch()
        .queue_url(&url)
        .set_entries(Some(entries.collect()))
        .send()
        .await
        .unwrap();
    assert_eq!((sent.successful().len(), sent.failed().len()), (2, 1));
    assert_eq!(sent.failed()[0].id(), "e1");
    assert_eq!(left(&machine).await.len(), 2);
}

#[tokio::test]
async fn any_one_entry_of_a_batch_may_be_left_out() {
    for (entries, place, expected) in [(3, 0, 2), (3, 2, 2), (1, 0, 0), (1, 1, 1)] {
        let machine = Machine::memory().await;
        let url = make_queues(&machine).await;
        let fault = Fault::LeaveOut(place);
        let (_, sdk) = machine.environment(Arc::new(First { times: 9, fault }));
        let entries = (0..entries).map(|number| {
            SendMessageBatchRequestEntry::builder()
                .id(format!("e{number}"))
                .message_body("x")
                .build()
                .unwrap()
        });
        let sent = aws_sdk_sqs::Client::new(&sdk)
            .send_message_batch()
            .queue_url(&url)
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .unwrap();
        let failed: Vec<&str> = sent
            .failed()
            .iter()
            .map(BatchResultErrorEntry::id)
            .collect();
        assert_eq!(sent.successful().len(), expected);
        assert_eq!(left(&machine).await.len(), expected);
        assert!(failed.is_empty() || failed == [format!("e{place}")]);
    }
}

#[tokio::test]
async fn a_call_goes_wrong_once_or_with_all_its_attempts() {
    for (lasts, place, expected) in [
        (Lasts::Attempt, 0, (true, 2, 1)),
        (Lasts::Call, 0, (false, 3, 0)),
        (Lasts::Call, 1, (true, 1, 1)),
    ] {
        let machine = Machine::memory().await;
        let strike = Strike {
            place,
            fault: Fault::ServerError,
            lasts,
        };
        let plan = Arc::new(Strikes::new(vec![strike]));
        let mark = machine.history.mark();
        let (_, sdk) = machine.environment(Arc::clone(&plan) as Arc<dyn Faults>);
        let put = Client::new(&sdk).put_item().table_name(TABLE);
        let put = put.set_item(Some(item("T#1", "a"))).send().await;
        let calls = machine.history.since(mark).len();
        let items = machine.services.table().item_count(TABLE).await.unwrap();
        let found = (put.is_ok(), calls, items);
        assert_eq!(found, expected, "{strike:?}");
        assert_eq!(plan.all_struck(), place == 0);
        assert_eq!(plan.seen(), calls as u64);
    }
}

#[tokio::test]
async fn a_batch_of_events_fails_in_part() {
    let machine = Machine::memory().await;
    machine.services.bus().ensure("platform").await.unwrap();
    let (_, sdk) = machine.environment(Arc::new(First {
        times: 9,
        fault: Fault::Partial,
    }));
    let events = aws_sdk_eventbridge::Client::new(&sdk);
    let put = events
        .put_events()
        .entries(entry("platform", "{}"))
        .entries(entry("platform", "{}"))
        .entries(entry("platform", "{}"))
        .send()
        .await;
    let put = put.unwrap();
    let failed: Vec<_> = put
        .entries()
        .iter()
        .map(|entry| entry.error_code().is_some())
        .collect();
    assert_eq!(
        (put.failed_entry_count(), failed),
        (1, vec![false, true, false])
    );
}

#[tokio::test]
async fn a_batch_of_items_fails_in_part() {
    let machine = Machine::memory().await;
    let (_, sdk) = machine.environment(Arc::new(First {
        times: 9,
        fault: Fault::Partial,
    }));
    let write = |sort: &str| {
        let put = aws_sdk_dynamodb::types::PutRequest::builder()
            .set_item(Some(item("T#1", sort)))
            .build()
            .unwrap();
        aws_sdk_dynamodb::types::WriteRequest::builder()
            .put_request(put)
            .build()
    };
    let written = Client::new(&sdk)
        .batch_write_item()
        .request_items(TABLE, vec![write("a"), write("b"), write("c")])
        .send()
        .await
        .unwrap();
    assert_eq!(written.unprocessed_items().unwrap()[TABLE].len(), 1);
    assert_eq!(machine.services.table().item_count(TABLE).await.unwrap(), 2);
}

#[tokio::test]
async fn a_storm_of_throttling_is_survived_and_counted() {
    let machine = Machine::memory().await;
    let counting = Arc::new(Counting::around(Arc::new(RandomThrottle::new(3, 20))));
    let (_, sdk) = machine.environment(Arc::clone(&counting) as Arc<dyn Faults>);
    let client = Client::new(&sdk);
    let mark = machine.history.mark();
    for number in 0..100 {
        let key = item("T#1", &format!("{number}"));
        // A call that was throttled three times is the caller's to repeat.
        drop(
            client
                .put_item()
                .table_name(TABLE)
                .set_item(Some(key))
                .send()
                .await,
        );
    }
    let totals = machine.history.totals(mark);
    let puts = totals[&(Service::DynamoDb, "PutItem".to_owned())];
    assert_eq!(puts.calls, counting.count());
    let applied = machine.services.table().item_count(TABLE).await.unwrap();
    assert_eq!(puts.calls - puts.failed, applied);
    assert!((10..40).contains(&puts.failed), "{puts:?}");
}

#[tokio::test]
async fn a_plan_is_changed_while_the_environment_is_warm() {
    let machine = Machine::memory().await;
    let plan = Arc::new(SwitchedFaults::default());
    let (_, sdk) = machine.environment(Arc::clone(&plan) as Arc<dyn Faults>);
    let client = Client::new(&sdk);
    let put = || {
        client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item("T#1", "a")))
            .send()
    };
    put().await.unwrap();
    plan.set(Arc::new(First {
        times: u64::MAX,
        fault: Fault::ServerError,
    }));
    assert!(put().await.is_err());
    plan.set(Arc::new(NoFaults));
    put().await.unwrap();
}
