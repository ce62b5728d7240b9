//! What happens in the middle of publishing a page, taking it back or deleting it: a rollback, or the
//! same request. The page is in one place afterwards, and everybody is answered as if one had come
//! after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, StatusCode};
use local::fault::{Call as StoreCall, Fault, Faults};
use serde_json::Value;
use tests::client::{Answer, Call, assert_refused};
use tests::crash::OfFunction;
use tests::pause::{Met, overtaken};

use crate::world::{Scene, draft};

/// More calls than any of the requests makes.
const CALLS_MAX: u64 = 40;

/// A page that was published at `<name>/first` and then at `<name>/second`.
struct Round {
    name: String,
    page: String,
    /// The release that has it at its first place, and the one that has it at its second.
    releases: [String; 2],
}

impl Round {
    async fn new(scene: &Scene, place: u64) -> Self {
        let name = format!("round-{place}");
        let page = scene.make(&format!("{name}/first")).await;
        let first = scene.publish(&page).await;
        let moved = draft(&format!("{name}/second"), "moved");
        assert_eq!(scene.put_to(&page, &moved).await.status, 200);
        let second = scene.publish(&page).await;
        Self {
            name,
            page,
            releases: [first, second],
        }
    }

    /// Has the page saved at a third place.
    async fn save(&self, scene: &Scene) {
        let moved = draft(&format!("{}/third", self.name), "moved again");
        assert_eq!(scene.put_to(&self.page, &moved).await.status, 200);
    }

    fn act(&self, verb: &str) -> Call {
        Call::new(Method::POST, format!("{}/{verb}", self.page))
    }

    async fn roll_back(&self, scene: &Scene) {
        scene.activate(&self.releases[0]).await;
    }

    /// Checks that the page is where it must be, or nowhere, and not in a second place.
    async fn assert_left(&self, scene: &Scene, left: Option<&str>) {
        let mut live = scene.live().await;
        live.retain(|path| path.starts_with(&format!("/{}/", self.name)));
        let left = left.map(|it| format!("/{}/{it}", self.name));
        assert_eq!(live, Vec::from_iter(left), "{}", self.name);
    }
}

/// Has something happen before each call of a request: `begin` makes the request, `meanwhile` happens,
/// `check` is given the answer. One of the requests at least must have lost to what happened.
async fn meet_everywhere(
    begin: impl AsyncFn(&Scene, &Round) -> Call,
    meanwhile: impl AsyncFn(&Scene, &Round, Call),
    check: impl AsyncFn(&Scene, &Round, Answer),
) {
    let scene = Scene::new().await;
    let mut beaten = 0;
    for place in 0..CALLS_MAX {
        let round = Round::new(&scene, place).await;
        let again = begin(&scene, &round).await;
        let call = scene.as_owner(again.clone());
        scene.world.platform.settle().await.unwrap();
        let mark = scene.mark();
        let world = scene.world.clone();
        let hold = |pause| {
            let of_content = OfFunction::new("content", pause);
            scene.world.faults.set(Arc::new(of_content));
        };
        let work = async move { world.client().call(call).await.unwrap() };
        let met = overtaken(place, hold, work, meanwhile(&scene, &round, again)).await;
        scene.world.heal();
        beaten += scene.cost("content", mark).refused();
        match met.unwrap() {
            Met::Both(answer, ()) => check(&scene, &round, answer).await,
            Met::First(_alone) => {
                assert!(beaten > 0, "nothing was overtaken");
                return;
            }
        }
    }
    panic!("it makes more than {CALLS_MAX} calls");
}

async fn roll_back(scene: &Scene, round: &Round, _: Call) {
    round.roll_back(scene).await;
}

