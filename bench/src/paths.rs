//! The ways that requests take, each once per round, from the front door on: what the request
//! takes, and what it sets in motion. It must never know how many tenants there are.

use std::fmt::Write;

use anyhow::{Context, ensure};
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::client::{Answer, Call, Client};
use tests::walkthrough::{self, Owner};

use crate::measured::Measured;
use crate::sample::Sample;
use crate::stage::Stage;

/// Bytes of a new page's text.
pub const PAGE_BYTES: usize = 2_400;

/// An event of the visitors' function, of which host and path are replaced.
const VISIT: &str = include_str!("../../events/delivery/page.json");

/// Longer than a pointer is answered from memory.
const POINTER_FORGOTTEN: SignedDuration = SignedDuration::from_secs(2);

/// Longer than a tenant's status is answered from memory.
const STATUS_FORGOTTEN: SignedDuration = SignedDuration::from_secs(61);

/// A website with a published page, and who may work on it.
#[derive(Debug, Clone)]
pub struct Site {
    /// Its tenant's owner.
    pub owner: Owner,
    /// Its name in host names.
    pub label: String,
    /// Its address in the API.
    pub website: String,
    /// The address of its page in the API.
    pub page: String,
    /// The path of that page for visitors.
    pub path: String,
}

impl Site {
    /// Returns its host.
    pub fn host(&self) -> String {
        format!("{}.{}.localhost", self.label, self.owner.subdomain)
    }
}

/// An operator's reach: where the far end of the list of tenants begins.
#[derive(Debug, Clone, Default)]
pub struct FarPage {
    /// The cursor; none where all tenants fit one page.
    pub cursor: Option<String>,
}

impl FarPage {
    /// Returns the page's address in the API; that of the first where there is no other.
    fn path(&self) -> String {
        const LIST: &str = "/api/v1/admin/tenants";
        match &self.cursor {
            Some(cursor) => format!("{LIST}?cursor={cursor}"),
            None => LIST.to_owned(),
        }
    }
}

/// One round over every path.
#[derive(Debug)]
pub struct Round<'a> {
    /// The platform.
    pub stage: &'a Stage,
    /// The website that is worked on.
    pub site: &'a Site,
    /// The round's number: what it makes is named after it.
    pub number: usize,
    /// The far end of the list of tenants.
    pub far: &'a FarPage,
}

