//! The proof: goes through all that can be asked, and judges what comes of it, in the answer and beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::thread;

use bytes::Bytes;
use http::{Method, Request, Response};
use local::gateway::SourceAddress;
use serde_json::{Value, json};
use tests::client::Way;
use tests::crash::{is_full, measured};
use tests::logs::Lines;
use tests::operations::{self, Operation};
use tests::stores;
use tests::world::World;

use crate::cast::{Cast, Credential, Territory, missing};
use crate::controls;
use crate::judge::{Seen, whole};
use crate::marks::Found;
use crate::tuples::{Kind, Place, request};

/// Threads that ask, each on a platform of its own.
const THREADS: usize = 2;

/// Requests to one platform before another copy takes its place: how often something is tried is counted there.
const REQUESTS_MAX: u32 = 400;

/// Where what is another's is told from what never was, because it is one for all: names of tenants, and addresses of people.
const EXEMPT: [(&str, Kind); 2] = [
    ("POST /api/v1/auth/register", Kind::Subdomain),
    ("POST /api/v1/auth/register", Kind::Email),
];

/// Failures that are told.
const FAILURES_MAX: usize = 20;

/// What may be asked.
pub(crate) struct Asked<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) place: &'a Place,
    /// The numbers of the operation, the place, the kind of id and the credential.
    pub(crate) numbers: [usize; 4],
}

/// What was asked, and what was wrong.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) attempts: u64,
    pub(crate) copies: u64,
    pub(crate) by: BTreeMap<&'static str, BTreeMap<String, u64>>,
    pub(crate) failures: Vec<String>,
}

impl Report {
    fn count(&mut self, operation: &Operation, kind: Kind, place: &Place, credential: &Credential) {
        self.attempts += 1;
        let of = [
            ("route", operation.name()),
            ("id", format!("{kind:?}")),
            ("place", place.dimension().to_owned()),
            ("credential", credential.name.clone()),
        ];
        for (dimension, value) in of {
            let by = self.by.entry(dimension).or_default();
            *by.entry(value).or_default() += 1;
        }
    }

    /// Returns it as a report has it: how much was asked, by each dimension, and what was wrong.
    fn to_json(&self, controls: usize) -> Value {
        json!({
            "attempts": self.attempts,
            "by": self.by,
            "controls": controls,
            "failures": self.failures,
        })
    }

    fn add(&mut self, other: Self) {
        self.attempts += other.attempts;
        self.copies += other.copies;
        for (dimension, values) in other.by {
            let by = self.by.entry(dimension).or_default();
            for (value, count) in values {
                *by.entry(value).or_default() += count;
            }
        }
        self.failures.extend(other.failures);
    }
}

/// Asks everything of which `is_asked` says so.
pub(crate) fn prove(cast: &Cast, is_asked: impl Fn(&Asked<'_>) -> bool + Sync) -> Report {
    let operations = operations::all();
    let mut report = Report::default();
    thread::scope(|scope| {
        let parts: Vec<_> = (0..THREADS)
            .map(|part| {
                let (operations, is_asked) = (&operations, &is_asked);
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .unwrap();
                    runtime.block_on(async {
                        let mut asker = Asker::new(cast).await;
                        for (number, operation) in operations.iter().enumerate() {
                            if number % THREADS == part {
                                asker.ask_all(number, operation, is_asked).await;
                            }
                        }
                        asker.report
                    })
                })
            })
            .collect();
        for part in parts {
            report.add(part.join().unwrap());
        }
    });
    report
}

/// Returns whether an operation may change something; that the audit trail was read stands in it too.
fn changes(operation: &Operation) -> bool {
    operation.method != Method::GET || operation.path.contains("/audit")
}

/// One thread's part of it.
struct Asker<'a> {
    cast: &'a Cast,
    world: World,
    lines: Lines,
    _kept: tracing::subscriber::DefaultGuard,
    /// What was stored before anybody asked.
    before: BTreeSet<String>,
    /// Requests to this copy of the platform.
    sent: u32,
    /// Ids that were asked for there: what asks for another's is in the asker's own trail.
    asked: BTreeSet<String>,
    /// Requests at all, each from another address.
    addresses: u32,
    report: Report,
}

