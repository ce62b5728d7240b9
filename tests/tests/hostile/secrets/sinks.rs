//! Everything that what is sent could come to: answers, logs, calls of services, and what is stored.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use local::fault::{Call as StoreCall, Fault, Faults, NoFaults};
use local::history::{Mark, Service};
use tests::client::Answer;
use tests::logs::Lines;
use tests::walkthrough::Owner;
use tests::world::TEMPLATE;

use crate::scene::Scene;
use crate::secrets::sought::Sought;
use tests::operations::samples::PASSWORD;
use tests::stores;

/// The members of an answer that holds a token for whom it is made.
const TOKENS: [(&str, &str); 4] = [
    ("/auth/login", "/mfaToken"),
    ("/auth/", "/accessToken"),
    ("/auth/", "/refreshToken"),
    ("/auth/mfa", "/secret"),
];

/// The member that holds a link, the last part of which is a preview's token.
const LINK: (&str, &str) = ("/preview", "/url");

/// Where previews are.
const PREVIEW: &str = "/_preview/";

/// Hears what functions tell services, before anything goes wrong with it.
#[derive(Debug)]
struct Witness {
    heard: Arc<Heard>,
    plan: Arc<dyn Faults>,
}

#[derive(Debug, Default)]
struct Heard {
    calls: Mutex<String>,
    sessions: Mutex<BTreeSet<String>>,
}

impl Faults for Witness {
    fn decide(&self, call: &StoreCall<'_>) -> Fault {
        // A mail is where its link belongs.
        let is_mail = call.service == Service::Ses;
        let body: &[u8] = if is_mail { &[] } else { call.body };
        let body = String::from_utf8_lossy(body);
        let mut calls = self.heard.calls.lock().unwrap();
        writeln!(
            calls,
            "{} calls {} {}: {:?} {body}",
            call.function, call.service, call.operation, call.keys
        )
        .unwrap();
        let mut sessions = self.heard.sessions.lock().unwrap();
        sessions.extend(call.session_token.map(str::to_owned));
        self.plan.decide(call)
    }
}

/// A platform, all of whose outlets are watched.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) scene: Scene,
    sought: Sought,
    lines: Lines,
    heard: Arc<Heard>,
    begun: Mark,
    /// What was sent since the last look.
    requests: Vec<String>,
    /// What was answered to it, each line with the number of the request.
    answers: String,
    /// The requests that were answered, by the first digit of the status.
    pub(super) answered: [usize; 6],
    /// The lines of the logs that were looked at.
    pub(super) logged: usize,
}

impl Watch {
    /// Begins to watch over a platform with the secrets that it has already.
    pub(super) async fn over(scene: Scene, lines: &Lines) -> Self {
        let mut sought = Sought::default();
        sought.add("the password of the samples", PASSWORD);
        sought.add("an operator's password", "correct horse operator");
        let victim = Owner::named("victim");
        for owner in [
            &scene.acme.settled.owner,
            &scene.other.settled.owner,
            &victim,
        ] {
            sought.add("an owner's password", &owner.password);
        }
        for side in [&scene.acme, &scene.other] {
            sought.add_token("an access token", &side.settled.tokens.access);
            sought.add_token("a refresh token", &side.settled.tokens.refresh);
        }
        sought.add_token("an operator's access token", &scene.operator);
        for name in secrets_of_template() {
            let secret = scene.world.platform.secret(name).await.unwrap();
            sought.add(name, &secret);
        }
        let mut watch = Self {
            sought,
            lines: lines.clone(),
            heard: Arc::default(),
            begun: scene.world.platform.history().mark(),
            requests: Vec::new(),
            scene,
            answers: String::new(),
            answered: [0; 6],
            logged: 0,
        };
        watch.suffer(Arc::new(NoFaults));
        watch.learn().await;
        watch
    }

    /// Looks for the tokens of links too that were sent by mail.
    pub(super) async fn learn(&mut self) {
        let mails = self.scene.world.platform.services().mail().sent().await;
        for mail in mails.unwrap() {
            let (_, token) = mail.text.split_once("#token=").unwrap();
            let token = token.split_whitespace().next().unwrap();
            self.sought.add_token("a link's token", token);
        }
        for code in &self.scene.careful.phone.recovery_codes {
            self.sought.add("a recovery code", code);
        }
    }

