//! Which tags an event purges.

use std::collections::BTreeSet;

use events::{CacheTag, Envelope, Event};

/// Returns the tags that `envelope` purges; none where it is no event for the edge.
pub(crate) fn tags(envelope: &Envelope) -> Option<BTreeSet<CacheTag>> {
    let tags = match &envelope.event {
        Event::TenantStatusChanged { .. } => BTreeSet::from([CacheTag::tenant(envelope.tenant_id)]),
        Event::WebsiteUpdated { website_id }
        | Event::WebsiteDeleted { website_id }
        | Event::WebsiteProvisioned { website_id } => {
            BTreeSet::from([CacheTag::website(*website_id)])
        }
        Event::ReleaseActivated { purge, .. } => purge.iter().cloned().collect(),
        Event::TenantRegistered { .. }
        | Event::TenantProvisioned { .. }
        | Event::SuspensionNotified { .. }
        | Event::SuspensionAppealed { .. }
        | Event::TenantUpdated {}
        | Event::MemberInvited { .. }
        | Event::MembershipBegan { .. }
        | Event::MembershipChanged { .. }
        | Event::MembershipEnded { .. }
        | Event::RolesChanged {}
        | Event::ApiKeyCreated { .. }
        | Event::ApiKeyChanged { .. }
        | Event::ApiKeyDeleted { .. }
        | Event::VerificationRequested { .. }
        | Event::PasswordResetRequested { .. }
        | Event::WebsiteRequested { .. }
        | Event::PageCreated { .. }
        | Event::PageUpdated { .. }
        | Event::PageDeleted { .. }
        | Event::CrossTenantAttempted { .. }
        | Event::AccessDenied { .. }
        | Event::TrailBroken { .. }
        | Event::TrailRead { .. } => return None,
    };
    Some(tags)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use events::{Consumer, Envelope, Event};
    use serde_json::{Value, json};

    use super::tags;

    const TENANT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    const WEBSITE: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
    const OTHER: &str = "01890a5d-ac96-774b-bcce-b302099a8059";

    fn envelope(kind: &str, data: &Value) -> Envelope {
        serde_json::from_value(json!({
            "id": OTHER,
            "tenantId": TENANT,
            "occurredAt": "2026-01-01T00:00:00Z",
            "requestId": "r",
            "event": { "type": kind, "data": data },
        }))
        .unwrap()
    }

    fn every_event() -> Vec<(Envelope, Option<Vec<String>>)> {
        let (site, tenant) = (format!("s:{WEBSITE}"), format!("t:{TENANT}"));
        let page = json!({ "websiteId": WEBSITE, "pageId": OTHER });
        let website = json!({ "websiteId": WEBSITE });
        let operation = json!({ "operationId": OTHER });
        let requested = json!({ "websiteId": WEBSITE, "operationId": OTHER });
        let release =
            |purge: &[&str]| json!({ "websiteId": WEBSITE, "releaseId": OTHER, "purge": purge });
        let member = json!({ "personId": OTHER });
        let key = json!({ "apiKeyId": OTHER });
        let status = json!({ "from": "Active", "to": "Suspended" });
        [
            ("TenantRegistered", operation.clone(), None),
            ("TenantProvisioned", operation, None),
            ("TenantStatusChanged", status, Some(vec![tenant])),
            ("TenantUpdated", json!({}), None),
            ("SuspensionNotified", member.clone(), None),
            ("SuspensionAppealed", member.clone(), None),
            (
                "MemberInvited",
                json!({ "invitationId": OTHER, "number": 1 }),
                None,
            ),
            ("MembershipBegan", member.clone(), None),
            ("MembershipChanged", member.clone(), None),
            ("MembershipEnded", member.clone(), None),
            ("RolesChanged", json!({}), None),
            ("ApiKeyCreated", key.clone(), None),
            ("ApiKeyChanged", key.clone(), None),
            ("ApiKeyDeleted", key, None),
            ("VerificationRequested", member.clone(), None),
            ("PasswordResetRequested", member, None),
            ("WebsiteRequested", requested, None),
            (
                "WebsiteProvisioned",
                website.clone(),
                Some(vec![site.clone()]),
            ),
            ("WebsiteUpdated", website.clone(), Some(vec![site.clone()])),
            ("WebsiteDeleted", website, Some(vec![site])),
            ("PageCreated", page.clone(), None),
            ("PageUpdated", page.clone(), None),
            ("PageDeleted", page, None),
            (
                "ReleaseActivated",
                release(&["p:b", "p:a", "p:b"]),
                Some(vec!["p:a".to_owned(), "p:b".to_owned()]),
            ),
            ("ReleaseActivated", release(&[]), Some(vec![])),
            ("CrossTenantAttempted", json!({ "resourceId": "x" }), None),
            ("AccessDenied", json!({ "operation": "read an item" }), None),
            (
                "TrailBroken",
                json!({ "flaw": "altered", "entry": null, "seal": 1 }),
                None,
            ),
            ("TrailRead", json!({ "isExport": true }), None),
        ]
        .into_iter()
        .map(|(kind, data, tags)| (envelope(kind, &data), tags))
        .collect()
    }

    #[test]
    fn every_event_purges_what_it_says() {
        for (envelope, expected) in every_event() {
            let found = tags(&envelope).map(|tags| {
                tags.iter()
                    .map(|tag| tag.as_str().to_owned())
                    .collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{}", envelope.event.kind());
        }
    }

    #[test]
    fn exactly_the_events_that_are_delivered_here_purge_something() {
        let mut kinds = BTreeSet::new();
        for (envelope, _) in every_event() {
            let is_delivered = Event::deliveries(&envelope.event)
                .iter()
                .any(|delivery| delivery.consumer == Consumer::Edge);
            assert_eq!(
                is_delivered,
                tags(&envelope).is_some(),
                "{}",
                envelope.event.kind()
            );
            kinds.insert(envelope.event.kind());
        }
        assert_eq!(kinds.len(), 28, "every event is in the table");
    }
}
