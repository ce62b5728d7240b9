//! A function that takes longer than it may, also without ever waiting: whoever asked is answered,
//! nobody else is held up, and what it does afterwards comes to nothing.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join, pending, ready};
use http::StatusCode;
use local::platform::Start;
use runtime::Function;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::gateway::api;
use super::support::{Options, Scene, TABLE, counted, function, put};

/// When a test ends that would hang.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a function looks after a call without waiting for it: more often than calls give
/// others a turn.
const LOOKS: u32 = 100;

/// Returns what a computation goes on until, and what keeps it going.
fn computation() -> (Arc<AtomicBool>, Sender<()>) {
    let (keeps, kept) = channel();
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    std::thread::spawn(move || {
        let _dropped = kept.recv_timeout(PATIENCE);
        over.store(true, Ordering::SeqCst);
    });
    (is_over, keeps)
}

#[tokio::test]
async fn a_function_that_computes_past_its_time_is_cut_off_and_forgotten() {
    let (is_over, keeps) = computation();
    let (alive, gone) = oneshot::channel::<()>();
    let alive = Arc::new(Mutex::new(Some(alive)));
    let computes = function(move |environment, event| {
        let (is_over, alive) = (Arc::clone(&is_over), Arc::clone(&alive));
        async move {
            if event["rawPath"] == "/computes" {
                let _alive = alive.lock().unwrap().take();
                while !is_over.load(Ordering::SeqCst) {
                    std::hint::spin_loop();
                }
                let mut late = Box::pin(put(&environment.sdk, "late", "late"));
                let _is_done = (0..LOOKS).any(|_| (&mut late).now_or_never().is_some());
                pending::<()>().await;
            }
            Ok(json!({ "statusCode": 200 }))
        }
    });
    let (computes, starts) = counted(&computes);
    let options = Options {
        is_real: true,
        ..Options::default()
    };
    let routes = api(&[("GET", "/computes"), ("GET", "/answers")]);
    let scene = Scene::with(&routes, &[("api", computes)], options).await;
    let mark = scene.platform.history().mark();

    let (cut_off, other) = join(scene.get("/computes"), scene.get("/answers")).await;
    assert_eq!(cut_off.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(cut_off.body(), r#"{"message":"Service Unavailable"}"#);
    assert_eq!(other.status(), StatusCode::OK);
    assert_eq!(starts.load(Ordering::SeqCst), 2);

    // It computes still, and others are answered.
    assert_eq!(scene.get("/answers").await.status(), StatusCode::OK);
    drop(keeps);
    let gone = timeout(PATIENCE, gone).await;
    assert!(gone.is_ok(), "it is dropped where it waits");
    assert_eq!(scene.platform.history().since(mark), []);
    let table = scene.platform.services().table();
    assert_eq!(table.item_count(TABLE).await.unwrap(), 0);

    // One of the two environments is left.
    scene.platform.pools().warm_up("api", 2).await.unwrap();
    assert_eq!(starts.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_environment_that_does_not_start_in_time_is_none() {
    let tries = AtomicU32::new(0);
    let starts: Start = Arc::new(move |_| {
        let is_first = tries.fetch_add(1, Ordering::SeqCst) == 0;
        Box::pin(async move {
            if is_first {
                pending::<()>().await;
            }
            let answer = json!({ "statusCode": 200 });
            Ok(Function::new(move |_, _| ready(Ok(answer.clone()))))
        })
    });
    let options = Options {
        is_real: true,
        ..Options::default()
    };
    let routes = api(&[("GET", "/answers")]);
    let scene = Scene::with(&routes, &[("api", starts)], options).await;
    let refused = timeout(PATIENCE, scene.get("/answers")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(scene.get("/answers").await.status(), StatusCode::OK);
}