    /// Has things go wrong from now on.
    pub(super) fn suffer(&self, plan: Arc<dyn Faults>) {
        let heard = Arc::clone(&self.heard);
        self.scene
            .world
            .faults
            .set(Arc::new(Witness { heard, plan }));
    }

    /// Sends a request and keeps what everybody but its sender may see of the answer.
    pub(super) async fn send(&mut self, why: &str, request: Request<Bytes>) -> Answer {
        let path = request.uri().path().to_owned();
        let answer = self.scene.send(request).await;
        let status = usize::from(answer.status.as_u16());
        self.answered[status / 100] += 1;
        let is_good = answer.status.is_success();
        let mut text = answer.text();
        if is_good {
            text = self.without_tokens(&path, &answer);
        }
        // The links of a preview's pages lead to others of it: who sends its token has it.
        if let Some((token, _)) = path
            .strip_prefix(PREVIEW)
            .and_then(|rest| rest.split_once('/'))
        {
            text = text.replace(token, "");
        }
        let number = self.requests.len();
        self.requests.push(why.to_owned());
        writeln!(
            self.answers,
            "{number} {status} {}",
            text.replace('\n', " ")
        )
        .unwrap();
        for (name, value) in &answer.headers {
            // What makes a preview leads there, and a preview leads to its own pages.
            let is_of_preview = path.starts_with(PREVIEW) || path.ends_with(LINK.0);
            let is_link = is_of_preview && answer.status.as_u16() < 400 && name == "location";
            if !is_link {
                writeln!(self.answers, "{number} {status} {name}: {value:?}").unwrap();
            }
        }
        answer
    }

    /// Takes the tokens out of an answer that gives them out; they are looked for from then on.
    fn without_tokens(&mut self, path: &str, answer: &Answer) -> String {
        let mut text = answer.text();
        for (part, member) in TOKENS {
            if let Some(token) = answer.at(member).ok().filter(|_| path.contains(part)) {
                self.sought.add_token(member, &token);
                text = text.replace(&token, "");
            }
        }
        let (end, member) = LINK;
        if let Some(link) = answer.at(member).ok().filter(|_| path.ends_with(end)) {
            let token = link.trim_end_matches('/').rsplit('/').next().unwrap();
            self.sought.add("a preview's token", token);
            text = text.replace(&link, "");
        }
        text
    }

    /// Looks through everything that came to be since the last look, and says what was found.
    pub(super) fn look(&mut self) -> Option<String> {
        let sessions = std::mem::take(&mut *self.heard.sessions.lock().unwrap());
        for session in sessions {
            self.sought.add("a session of a role", &session);
        }
        let requests = std::mem::take(&mut self.requests);
        let answers = std::mem::take(&mut self.answers);
        if let Some((what, line)) = self.sought.within(&answers) {
            let number: usize = line.split(' ').next().unwrap().parse().unwrap();
            return Some(format!(
                "an answer holds {what}: {line}, to {}",
                requests[number]
            ));
        }
        let calls = std::mem::take(&mut *self.heard.calls.lock().unwrap());
        if let Some((what, line)) = self.sought.within(&calls) {
            return Some(format!("a call holds {what}: {line}"));
        }
        let lines = self.lines.take();
        self.logged += lines.lines().count();
        let (what, line) = self.sought.within(&lines)?;
        Some(format!("a log holds {what}: {line}"))
    }

    /// Looks through everything that is stored, on its way or noted of calls, and says what was found.
    pub(super) async fn look_at_stores(&self) -> Option<String> {
        let mut text = stores::lines(&self.scene.world).await.join("\n");
        for record in self.scene.world.platform.history().since(self.begun) {
            write!(text, "\n{record:?}").unwrap();
        }
        let (what, line) = self.sought.within(&text)?;
        Some(format!("a store holds {what}: {line}"))
    }

    /// Returns how many secrets are looked for.
    pub(super) fn sought(&self) -> usize {
        self.sought.len()
    }
}

/// Returns the logical ids of the secrets that the template has.
pub(super) fn secrets_of_template() -> Vec<&'static str> {
    let lines: Vec<&str> = TEMPLATE.lines().collect();
    let pairs = lines.windows(2).filter_map(|pair| {
        let is_secret = pair[1].trim() == "Type: AWS::SecretsManager::Secret";
        is_secret.then(|| pair[0].trim().trim_end_matches(':'))
    });
    pairs.collect()
}
