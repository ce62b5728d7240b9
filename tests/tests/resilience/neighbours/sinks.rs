//! Everything that something of a tenant could come to, but for the answers to others.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::client::Answer;
use tests::logs::Lines;
use tests::world::World;

use crate::digest::{items, objects, text};
use crate::neighbours::Tenant;
use crate::neighbours::tokens::Tokens;

/// Events of the bus that are read at once.
const EVENTS_MAX: usize = 1_000;

/// Looks for tokens where they must not be.
#[derive(Debug)]
pub(super) struct Watch {
    tokens: Tokens,
    lines: Lines,
    /// The last event of the bus that was looked at.
    event: i64,
}

impl Watch {
    /// Begins to watch over tenants whose tokens these are.
    pub(super) fn over(tenants: &[Tenant], lines: &Lines) -> Self {
        Self {
            tokens: Tokens::of(tenants.iter().map(|tenant| &tenant.token)),
            lines: lines.clone(),
            event: 0,
        }
    }

    /// Checks an answer to a tenant.
    pub(super) fn check_answer(&self, answer: &Answer, tenant: &Tenant, what: &str) {
        let own = Some(tenant.token.as_str());
        self.tokens.check(&answer.text(), own, what);
        for (name, value) in &answer.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            self.tokens
                .check(&value, own, &format!("{what}: header {name}"));
        }
        assert!(
            !answer.status.is_server_error(),
            "{what}: {}",
            answer.text()
        );
    }

    /// Checks what happened and what was logged since the last time.
    pub(super) async fn check_new(&mut self, world: &World, tenants: &[Tenant]) {
        let by_id = by_id(tenants);
        let bus = world.platform.services().bus();
        for event in bus.bus_events(self.event, EVENTS_MAX).await.unwrap() {
            let own = event.event["detail"]["subject"].as_str();
            let own = own.and_then(|id| by_id.get(id)).copied();
            self.tokens.check(&event.event.to_string(), own, "an event");
            self.event = event.sequence;
        }
        let text = self.lines.take();
        assert!(text.lines().count() > tenants.len(), "nothing was logged");
        for line in text.lines() {
            let mut about = tenants.iter().filter(|tenant| line.contains(&tenant.id));
            let own = about.next().map(|tenant| tenant.token.as_str());
            self.tokens.check(line, own, "a line of the log");
            assert!(about.next().is_none(), "a line names two tenants: {line}");
        }
    }

    /// Checks everything that is stored.
    pub(super) async fn check_stores(&self, world: &World, tenants: &[Tenant]) {
        let by_id = by_id(tenants);
        for mut item in items(world).await {
            // What somebody asked for that is another tenant's is written down as it was asked for.
            if text(&item, "action") == "security.cross_tenant" {
                item.remove("resource");
            }
            let copied = item.get_mut("entry").and_then(|entry| entry.get_mut("M"));
            if let Some(Value::Object(entry)) = copied
                && entry["action"]["S"] == "security.cross_tenant"
            {
                entry.remove("resource");
            }
            let text = serde_json::to_string(&item).unwrap();
            // Whose it is: by its partition, or by the tenant that it names.
            let mut named = by_id.iter().filter(|(id, _)| text.contains(**id));
            match named.next() {
                Some((_, token)) => self.tokens.check(&text, Some(token), "an item"),
                None => assert!(self.tokens.within(&text).len() <= 1, "{text}"),
            }
            assert!(named.next().is_none(), "an item names two tenants: {text}");
        }
        for (key, bytes) in objects(world) {
            let own = by_id.iter().find(|(id, _)| key.contains(**id));
            let text = String::from_utf8_lossy(&bytes);
            self.tokens.check(&text, own.map(|(_, token)| *token), &key);
        }
        let queues = world.platform.services().queues();
        for name in queues.names().await.unwrap() {
            for message in queues.list(&name).await.unwrap() {
                let body: Value = serde_json::from_str(&message.body).unwrap();
                let own = body["tenantId"].as_str().and_then(|id| by_id.get(id));
                self.tokens.check(&message.body, own.copied(), &name);
            }
        }
    }
}

fn by_id(tenants: &[Tenant]) -> BTreeMap<&str, &str> {
    let pairs = tenants.iter().map(|tenant| (&*tenant.id, &*tenant.token));
    pairs.collect()
}
