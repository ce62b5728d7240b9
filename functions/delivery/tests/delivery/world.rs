//! A tenant with a website, and a delivery that shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use delivery::{Addresses, Delivery, Reply, Request};
use jiff::Timestamp;
use kernel::{
    Clock, ContentHash, HostName, ManualClock, PageSlug, SeededEntropy, TenantId, WebsiteId,
};
use publication::{PointerRecord, Preview, PreviewSealer};
use release::{
    Entry, EntryKind, NodeStore, Plugins, Root, RouteKey, Settings, Step, ThemeReference, Tree,
    TreeId, apply,
};
use render::{Document, Format, PageContent, Seo, Theme};
use serde_dynamo::{AttributeValue, Item};
use serde_json::{Value, json};
use tenancy::keys::ObjectKey;
use tenancy::records::{
    HostRecord, ProfileRecord, Quota, TenantRecord, TenantStatus, Tier, WebsiteStatus,
};
use tenancy::{Key, Platform};

use crate::store::Store;

pub(crate) const HOST: &str = "docs.acme.localhost";
pub(crate) const WILDCARD_HOST: &str = "docs--acme.localhost";

/// What stands at a path.
pub(crate) enum Content<'a> {
    Page(&'a str),
    Redirect(&'a str, u16),
    Bytes(EntryKind, &'a [u8]),
}

pub(crate) struct World {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: ManualClock,
    pub(crate) delivery: Delivery,
    pub(crate) tenant: TenantId,
    pub(crate) website: WebsiteId,
    status: WebsiteStatus,
    tree: Option<TreeId>,
    sealer: PreviewSealer,
}

impl World {
    /// Makes a website with a home page and a page `about`.
    pub(crate) fn new() -> Self {
        let store = Arc::new(Store::new());
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let sealer = PreviewSealer::new("secret");
        let mut world = Self {
            delivery: delivery(&store, &clock, &sealer),
            store,
            clock,
            tenant: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
            website: "01890a5d-ac96-774b-bcce-b302099a8058".parse().unwrap(),
            status: WebsiteStatus::Active,
            tree: None,
            sealer,
        };
        world.set_tenant_status(TenantStatus::Active);
        world.add_host(HOST);
        world.add_host(WILDCARD_HOST);
        world.publish(&[
            ("", Content::Page("Home")),
            ("about", Content::Page("About")),
        ]);
        world
    }

    /// Starts another environment on the same data.
    pub(crate) fn restart(&mut self) {
        self.delivery = delivery(&self.store, &self.clock, &self.sealer);
    }

    pub(crate) fn add_host(&self, host: &str) {
        let record = HostRecord {
            host: host.parse().unwrap(),
            tenant_id: self.tenant,
            website_id: self.website,
        };
        self.store.put(&[], &record);
    }

    pub(crate) fn set_tenant_status(&self, status: TenantStatus) {
        let record = TenantRecord {
            id: self.tenant,
            name: "Acme Secret Name".to_owned(),
            subdomain: "acme".parse().unwrap(),
            custom_domain: None,
            status,
            tier: Tier::Free,
            quota: Quota {
                max_websites: 1,
                storage_gb: 1,
                bandwidth_gb: 1,
                max_concurrent_deployments: 1,
                max_custom_domains: 0,
            },
            profile: ProfileRecord::default(),
            metadata: BTreeMap::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            suspended_at: None,
            suspended_reason: None,
            purge_at: None,
        };
        self.store.put(&self.owner(), &record);
    }

    pub(crate) fn set_status(&mut self, status: WebsiteStatus) {
        self.status = status;
        self.point();
    }

    /// Publishes these pages and nothing else.
    pub(crate) fn publish(&mut self, routes: &[(&str, Content<'_>)]) {
        self.tree = Some(self.store_tree("atlas", &json!({ "name": "Docs" }), routes));
        self.point();
    }

    /// Stores a tree that nobody sees yet.
    pub(crate) fn store_tree(
        &self,
        theme: &str,
        config: &Value,
        routes: &[(&str, Content<'_>)],
    ) -> TreeId {
        let edits = routes.iter().map(|(slug, content)| {
            let slug = slug.parse().unwrap();
            (
                RouteKey::page(&slug),
                Some(self.store_content(&slug, content)),
            )
        });
        let edited = match apply(&NodeStore::new(), &Root::empty(), &edits.collect()).unwrap() {
            Step::Done(edited) => edited,
            Step::Need(_) => unreachable!("the empty map has no nodes"),
        };
        for node in edited.nodes {
            self.store_object(&node.bytes);
        }
        let tree = Tree {
            theme: ThemeReference {
                package: Theme::builtin(theme).unwrap().package_hash(),
                id: theme.parse().unwrap(),
                settings: Settings::empty(),
            },
            plugins: Plugins::default(),
            config: Settings::new(config.as_object().unwrap()).unwrap(),
            routes: edited.root,
        };
        self.store_object(&tree.encode());
        tree.id()
    }

    fn store_content(&self, slug: &PageSlug, content: &Content<'_>) -> Entry {
        let (kind, bytes) = match content {
            Content::Page(text) => {
                let body = json!(format!("# {text}\n\nThis is {text}."));
                let body = Document::parse(Format::Markdown, &body).unwrap();
                let page = PageContent::new(*text, slug.clone(), body, Seo::default()).unwrap();
                (EntryKind::Page, page.to_bytes())
            }
            Content::Redirect(to, status) => {
                let redirect = json!({ "to": to, "status": status });
                (EntryKind::Redirect, redirect.to_string().into_bytes())
            }
            Content::Bytes(kind, bytes) => (*kind, bytes.to_vec()),
        };
        Entry {
            kind,
            object: self.store_object(&bytes),
        }
    }

    fn store_object(&self, bytes: &[u8]) -> ContentHash {
        let hash = ContentHash::of(bytes);
        let key = ObjectKey { hash };
        let item = Item::from(std::collections::HashMap::from([
            ("hash".to_owned(), AttributeValue::S(hash.to_string())),
            ("bytes".to_owned(), AttributeValue::B(bytes.to_vec())),
            (
                "touchedAt".to_owned(),
                AttributeValue::S(self.clock.now().to_string()),
            ),
        ]));
        self.store
            .put_item(&self.owner(), (key.partition(), key.sort()), item);
        hash
    }

    fn point(&self) {
        let pointer = PointerRecord {
            website_id: self.website,
            status: self.status,
            release_id: "01890a5d-ac96-774b-bcce-b302099a8059".parse().unwrap(),
            tree_id: self.tree.unwrap(),
            moves: 1,
        };
        self.store.put(&self.owner(), &pointer);
    }

    fn owner(&self) -> Vec<String> {
        vec!["T".to_owned(), self.tenant.to_string()]
    }

    /// Makes a preview link's token, for one minute.
    pub(crate) fn preview_token(&self, website_id: WebsiteId, tree_id: TreeId) -> String {
        self.sealer.seal(&Preview {
            website_id,
            tree_id,
            ends_at: kernel::time::plus_seconds(self.clock.now(), 60),
        })
    }

    pub(crate) fn request(path: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            host: Some(HostName::parse(HOST).unwrap()),
            path: path.to_owned(),
            if_none_match: None,
            request_id: "request".to_owned(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.delivery.answer(&Self::request(path)).await
    }

    pub(crate) async fn get_at(&self, host: &str, path: &str) -> Reply {
        let request = Request {
            host: HostName::parse(host).ok(),
            ..Self::request(path)
        };
        self.delivery.answer(&request).await
    }
}

fn delivery(store: &Arc<Store>, clock: &ManualClock, sealer: &PreviewSealer) -> Delivery {
    let platform = Platform::new(
        Arc::clone(store) as _,
        Arc::clone(store) as _,
        Arc::new(clock.clone()),
        Arc::new(SeededEntropy::new(1)),
    );
    let addresses = Addresses::new("localhost", "http://{host}:3000").unwrap();
    Delivery::new(platform, sealer.clone(), addresses).unwrap()
}

pub(crate) fn text(reply: &Reply) -> &str {
    std::str::from_utf8(reply.body()).unwrap()
}

pub(crate) fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply
        .headers()
        .find_map(|(known, value)| (known == name).then_some(value))
}

/// Returns the path of the first stylesheet or link that ends so.
pub(crate) fn linked(html: &str, end: &str) -> String {
    html.split('"')
        .find(|part| part.ends_with(end))
        .unwrap()
        .to_owned()
}
