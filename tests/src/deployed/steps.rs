//! The walk of a deployed platform in named steps, each of which needs what the ones before made.
//! It must never know which grants it is walked under.

use anyhow::{Context, ensure};
use http::StatusCode;
use serde_json::{Value, json};

use super::front::Front;
use super::grants::Swap;
use super::stack::Stack;
use crate::client::{Answer, Call, Client};
use crate::walkthrough::{
    Owner, Tokens, end_sign_ins, make_page, make_website, publish, register, sign_in, wait,
};

mod api_keys;
mod browser;
mod failures;
mod mailbox;
mod members;
mod operators;
mod pages;
mod relay;
mod seals;
mod second_factor;
mod strangers;
mod support;
mod trail;

pub use operators::suspended;
pub use relay::{Overdue, make_overdue};

/// Looks at what a queue's consumer has to give up, at most.
const LOOKS_MAX: usize = 600;

/// A step that did not do what it must.
#[derive(Debug)]
pub struct Failed {
    /// Its name.
    pub step: &'static str,
    /// Why.
    pub error: anyhow::Error,
}

impl Failed {
    /// Returns it as the error of a walk that nothing stood in the way of.
    pub fn with_all_grants(&self) -> anyhow::Error {
        let Self { step, error } = self;
        anyhow::anyhow!("`{step}` failed with all that is needed granted: {error:#}")
    }
}

/// What all walks share.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    /// The stack.
    pub stack: &'a Stack,
    /// The ways in.
    pub front: &'a Front,
    /// An operator who can sign in.
    pub operator: Owner,
    /// A tenant whose website has a tree of several nodes.
    pub library: Library,
    /// Events for a sweep to find.
    pub overdue: Overdue,
    /// The operation of a tenant's website that is no tenant's of the walk.
    pub operation: String,
    /// What takes statements away without which no tenant can be made, and no website.
    pub handicaps: [Swap; 2],
}

/// A tenant with a large website.
#[derive(Debug, Clone)]
pub struct Library {
    /// Its owner.
    pub owner: Owner,
    /// Its website's address in the API.
    pub website: String,
    /// A page of it.
    pub page: String,
}

/// A walk under way.
struct Walk<'a> {
    scene: &'a Scene<'a>,
    client: Client<'a>,
    owner: Owner,
    tenant: String,
    token: String,
    website: String,
}