/// Returns everything that is stored or was sent.
async fn written(world: &World) -> BTreeSet<String> {
    let lines = stores::lines(world).await.into_iter();
    lines.chain(stores::mails(world).await).collect()
}

impl<'a> Asker<'a> {
    async fn new(cast: &'a Cast) -> Self {
        let lines = Lines::default();
        let kept = lines.keep();
        let world = cast.world.copy(9).unwrap();
        let before = written(&world).await;
        Self {
            cast,
            world,
            lines,
            _kept: kept,
            before,
            sent: 0,
            asked: BTreeSet::new(),
            addresses: 0,
            report: Report::default(),
        }
    }

    async fn ask_all(
        &mut self,
        number: usize,
        operation: &Operation,
        is_asked: &impl Fn(&Asked<'_>) -> bool,
    ) {
        for (at, place) in Place::all(operation).iter().enumerate() {
            let mut told: HashMap<(usize, String), Option<Seen>> = HashMap::new();
            for (which, kind) in self.cast.kinds.iter().copied().enumerate() {
                let Some(id) = self.cast.other.id(kind, operation) else {
                    continue;
                };
                for (who, credential) in self.cast.credentials.iter().enumerate() {
                    // Operators see every tenant by the operations that are theirs.
                    let is_theirs = credential.is_operator && operation.is_operators();
                    let asked = Asked {
                        operation,
                        place,
                        numbers: [number, at, which, who],
                    };
                    if is_theirs || !is_asked(&asked) {
                        continue;
                    }
                    if self.report.failures.len() >= FAILURES_MAX {
                        return;
                    }
                    self.report.count(operation, kind, place, credential);
                    let why = format!(
                        "{}, {kind:?} in {place:?}, as {}",
                        operation.name(),
                        credential.name
                    );
                    let foreign = self.ask(&why, operation, place, id, credential).await;
                    let nobodys = missing(kind, id);
                    let key = (who, nobodys.clone());
                    if !told.contains_key(&key) {
                        let nothing = self.ask(&why, operation, place, &nobodys, credential).await;
                        told.insert(key.clone(), nothing);
                    }
                    let (Some(foreign), Some(missing)) = (foreign, &told[&key]) else {
                        continue;
                    };
                    // By a host that is no API's, visitors ask: each website has its own pages.
                    let is_visit = *place == Place::Header("host");
                    let is_exempt = EXEMPT.contains(&(operation.name().as_str(), kind));
                    if !is_visit && !is_exempt && !foreign.is_like(missing, changes(operation)) {
                        let told = missing.short();
                        let failure = format!(
                            "{why}: {} for what is another's, {told} for what never was",
                            foreign.short()
                        );
                        self.report.failures.push(failure);
                    }
                }
            }
        }
        if self.sent > 0 {
            self.look_beside(&operation.name()).await;
        }
    }

    /// Makes a request with an id in one place. Returns what came of it, if it was an answer as the API describes them.
    async fn ask(
        &mut self,
        why: &str,
        operation: &Operation,
        place: &Place,
        id: &str,
        credential: &Credential,
    ) -> Option<Seen> {
        self.asked.insert(id.to_owned());
        let asked = request(&self.cast.asker, operation, place, id, credential);
        let response = match self.send(asked).await {
            Ok(response) => response,
            // What no client of the API expects is no answer like another one.
            Err(error) => {
                self.report.failures.push(format!("{why}: {error:#}"));
                return None;
            }
        };
        let text = whole(&response);
        let found = self.cast.marks.find(&text);
        let secret = self.cast.other.secrets.iter().find(|it| text.contains(*it));
        let is_told = |kind: &Kind| {
            let others = self.cast.other.ids.get(kind);
            let is_foreign = |it: &&String| {
                let is_noted = operation.path.contains("/audit") && self.asked.contains(*it);
                **it != id && !is_noted
            };
            others
                .filter(is_foreign)
                .is_some_and(|it| text.contains(it))
        };
        let mut ids = Kind::OF_IDS.iter();
        let named = ids.find(|kind| self.cast.kinds.contains(kind) && is_told(kind));
        // What a website shows, it shows to everybody who asks for it by its host.
        let is_shown = found == Some(Found::Public) && *place == Place::Header("host");
        if secret.is_some() || found.is_some() && !is_shown {
            let failure = format!("{why}: told {found:?} {secret:?}");
            self.report.failures.push(failure);
        }
        if let Some(named) = named.filter(|_| *place != Place::Header("host")) {
            let failure = format!("{why}: named another's {named:?}");
            self.report.failures.push(failure);
        }
        let is_done = changes(operation) && response.status().is_success();
        if is_done || self.sent >= REQUESTS_MAX {
            self.look_beside(why).await;
        }
        Some(Seen::of(&response, id))
    }

    async fn send(&mut self, mut request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        self.sent += 1;
        self.addresses += 1;
        // Each from another network.
        let (network, host) = (self.addresses % (1 << 16), self.addresses >> 16);
        let place = network << 8 | host;
        let from = Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + place);
        let from = SourceAddress(from.into());
        request.extensions_mut().insert(from);
        self.world.send(request).await
    }

