//! Everybody who asks: members by their roles, programs by their keys, and those who were something. It must never know
//! what they ask for.

use anyhow::{Context, bail};
use http::StatusCode;
use serde_json::{Value, json};
use tenancy::{PermissionSet, Role};

use crate::client::{Answer, Call};
use crate::support::entered;
use crate::walkthrough::{Owner, register, sign_in_to};
use crate::world::{Settled, World};

/// A tenant with a website, in which people and programs are made.
#[derive(Debug, Clone, Copy)]
pub struct Callers<'a> {
    /// Where the tenant is.
    pub world: &'a World,
    /// The tenant, with its owner signed in.
    pub tenant: &'a Settled,
    /// An operator's access token.
    pub operator: &'a str,
}

/// Somebody who was something, and is told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// A member who may not come in any more.
    Disabled,
    /// A member no more.
    Removed,
    /// Signed out everywhere.
    SignedOut,
    /// A program whose key was deleted.
    DeletedKey,
    /// An admin of a tenant that is suspended.
    Suspended,
}

impl Callers<'_> {
    /// Returns the id of the tenant's website.
    pub fn website(&self) -> &str {
        let website = &self.tenant.website;
        website.rsplit('/').next().unwrap_or(website)
    }

    /// Makes a request as the owner.
    pub async fn as_admin(&self, call: Call, status: StatusCode) -> anyhow::Result<Answer> {
        let call = call.bearer(&self.tenant.tokens.access);
        self.world.client().call(call).await?.expect(status)
    }

    /// Makes somebody a member, perhaps with a role on the website, and signs them in. Returns where the member is, and
    /// the access token.
    pub async fn member(
        &self,
        name: &str,
        role: Role,
        on_website: Option<Role>,
    ) -> anyhow::Result<(String, String)> {
        let (client, tenant) = (self.world.client(), &self.tenant.tenant);
        let person = Owner::named(name);
        register(&client, &person).await?;
        let id = self.world.join(tenant, &person.email, role).await?;
        let place = format!("/api/v1/tenant/users/{id}");
        if let Some(there) = on_website {
            let websites = json!([{ "websiteId": self.website(), "role": there.name() }]);
            self.change(&place, role, "active", websites).await?;
        }
        let tokens = sign_in_to(&client, &person, tenant).await?;
        Ok((place, tokens.access))
    }

    async fn change(
        &self,
        place: &str,
        role: Role,
        state: &str,
        websites: Value,
    ) -> anyhow::Result<()> {
        let read = self.as_admin(Call::get(place), StatusCode::OK).await?;
        let body = json!({ "role": role.name(), "state": state, "websites": websites });
        let put = Call::put(place, &body).if_match(read.header("etag"));
        self.as_admin(put, StatusCode::OK).await?;
        Ok(())
    }

    /// Makes an API key, perhaps for the website alone. Returns where it is, and the whole of it.
    pub async fn key(
        &self,
        scopes: PermissionSet,
        is_on_website: bool,
    ) -> anyhow::Result<(String, String)> {
        let mut body = json!({ "name": "A program", "scopes": scopes });
        if is_on_website {
            let websites = body.as_object_mut().context("an object")?;
            websites.insert("websites".to_owned(), json!([self.website()]));
        }
        let post = Call::post("/api/v1/tenant/api-keys", &body);
        let made = self.as_admin(post, StatusCode::CREATED).await?;
        Ok((made.header("location").to_owned(), made.at("/key")?))
    }

    /// Has the operator come into the tenant, to change something too.
    pub async fn support(&self) -> anyhow::Result<String> {
        let admin = self.tenant.tokens.access.as_str();
        let who = [admin, self.operator, &self.tenant.tenant];
        Ok(entered(self.world, who, true).await?.access)
    }

    async fn delete(&self, place: &str) -> anyhow::Result<()> {
        let read = self.as_admin(Call::get(place), StatusCode::OK).await?;
        let delete = Call::delete(place).if_match(read.header("etag"));
        self.as_admin(delete, StatusCode::NO_CONTENT).await?;
        Ok(())
    }

    /// Signs somebody in to a tenant that asks for more than a password.
    pub async fn held(&self) -> anyhow::Result<String> {
        let careful = self.world.settled_tenant("careful").await?;
        let said = json!({ "roles": [], "mfaRequired": ["tenantAdmin"] });
        let say = Call::put("/api/v1/tenant/roles", &said).if_match("*");
        let say = say.bearer(&careful.tokens.access);
        let said = self.world.client().call(say).await?;
        said.expect(StatusCode::OK)?;
        Ok(careful.tokens.access)
    }

    /// Lets somebody in who is something no more then. Returns what they go on to show.
    pub async fn past(&self, past: Past) -> anyhow::Result<String> {
        let name = match past {
            Past::Suspended => return self.suspended().await,
            Past::DeletedKey => {
                let of_visitors = PermissionSet::built_in(Role::Visitor);
                let scopes = PermissionSet::built_in(Role::ContentEditor).without(of_visitors);
                let (place, key) = self.key(scopes, false).await?;
                self.delete(&place).await?;
                return Ok(key);
            }
            Past::Disabled => "disabled",
            Past::Removed => "removed",
            Past::SignedOut => "signed-out",
        };
        let (place, access) = self.member(name, Role::TenantAdmin, None).await?;
        match past {
            Past::Disabled => {
                self.change(&place, Role::TenantAdmin, "disabled", json!([]))
                    .await?;
            }
            Past::Removed => self.delete(&place).await?,
            Past::SignedOut => {
                let out = Call::delete("/api/v1/auth/sessions").bearer(&access);
                let out = self.world.client().call(out).await?;
                out.expect(StatusCode::NO_CONTENT)?;
            }
            Past::DeletedKey | Past::Suspended => bail!("{past:?} is no member"),
        }
        Ok(access)
    }

    async fn suspended(&self) -> anyhow::Result<String> {
        let gone = self.world.settled_tenant("suspended").await?;
        let path = format!("/api/v1/admin/tenants/{}/suspend", gone.tenant);
        let suspend = Call::post(path, &json!({ "reason": "unpaid" }));
        let suspend = suspend.bearer(self.operator);
        let suspended = self.world.client().call(suspend).await?;
        suspended.expect(StatusCode::OK)?;
        Ok(gone.tokens.access)
    }
}