/// Walks all steps as a new tenant called `name`. Returns the names of the steps.
pub async fn walk(scene: &Scene<'_>, name: &str) -> Result<Vec<&'static str>, Failed> {
    let mut names = Vec::new();
    let mut walk = Walk {
        scene,
        client: scene.front.client(),
        owner: Owner::named(name),
        tenant: String::new(),
        token: String::new(),
        website: String::new(),
    };
    macro_rules! step {
        ($name:literal, $future:expr) => {
            match $future.await {
                Ok(done) => {
                    names.push($name);
                    done
                }
                Err(error) => return Err(Failed { step: $name, error }),
            }
        };
    }
    walk.tenant = step!("sign up", register(&walk.client, &walk.owner));
    let tokens = step!("sign in", sign_in(&walk.client, &walk.owner));
    walk.token.clone_from(&tokens.access);
    walk.website = step!(
        "make a website",
        make_website(&walk.client, &walk.token, "main")
    );
    step!("refuse strangers", strangers::refused(&walk));
    step!("write and publish pages", walk.pages());
    step!("visit pages", walk.visit());
    step!("move and delete pages", walk.change_pages());
    step!("release, preview and go back", walk.releases());
    step!("read and write a large website", walk.library());
    step!("change, close and restore a website", walk.websites());
    step!("profile", walk.profile());
    step!("raise a tenant's tier", operators::grow(&walk));
    step!("change and remove members", members::all(&walk));
    step!("let programs in by API keys", api_keys::all(&walk));
    step!("let operators in", support::all(&walk));
    step!("sign in as a browser", browser::all(&walk));
    step!("ask for a second factor", second_factor::all(&walk));
    step!("write to people", mailbox::all(&walk));
    step!("repeat requests under a key", walk.repeats());
    step!("read the audit trail", trail::read(&walk));
    step!("seal and verify the trail", seals::held(&walk));
    step!("refresh and sign out", walk.sign_out(&tokens));
    step!("purge the network", relay::purged(&walk));
    step!("sweep the outbox", relay::swept(&walk));
    step!("take back a website that failed", failures::website(&walk));
    step!("work as an operator", operators::all(&walk));
    step!("take back a tenant that failed", failures::tenant(&walk));
    step!("end sign-ins", end_sign_ins(&walk.client, &scene.operator));
    Ok(names)
}

impl Walk<'_> {
    fn host(&self) -> String {
        format!("main.{}.localhost", self.owner.subdomain)
    }

    async fn ask(&self, status: StatusCode, call: Call) -> anyhow::Result<Answer> {
        let path = call.path.clone();
        let answer = self.client.call(call.bearer(&self.token)).await?;
        answer.expect(status).context(path)
    }

    /// Reads what is there and changes it.
    async fn change(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let read = self.ask(StatusCode::OK, Call::get(path)).await?;
        let put = Call::put(path, body).if_match(read.header("etag"));
        self.ask(StatusCode::OK, put).await
    }

    async fn delete(&self, path: &str) -> anyhow::Result<()> {
        let read = self.ask(StatusCode::OK, Call::get(path)).await?;
        let delete = Call::delete(path).if_match(read.header("etag"));
        self.ask(StatusCode::NO_CONTENT, delete).await?;
        Ok(())
    }

    async fn websites(&self) -> anyhow::Result<()> {
        let website = self.website.as_str();
        self.ask(StatusCode::OK, Call::get("/api/v1/websites"))
            .await?;
        for body in [
            json!({ "name": "Renamed", "configuration": { "locale": "de" } }),
            json!({ "name": "Renamed", "status": "Maintenance" }),
            json!({ "name": "Renamed", "status": "Active" }),
        ] {
            self.change(website, &body).await?;
        }
        self.delete(website).await?;
        self.change(website, &json!({ "name": "Renamed", "status": "Active" }))
            .await?;
        Ok(())
    }

    async fn profile(&self) -> anyhow::Result<()> {
        let name = json!({ "name": "Another name" });
        self.change("/api/v1/tenant/profile", &name).await?;
        Ok(())
    }

    async fn repeats(&self) -> anyhow::Result<()> {
        let page = json!({
            "title": "Once",
            "slug": "once",
            "content": { "format": "markdown", "value": "Once." },
        });
        let website = json!({ "name": "once", "subdomain": "once" });
        for (call, status) in [
            (
                Call::post(format!("{}/pages", self.website), &page),
                StatusCode::CREATED,
            ),
            (
                Call::post("/api/v1/websites", &website),
                StatusCode::ACCEPTED,
            ),
        ] {
            let call = call.with("idempotency-key", "one-key");
            let first = self.ask(status, call.clone()).await?;
            // What was under way may be done by now.
            let again = self.client.call(call.bearer(&self.token)).await?;
            ensure!(again.status.is_success(), "repeated: {}", again.text());
            ensure!(
                first.at("/id")? == again.at("/id")?,
                "something else was made"
            );
        }
        Ok(())
    }

    async fn sign_out(&self, tokens: &Tokens) -> anyhow::Result<()> {
        let refresh = json!({ "refreshToken": tokens.refresh });
        let next = Call::post("/api/v1/auth/refresh", &refresh);
        let next = self.client.call(next).await?.expect(StatusCode::OK)?;
        let next = json!({ "refreshToken": next.at("/refreshToken")? });
        let out = Call::post("/api/v1/auth/logout", &next);
        self.client
            .call(out)
            .await?
            .expect(StatusCode::NO_CONTENT)?;
        let late = Call::post("/api/v1/auth/refresh", &next);
        self.client
            .call(late)
            .await?
            .expect(StatusCode::UNAUTHORIZED)?;
        Ok(())
    }
}

/// Makes the tenant with the large website, or finds the one that is there.
pub async fn make_library(client: &Client<'_>, pages: usize) -> anyhow::Result<Library> {
    let owner = Owner::named("library");
    if sign_in(client, &owner).await.is_err() {
        register(client, &owner).await?;
        let token = sign_in(client, &owner).await?.access;
        let website = make_website(client, &token, "main").await?;
        for number in 0..pages {
            let (slug, text) = (format!("page-{number}"), format!("Page {number}."));
            let page = make_page(client, &token, &website, &slug, &text).await?;
            publish(client, &token, &page).await?;
        }
    }
    let token = sign_in(client, &owner).await?.access;
    let id = |path: String| async {
        let answer = client.call(Call::get(path).bearer(&token)).await?;
        answer.expect(StatusCode::OK)?.at("/items/0/id")
    };
    let website = format!(
        "/api/v1/websites/{}",
        id("/api/v1/websites".to_owned()).await?
    );
    let page = id(format!("{website}/pages")).await?;
    Ok(Library {
        owner,
        page: format!("{website}/pages/{page}"),
        website,
    })
}

/// Waits for an operation, as its owner.
pub async fn wait_as(client: &Client<'_>, token: &str, href: &str) -> anyhow::Result<()> {
    wait(client, Call::get(href).bearer(token)).await?;
    Ok(())
}
