//! Schedules: once for each period, whatever happens to the time.

use jiff::SignedDuration;
use runtime::FunctionError;
use serde_json::{Value, json};

use super::parts;
use super::support::{Heard, Options, Scene, function, noting};

/// The template: what ticks, and how often.
fn template() -> String {
    let ticks = |name, schedule: &str| {
        let properties = format!("ScheduleExpression: {schedule}");
        parts::function(name, &parts::event("ScheduleV2", &properties))
    };
    let input = r#"Input: '{"kind":"tick"}'"#;
    ticks("Minutes", &format!("rate(1 minute), {input}")) + &ticks("Hours", "rate(2 hours)")
}

struct Clockwork {
    scene: Scene,
    minutes: Heard,
    hours: Heard,
}

async fn clockwork(options: Options) -> Clockwork {
    let (minutes, hours) = (Heard::default(), Heard::default());
    let functions = [
        ("minutes", noting(&minutes, |_| Value::Null)),
        ("hours", noting(&hours, |_| Value::Null)),
    ];
    Clockwork {
        scene: Scene::with(&template(), &functions, options).await,
        minutes,
        hours,
    }
}

#[tokio::test]
async fn a_function_is_invoked_once_for_each_period() {
    let Clockwork {
        scene,
        minutes,
        hours,
    } = clockwork(Options::default()).await;
    scene.settle().await;
    assert_eq!(minutes.take(), [json!({ "kind": "tick" })]);
    assert_eq!(hours.take(), [Value::Null]);
    scene.advance(59).await;
    assert_eq!(minutes.count(), 0);
    scene.advance(1).await;
    assert_eq!(minutes.take().len(), 1);
    scene.settle().await;
    assert_eq!(minutes.count(), 0, "once");
    scene.advance(3 * 3_600 - 60).await;
    assert_eq!(minutes.take().len(), 179);
    assert_eq!(hours.take().len(), 1);
}

#[tokio::test]
async fn time_that_was_skipped_is_made_up_for_once() {
    let Clockwork {
        scene,
        minutes,
        hours,
    } = clockwork(Options::default()).await;
    scene.settle().await;
    minutes.take();
    hours.take();
    scene.clock.advance(SignedDuration::from_hours(24));
    scene.settle().await;
    assert_eq!((minutes.take().len(), hours.take().len()), (1, 1));
    scene.advance(60).await;
    assert_eq!((minutes.take().len(), hours.take().len()), (1, 0));
}

#[tokio::test]
async fn a_start_is_no_reason_to_be_invoked() {
    let folder = tempfile::tempdir().unwrap();
    let first = clockwork(Options::folder(folder.path())).await;
    first.scene.advance(90).await;
    assert_eq!((first.minutes.count(), first.hours.count()), (2, 1));
    let clock = first.scene.clock.clone();
    drop(first);
    let options = Options {
        clock,
        ..Options::folder(folder.path())
    };
    let second = clockwork(options).await;
    second.scene.settle().await;
    assert_eq!((second.minutes.count(), second.hours.count()), (0, 0));
    second.scene.advance(30).await;
    assert_eq!((second.minutes.count(), second.hours.count()), (1, 0));
}

#[tokio::test]
async fn a_function_that_fails_is_invoked_in_the_next_period() {
    let heard = Heard::default();
    let fails = {
        let heard = heard.clone();
        function(move |_, payload| {
            heard.note(&payload);
            async { Err(FunctionError::new("Failed", "it")) }
        })
    };
    let hours = function(|_, _| async { panic!("on purpose") });
    let scene = Scene::new(&template(), &[("minutes", fails), ("hours", hours)]).await;
    scene.advance(180).await;
    assert_eq!(heard.count(), 4);
}