impl Round<'_> {
    /// Walks every path once.
    pub async fn walk(&self, into: &mut Measured) -> anyhow::Result<()> {
        for function in local::functions::registry().keys() {
            let pools = self.stage.world.platform.pools();
            pools.warm_up(function, 1).await?;
        }
        self.visitors(into).await.context("visitors")?;
        let token = self.login(into).await.context("login")?;
        self.reads(&token, into).await.context("reads")?;
        self.pages(&token, into).await.context("pages")?;
        self.website(&token, into).await.context("a website")?;
        self.registration(into).await.context("a registration")?;
        self.operators(into).await.context("operators")?;
        self.stage.align().await?;
        let ((), idle) = self
            .stage
            .measured(self.stage.advance(SignedDuration::from_secs(60)))
            .await?;
        into.add("idleMinute", idle, None);
        self.stage.world.platform.pools().cool_down();
        let cold = self.visit(&self.site.host(), &self.site.path, 200).await?;
        into.add("visitorColdEnvironment", cold, None);
        Ok(())
    }

    async fn visitors(&self, into: &mut Measured) -> anyhow::Result<()> {
        let (host, path) = (self.site.host(), &self.site.path);
        self.stage.align().await?;
        into.add(
            "visitorNewWebsite",
            self.visit(&host, path, 200).await?,
            None,
        );
        self.stage.advance(POINTER_FORGOTTEN).await?;
        into.add("visitorWarm", self.visit(&host, path, 200).await?, None);
        into.add(
            "visitorWithinASecond",
            self.visit(&host, path, 200).await?,
            None,
        );
        let nobody = format!("nobody{}.nowhere.localhost", self.number);
        into.add("unknownHost", self.visit(&nobody, "/", 404).await?, None);
        into.add(
            "unknownHostAgain",
            self.visit(&nobody, "/", 404).await?,
            None,
        );
        Ok(())
    }

    /// Has the visitors' function answer, as the content delivery network asks it on a miss.
    async fn visit(&self, host: &str, path: &str, status: u16) -> anyhow::Result<Sample> {
        let mut event: Value = serde_json::from_str(VISIT)?;
        let places = [
            ("/headers/x-site-host", format!("{host}:3000")),
            ("/rawPath", path.to_owned()),
            ("/requestContext/http/path", path.to_owned()),
        ];
        for (place, text) in places {
            *event
                .pointer_mut(place)
                .context("an event has its places")? = json!(text);
        }
        let platform = &self.stage.world.platform;
        let visiting = async { Ok(platform.invoke("delivery", event).await?) };
        let (answer, mut sample) = self.stage.measured(visiting).await?;
        ensure!(
            answer.pointer("/statusCode") == Some(&json!(status)),
            "{host}{path} is not {status}: {answer}"
        );
        let body = answer
            .pointer("/body")
            .and_then(Value::as_str)
            .unwrap_or_default();
        sample.answer_bytes = body.len();
        Ok(sample)
    }

    async fn login(&self, into: &mut Measured) -> anyhow::Result<String> {
        self.stage.align().await?;
        let owner = &self.site.owner;
        let body = json!({ "email": owner.email, "password": owner.password });
        let call = Call::post("/api/v1/auth/login", &body);
        let answer = self.write("login", call, StatusCode::OK, into).await?;
        answer.at("/accessToken")
    }

    async fn reads(&self, token: &str, into: &mut Measured) -> anyhow::Result<()> {
        let site = self.site;
        self.stage.advance(STATUS_FORGOTTEN).await?;
        self.stage.align().await?;
        let paths = [
            ("readPageStatusUnknown", site.page.clone()),
            ("readPage", site.page.clone()),
            ("listPages", format!("{}/pages", site.website)),
            ("listWebsites", "/api/v1/websites".to_owned()),
        ];
        for (name, address) in paths {
            self.read(name, Call::get(address).bearer(token), into)
                .await?;
        }
        Ok(())
    }

    async fn pages(&self, token: &str, into: &mut Measured) -> anyhow::Result<()> {
        let (client, site) = (self.stage.client(), self.site);
        let releases = format!("{}/releases", site.website);
        let live = client.call(Call::get(&releases).bearer(token)).await?;
        let live = live_release(&live.expect(StatusCode::OK)?)?;
        let body = json!({
            "title": format!("Page {}", self.number),
            "slug": format!("page-{}", self.number),
            "content": { "format": "markdown", "value": text(self.number) },
        });
        self.warm(&client, token).await?;
        let call = Call::post(format!("{}/pages", site.website), &body).bearer(token);
        let made = self
            .write("createPage", call, StatusCode::CREATED, into)
            .await?;
        let page = format!("{}/pages/{}", site.website, made.at("/id")?);
        self.warm(&client, token).await?;
        let call = Call::new(Method::POST, format!("{page}/publish")).bearer(token);
        self.write("publishPage", call, StatusCode::OK, into)
            .await?;
        self.warm(&client, token).await?;
        let call = Call::new(Method::POST, format!("{releases}/{live}/activate")).bearer(token);
        self.write("rollback", call, StatusCode::OK, into).await?;
        Ok(())
    }

    async fn website(&self, token: &str, into: &mut Measured) -> anyhow::Result<()> {
        let client = self.stage.client();
        let name = format!("more{}", self.number);
        let body = json!({ "name": name, "subdomain": name });
        self.warm(&client, token).await?;
        let call = Call::post("/api/v1/websites", &body).bearer(token);
        let made = self
            .write("createWebsite", call, StatusCode::ACCEPTED, into)
            .await?;
        let look = Call::get(made.at("/operation/href")?).bearer(token);
        walkthrough::wait(&client, look).await?;
        Ok(())
    }

    async fn registration(&self, into: &mut Measured) -> anyhow::Result<()> {
        let client = self.stage.client();
        let owner = Owner::named(&format!("late{:05}", self.number));
        self.stage.align().await?;
        let call = owner.registration();
        let made = self
            .write("register", call, StatusCode::ACCEPTED, into)
            .await?;
        walkthrough::wait(&client, Call::get(made.at("/operation/href")?)).await?;
        Ok(())
    }

    async fn operators(&self, into: &mut Measured) -> anyhow::Result<()> {
        let token = self.stage.world.operator().await?;
        self.stage.align().await?;
        let first = Call::get(FarPage::default().path()).bearer(&token);
        self.stage.client().call(first.clone()).await?;
        self.read("listTenants", first, into).await?;
        if self.far.cursor.is_some() {
            let far = Call::get(self.far.path()).bearer(&token);
            self.read("listTenantsFar", far, into).await?;
        }
        Ok(())
    }

    /// Stands where a step may begin, with the tenant's status known to the authorizer.
    async fn warm(&self, client: &Client<'_>, token: &str) -> anyhow::Result<()> {
        self.stage.align().await?;
        let known = client
            .call(Call::get("/api/v1/tenant/profile").bearer(token))
            .await?;
        known.expect(StatusCode::OK)?;
        Ok(())
    }

    async fn read(
        &self,
        name: &'static str,
        call: Call,
        into: &mut Measured,
    ) -> anyhow::Result<()> {
        let (answer, sample) = self.stage.answered(self.stage.client().call(call)).await?;
        answer.expect(StatusCode::OK).context(name)?;
        into.add(name, sample, None);
        Ok(())
    }

    async fn write(
        &self,
        name: &'static str,
        call: Call,
        status: StatusCode,
        into: &mut Measured,
    ) -> anyhow::Result<Answer> {
        let (answer, sample) = self.stage.answered(self.stage.client().call(call)).await?;
        let answer = answer.expect(status).context(name)?;
        into.add(name, sample, Some(self.stage.aftermath().await?));
        Ok(answer)
    }
}

