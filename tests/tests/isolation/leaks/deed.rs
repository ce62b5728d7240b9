//! One request to a function, in the hands of a mistake.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::tuples::Kind;

/// What the mistakes know of the other tenant.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) tenant: String,
    pub(super) ids: BTreeMap<Kind, String>,
    pub(super) cursors: Vec<String>,
    pub(super) mark: String,
    /// The credential of one of those who ask.
    pub(super) deleted_key: Option<String>,
}

/// One request, with the answer once there is one.
pub(super) struct Deed<'a> {
    pub(super) target: &'a Target,
    /// What the gateway says of the other tenant's admin.
    pub(super) others: &'a Value,
    pub(super) payload: &'a mut Value,
    pub(super) answer: &'a mut Value,
    /// What was asked for, before anything was done to it.
    pub(super) asked: &'a str,
}

impl Deed<'_> {
    pub(super) fn id(&self, kind: Kind) -> &str {
        &self.target.ids[&kind]
    }

    /// Has the request be the other tenant's.
    pub(super) fn become_other(&mut self) {
        self.payload["requestContext"]["authorizer"]["lambda"] = self.others.clone();
    }

    /// As [`Self::become_other`], if a parameter of the path is an id of the other tenant's.
    pub(super) fn follow(&mut self, kind: Kind) {
        if self.asked.split('/').any(|part| part == self.id(kind)) {
            self.become_other();
        }
    }

    /// Has the request go to another path.
    pub(super) fn go_to(&mut self, path: &str) {
        self.payload["requestContext"]["http"]["path"] = json!(path);
        self.payload["rawPath"] = json!(path);
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.payload["headers"][name].as_str().unwrap_or_default()
    }

    pub(super) fn remove_header(&mut self, name: &str) {
        let headers = self.payload["headers"].as_object_mut();
        headers.map(|headers| headers.remove(name));
    }

    pub(super) fn query(&self) -> &str {
        self.payload["rawQueryString"].as_str().unwrap_or_default()
    }

    /// Changes the text of the answer's body.
    pub(super) fn tell(&mut self, change: impl FnOnce(String) -> String) {
        let body = self.answer["body"].as_str().unwrap_or_default().to_owned();
        self.answer["body"] = json!(change(body));
    }

    /// Changes the request's body.
    pub(super) fn rewrite(&mut self, change: impl FnOnce(&mut Value)) {
        let body = self.payload["body"].as_str().unwrap_or_default();
        let Ok(mut body) = serde_json::from_str::<Value>(body) else {
            return;
        };
        change(&mut body);
        self.payload["body"] = json!(body.to_string());
    }

    /// Returns whether an id of the other tenant's was asked for.
    pub(super) fn is_foreign(&self) -> bool {
        let ids = &self.target.ids;
        let ids = [Kind::Website, Kind::Page, Kind::ApiKey, Kind::Person].map(|kind| &ids[&kind]);
        ids.iter().any(|id| self.asked.contains(id.as_str()))
    }
}