async fn same(scene: &Scene, _: &Round, again: Call) {
    scene.call(again).await.expect(StatusCode::OK).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_published_during_a_rollback_is_in_one_place() {
    let publish = async |scene: &Scene, round: &Round| {
        round.save(scene).await;
        round.act("publish")
    };
    let check = async |scene: &Scene, round: &Round, answer: Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        round.assert_left(scene, Some("third")).await;
        assert_eq!(scene.status(&round.page).await, "published");
    };
    meet_everywhere(publish, roll_back, check).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_is_no_other_version_of_the_page() {
    let publish = async |scene: &Scene, round: &Round| {
        round.save(scene).await;
        let etag = scene.etag(&round.page).await;
        let key = round.name.clone();
        round
            .act("publish")
            .if_match(&etag)
            .with("idempotency-key", key)
    };
    let check = async |scene: &Scene, round: &Round, answer: Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("idempotency-replayed"), "");
        assert_eq!(answer.header("etag"), scene.etag(&round.page).await);
        round.assert_left(scene, Some("third")).await;
        let live = scene.live_release().await;
        assert_eq!(answer.at("/release/id").unwrap(), live);
    };
    meet_everywhere(publish, roll_back, check).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_somebody_else_published_meanwhile_is_published() {
    let publish = async |scene: &Scene, round: &Round| {
        round.save(scene).await;
        let etag = scene.etag(&round.page).await;
        round.act("publish").if_match(&etag)
    };
    let late = AtomicU64::new(0);
    let check = async |scene: &Scene, round: &Round, answer: Answer| {
        if answer.status == 412 {
            late.fetch_add(1, Ordering::SeqCst);
        } else {
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(answer.header("etag"), scene.etag(&round.page).await);
            let live = scene.live_release().await;
            assert_eq!(answer.at("/release/id").unwrap(), live);
        }
        round.assert_left(scene, Some("third")).await;
        let of_page = |release: &&Value| {
            let message = release["message"].as_str().unwrap();
            message.ends_with(&format!("{}/third", round.name))
        };
        let releases = scene.releases().await;
        assert_eq!(releases.iter().filter(of_page).count(), 1);
    };
    meet_everywhere(publish, same, check).await;
    let late = late.into_inner();
    assert_eq!(
        late, 1,
        "who reads the page afterwards meets another version"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_taken_back_during_a_rollback_is_nowhere() {
    let take_back = async |_: &Scene, round: &Round| round.act("unpublish");
    let check = async |scene: &Scene, round: &Round, answer: Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        round.assert_left(scene, None).await;
        assert_eq!(scene.status(&round.page).await, "draft");
    };
    meet_everywhere(take_back, roll_back, check).await;
}

async fn deletion(scene: &Scene, round: &Round) -> Call {
    Call::delete(&round.page).if_match(&scene.etag(&round.page).await)
}

async fn check_deleted(scene: &Scene, round: &Round, answer: Answer) {
    assert_eq!(answer.status, 204, "{}", answer.text());
    round.assert_left(scene, None).await;
    let gone = scene.call(Call::get(&round.page)).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_deleted_during_a_rollback_is_nowhere() {
    meet_everywhere(deletion, roll_back, check_deleted).await;
}

/// Somebody is always at the same items.
#[derive(Debug)]
struct AlwaysInTheWay;

impl Faults for AlwaysInTheWay {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        if call.operation == "TransactWriteItems" {
            Fault::Conflict
        } else {
            Fault::None
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_always_overtaken_gives_way_and_leaves_nothing() {
    let scene = Scene::new().await;
    let round = Round::new(&scene, 0).await;
    round.save(&scene).await;
    let etag = scene.etag(&round.page).await;
    let delete = deletion(&scene, &round).await;
    let plan = Arc::new(AlwaysInTheWay);
    let of_content = OfFunction::new("content", plan);
    scene.world.faults.set(Arc::new(of_content));
    for call in [round.act("publish"), round.act("unpublish"), delete] {
        assert_refused(&scene.call(call).await, 503, "unavailable");
    }
    scene.world.heal();
    assert_eq!(scene.etag(&round.page).await, etag);
    assert_eq!(scene.live_release().await, round.releases[1]);
    round.assert_left(&scene, Some("second")).await;
    scene.publish(&round.page).await;
    round.assert_left(&scene, Some("third")).await;
}