/// Walks the list of tenants to its last full page.
pub async fn far_page(stage: &Stage, tenants: usize) -> anyhow::Result<FarPage> {
    const PAGE: usize = 50;
    let token = stage.world.operator().await?;
    let mut far = FarPage::default();
    for _ in 1..tenants / PAGE {
        let path = far.path();
        let call = Call::get(path).bearer(&token);
        let page = stage.client().call(call).await?.expect(StatusCode::OK)?;
        far.cursor = Some(page.at("/nextCursor")?);
    }
    Ok(far)
}

/// Returns a page's text, another for every number: paragraphs of a few sentences under headings.
pub fn text(number: usize) -> String {
    const SENTENCES: usize = 6;
    const PARAGRAPHS: usize = 3;
    let mut text = String::with_capacity(PAGE_BYTES + 80);
    let mut sentence = 0;
    while text.len() < PAGE_BYTES {
        if sentence % (SENTENCES * PARAGRAPHS) == 0 {
            push(
                &mut text,
                format_args!("\n\n## Part {sentence} of page {number}\n\n"),
            );
        } else if sentence % SENTENCES == 0 {
            push(&mut text, format_args!("\n\n"));
        }
        sentence += 1;
        push(
            &mut text,
            format_args!("Sentence {sentence} of page {number} says what a page says. "),
        );
    }
    text.truncate(PAGE_BYTES);
    text.trim().to_owned()
}

fn push(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a text never fails.
    let _ = text.write_fmt(part);
}

fn live_release(list: &Answer) -> anyhow::Result<String> {
    let list = list.json();
    let releases = list.pointer("/items").and_then(Value::as_array);
    let live = releases
        .into_iter()
        .flatten()
        .find(|release| release.get("isLive") == Some(&json!(true)));
    let id = live.and_then(|release| release.get("id")?.as_str());
    Ok(id.context("no release is live")?.to_owned())
}
