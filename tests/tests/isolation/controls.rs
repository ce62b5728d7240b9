//! The control: what each kind of id is good for, in the hands of those whose it is. Where they got nothing by it either,
//! it would say little that others get nothing.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use http::StatusCode;
use serde_json::json;
use tests::client::{Answer, Call};
use tests::support::SESSIONS;
use tests::walkthrough::sign_in_to;
use tests::world::World;

use crate::cast::Cast;
use crate::side::Side;
use crate::tuples::Kind;

/// Tries every kind of id as the tenant's owner. Returns those by which the owner did not get what they are good for, and
/// what came instead.
pub(crate) async fn without_effect(cast: &Cast) -> BTreeMap<Kind, String> {
    let mut without = BTreeMap::new();
    for kind in cast.kinds.iter().copied() {
        // What one does is not the next one's.
        let world = cast.world.copy(8).unwrap();
        let control = Control { cast, world };
        if let Err(error) = control.try_kind(kind).await {
            without.insert(kind, format!("{error:#}"));
        }
    }
    without
}

struct Control<'a> {
    cast: &'a Cast,
    world: World,
}

impl Control<'_> {
    fn side(&self) -> &Side {
        &self.cast.other
    }

    async fn ask(&self, call: Call, status: StatusCode) -> anyhow::Result<Answer> {
        let call = call.bearer(&self.side().settled.tokens.access);
        self.world.client().call(call).await?.expect(status)
    }

    /// Reads something of which the tenant's data is made.
    async fn read(&self, path: &str) -> anyhow::Result<()> {
        let answer = self.ask(Call::get(path), StatusCode::OK).await?;
        self.hold_marks(&answer.text())
    }

    fn hold_marks(&self, text: &str) -> anyhow::Result<()> {
        self.cast
            .marks
            .find(text)
            .context("nothing of the tenant's")?;
        Ok(())
    }

    async fn visit(&self, host: &str, path: &str) -> anyhow::Result<()> {
        let client = self.world.client();
        let (host, _) = host.split_once(':').unwrap_or((host, ""));
        let answer = client.visit(host, path).await?;
        self.hold_marks(&answer.expect(StatusCode::OK)?.text())
    }

    /// Signs in to the tenant by its id. The owner is a member elsewhere too: a sign-in that names none is to none.
    async fn sign_in_to(&self, id: &str) -> anyhow::Result<()> {
        let owner = &self.side().settled.owner;
        let login = json!({ "email": owner.email, "password": owner.password });
        let client = self.world.client();
        let path = "/api/v1/auth/login";
        let unnamed = client.call(Call::post(path, &login)).await?;
        unnamed.expect(StatusCode::CONFLICT)?;
        let tokens = sign_in_to(&client, owner, id).await?;
        let call = Call::get("/api/v1/tenant/profile").bearer(&tokens.access);
        let answer = client.call(call).await?.expect(StatusCode::OK)?;
        self.hold_marks(&answer.text())
    }

    async fn try_kind(&self, kind: Kind) -> anyhow::Result<()> {
        let side = self.side();
        let id = side.ids.get(&kind).map_or("", String::as_str);
        let website = &side.settled.website;
        match kind {
            Kind::Tenant => self.sign_in_to(id).await,
            Kind::Website => self.read(&format!("/api/v1/websites/{id}")).await,
            Kind::Page => self.read(&format!("{website}/pages/{id}")).await,
            Kind::Person => self.read(&format!("/api/v1/tenant/users/{id}")).await,
            Kind::Invitation => self.read(&format!("/api/v1/tenant/invitations/{id}")).await,
            Kind::ApiKey => self.read(&format!("/api/v1/tenant/api-keys/{id}")).await,
            Kind::Support => self.read(&format!("{SESSIONS}/{id}")).await,
            Kind::Release => {
                let call = Call::get(format!("{website}/releases/{id}"));
                self.ask(call, StatusCode::OK).await.map(drop)
            }
            Kind::Operation => {
                let call = Call::get(format!("/api/v1/operations/{id}"));
                self.ask(call, StatusCode::OK).await.map(drop)
            }
            Kind::Session => {
                let call = Call::delete(format!("/api/v1/auth/sessions/{id}"));
                self.ask(call, StatusCode::NO_CONTENT).await.map(drop)
            }
            Kind::Subdomain => self.visit(&format!("main.{id}.localhost"), "/about").await,
            Kind::Host => self.visit(id, "/about").await,
            Kind::Email => {
                let (client, tenant) = (self.world.client(), &side.settled.tenant);
                let signed_in = sign_in_to(&client, &side.settled.owner, tenant).await;
                signed_in.map(drop)
            }
            Kind::Cursor => {
                let list = "GET /api/v1/websites/{website}/pages";
                let cursor = side.cursors.get(list).context("no cursor")?;
                let next = Call::get(format!("{website}/pages?limit=1&cursor={cursor}"));
                let next = self.ask(next, StatusCode::OK).await?;
                next.at("/items/0/id").map(drop)
            }
            Kind::IdempotencyKey => {
                let call = Call::post(
                    format!("{website}/pages"),
                    &json!({
                        "title": "Another request",
                        "slug": "another-request",
                        "content": { "format": "markdown", "value": "Text." },
                    }),
                );
                let call = call.with("idempotency-key", id);
                let refused = self.ask(call, StatusCode::UNPROCESSABLE_ENTITY).await?;
                ensure!(
                    refused.problem().contains("idempotency"),
                    "{}",
                    refused.text()
                );
                Ok(())
            }
            Kind::Preview => {
                let rest = side.preview.strip_prefix("http://").context("no address")?;
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                self.visit(host, &format!("/{path}about")).await
            }
        }
    }
}