    /// Looks for what came out beside the answers, and for what changed of what is another's. Goes on with another copy.
    async fn look_beside(&mut self, why: &str) {
        let fail = |what: String| format!("until {why}: {what}");
        if let Some(found) = self.cast.marks.find(&self.lines.take()) {
            self.report
                .failures
                .push(fail(format!("the log told {found:?}")));
        }
        self.world.platform.settle().await.unwrap();
        let after = written(&self.world).await;
        for line in after.difference(&self.before) {
            if self.cast.marks.find(line).is_some() {
                self.report
                    .failures
                    .push(fail(format!("it was written down: {line}")));
            }
        }
        let Territory { id, partitions } = &self.cast.territory;
        for line in after.difference(&self.before) {
            if line.contains(partitions) {
                let what = format!("it was added to what is another's: {line}");
                self.report.failures.push(fail(what));
            }
        }
        for line in self.before.difference(&after) {
            if line.contains(id) || self.cast.marks.find(line).is_some() {
                self.report
                    .failures
                    .push(fail(format!("it was changed: {line}")));
            }
        }
        self.world = self.cast.world.copy(9).unwrap();
        self.report.copies += 1;
        self.sent = 0;
        self.asked.clear();
    }
}

/// Every so many credentials, one asks for the same thing in a bounded run.
const STEP: usize = 5;

/// Threat A2, A17: nothing of another comes out, in an answer or beside it: of everything that can be asked a part that is
/// spread over all of it; all of it in the long run.
#[test]
fn nobody_reaches_what_is_anothers() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cast = runtime.block_on(async { Cast::new(World::new(50).await.unwrap()).await });
    let without_effect = runtime.block_on(controls::without_effect(&cast));
    assert!(without_effect.is_empty(), "{without_effect:#?}");
    let credentials = cast.credentials.len();
    let report = prove(&cast, |asked| {
        let [route, place, kind, who] = asked.numbers;
        let number = route * 7 + place * 5 + kind;
        is_full() || number % STEP == 0 && number / STEP % credentials == who
    });
    measured(&format!("isolation: {}", report.to_json(Kind::ALL.len())));
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
    let values = |dimension: &str| report.by[dimension].len();
    assert_eq!(values("route"), operations::all().len());
    assert_eq!(values("id"), Kind::ALL.len());
    assert_eq!(values("credential"), credentials);
    assert_eq!(values("place"), Place::DIMENSIONS);
}

/// Threat A2: whoever is somebody on one website of a tenant reaches as little of another one's as of another tenant's.
#[test]
fn nobody_reaches_what_is_another_websites() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let cast = runtime.block_on(async { Cast::of_one_tenant(World::new(70).await.unwrap()).await });
    let without_effect = runtime.block_on(controls::without_effect(&cast));
    assert!(without_effect.is_empty(), "{without_effect:#?}");
    let credentials = cast.credentials.len();
    let report = prove(&cast, |asked| {
        let [route, place, kind, who] = asked.numbers;
        let number = route * 7 + place * 5 + kind;
        is_full() || number % 2 == 0 && number / 2 % credentials == who
    });
    measured(&format!(
        "isolation of websites: {}",
        report.to_json(cast.kinds.len())
    ));
    assert!(report.failures.is_empty(), "{:#?}", report.failures);
    assert_eq!(report.by["route"].len(), operations::all().len());
    assert_eq!(report.by["credential"].len(), credentials);
}
