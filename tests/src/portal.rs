//! A page of the portal in a browser: it keeps cookies as browsers do, and sends what such a page sends.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use http::{StatusCode, header};
use serde_json::json;

use crate::client::{Answer, Call, Client};
use crate::walkthrough::Owner;

/// The cookie that has the access token.
pub const ACCESS: &str = "__Host-access";

/// The cookie that has the refresh token.
pub const REFRESH: &str = "__Host-refresh";

/// The cookie that has what a page repeats in a header.
pub const CSRF: &str = "__Host-csrf";

/// Where the portal of a platform on this machine is.
pub const LOCAL: &str = "http://localhost:3000";

/// Where the portal of a deployed platform is that the tests reach.
pub const DEPLOYED: &str = "https://app.localhost";

/// A page of the portal, with the cookies that its host has set.
#[derive(Debug, Clone)]
pub struct Portal {
    origin: &'static str,
    cookies: BTreeMap<String, String>,
}

impl Portal {
    /// Opens the portal at an address, without a cookie.
    pub fn at(origin: &'static str) -> Self {
        let cookies = BTreeMap::new();
        Self { origin, cookies }
    }

    /// Signs in. Where a tenant has to be chosen, it is in `choice`.
    pub async fn sign_in(
        &mut self,
        client: &Client<'_>,
        owner: &Owner,
        choice: Option<&str>,
    ) -> anyhow::Result<()> {
        let mut body =
            json!({ "email": owner.email, "password": owner.password, "tokensIn": "cookies" });
        if let (Some(tenant), Some(members)) = (choice, body.as_object_mut()) {
            members.insert("tenantId".to_owned(), json!(tenant));
        }
        let call = self.write(Call::post("/api/v1/auth/login", &body));
        let answer = client.call(call).await?.expect(StatusCode::NO_CONTENT)?;
        self.keep(&answer)?;
        ensure!(self.cookies.len() == 3, "a sign-in is three cookies");
        Ok(())
    }

    /// Keeps the cookies that an answer sets, and forgets those that it takes away.
    pub fn keep(&mut self, answer: &Answer) -> anyhow::Result<()> {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str()?;
            let (pair, attributes) = cookie.split_once(';').context("attributes")?;
            let (name, value) = pair.split_once('=').context("a value")?;
            if attributes.split(';').any(|one| one.trim() == "Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    /// Returns what a cookie holds, nothing where it is not there.
    pub fn cookie(&self, name: &str) -> &str {
        self.cookies.get(name).map_or("", String::as_str)
    }

    /// Returns whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }

    /// Has the browser hold a cookie, or none of that name.
    #[must_use]
    pub fn holding(mut self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.cookies.insert(name.to_owned(), value.to_owned()),
            None => self.cookies.remove(name),
        };
        self
    }

    /// Adds what a browser sends of its own accord, whatever made it send the request.
    pub fn read(&self, call: Call) -> Call {
        let headers = self.headers();
        let cookies = headers.iter().filter(|(name, _)| *name == "cookie");
        cookies.fold(call, |call, (name, value)| call.with(name, value))
    }

    /// Adds what a page of the portal sends with a change.
    pub fn write(&self, call: Call) -> Call {
        let headers = self.headers();
        headers
            .iter()
            .fold(call, |call, (name, value)| call.with(name, value))
    }

    /// Returns what a page of the portal sends with a change, as headers.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("origin", self.origin.to_owned())];
        let csrf = self.cookies.get(CSRF).cloned();
        headers.extend(csrf.map(|csrf| ("x-csrf-token", csrf)));
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !pairs.is_empty() {
            headers.push(("cookie", pairs.join("; ")));
        }
        headers
    }

    /// Returns the request that asks for the next tokens.
    pub fn refresh(&self) -> Call {
        self.write(Call::new(http::Method::POST, "/api/v1/auth/refresh"))
    }

    /// Returns the request that signs out.
    pub fn log_out(&self) -> Call {
        self.write(Call::new(http::Method::POST, "/api/v1/auth/logout"))
    }
}

/// Returns what is read of a cookie that an answer sets: its attributes, in order.
pub fn attributes(answer: &Answer, name: &str) -> anyhow::Result<Vec<String>> {
    let texts = answer.headers.get_all(header::SET_COOKIE).iter();
    let texts: Vec<_> = texts.filter_map(|text| text.to_str().ok()).collect();
    let of_name = texts.iter().find_map(|text| {
        let (pair, attributes) = text.split_once(';')?;
        (pair.split_once('=')?.0 == name).then_some(attributes)
    });
    let attributes = of_name.with_context(|| format!("`{name}` is not set by {texts:?}"))?;
    Ok(attributes
        .split(';')
        .map(|one| one.trim().to_owned())
        .collect())
}
