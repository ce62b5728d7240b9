//! What the platform logs of its own failures, and where the types of problems lead.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use tests::client::Call;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, registry};
use web::ProblemType;

use crate::answers::Expected;
use crate::scene::Scene;

/// What was logged as a failure.
static FAILURES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Hears failures.
struct Listener;

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            let mut words = Words(String::new());
            event.record(&mut words);
            let mut failures = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
            failures.push(words.0);
        }
    }
}

/// Begins to listen; a second time changes nothing.
pub(crate) fn listen() {
    let _already = registry().with(Listener).try_init();
}

/// Checks that nothing failed on the platform's side so far: a caller's mistake is no failure.
#[track_caller]
pub(crate) fn assert_quiet() {
    let failures = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(failures.is_empty(), "failures were logged: {failures:#?}");
}

#[tokio::test]
async fn every_type_leads_to_its_page_and_is_in_the_documentation() {
    let scene = Scene::new(210);
    let page = include_str!("../../../docs/problems.md");
    let list = scene.try_call("the list", Call::get("/api/v1/problems"), &Expected::Free);
    let list = list.await.json();
    let listed = list["items"].as_array().unwrap();
    assert_eq!(listed.len(), ProblemType::ALL.len());
    let mut titles = BTreeSet::new();
    for kind in ProblemType::ALL {
        let slug = kind.slug();
        let status = kind.status().as_u16();
        assert!(
            page.contains(&format!("### `{slug}` ({status})\n")),
            "{slug}"
        );
        let entry = listed.iter().find(|it| it["slug"] == slug).unwrap();
        for told in ["title", "cause", "fix"] {
            let text = entry[told].as_str().unwrap();
            assert!(
                !text.is_empty() && !text.contains(['<', '&']),
                "{slug}: {text}"
            );
        }
        assert_eq!(entry["status"], status);
        assert!(
            titles.insert(kind.title()),
            "{slug} has the title of another one"
        );
        let call = Call::get(format!("/api/v1/problems/{slug}"));
        let answer = scene.try_call(slug, call, &Expected::Free).await;
        assert_eq!(answer.status, 200, "{slug}");
        assert!(answer.text().contains(kind.cause()), "{slug}");
    }
    let missing = Call::get("/api/v1/problems/nonsense");
    let expected = Expected::refused(404, "not_found");
    scene
        .try_call("a type that is none", missing, &expected)
        .await;
    assert_quiet();
}
