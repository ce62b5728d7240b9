//! From a request to an answer: the host, its website, the tree that is to be shown, and the place
//! in it.

mod asset;
mod listing;
mod page;
mod view;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use kernel::{SiteAddresses, WebsiteId};
use publication::PreviewSealer;
use release::TreeId;
use render::{RenderError, Renderer, Theme};
use tenancy::Platform;
use tenancy::records::{TenantStatus, WebsiteStatus};
use tracing::{Instrument, Span, field};

use crate::delivery::view::View;
use crate::error::DeliveryError;
use crate::notice;
use crate::path::{PREVIEW_ROOT, Place, Target};
use crate::reply::Reply;
use crate::request::Request;
use crate::shelf::Shelf;
use crate::sites::Sites;

/// Answers visitors, and remembers what it may.
#[derive(Debug)]
pub(crate) struct Delivery {
    platform: Platform,
    sealer: PreviewSealer,
    addresses: SiteAddresses,
    sites: Sites,
    shelf: Shelf,
    renderer: Renderer,
}

impl Delivery {
    /// Makes a delivery that remembers nothing, with the built-in themes compiled.
    pub(crate) fn new(
        platform: Platform,
        sealer: PreviewSealer,
        addresses: SiteAddresses,
    ) -> Result<Self, RenderError> {
        let renderer = Renderer::new();
        for theme in Theme::all() {
            renderer.prepare(theme)?;
        }
        Ok(Self {
            platform,
            sealer,
            addresses,
            sites: Sites::new(),
            shelf: Shelf::new(),
            renderer,
        })
    }

    /// Answers a request, whatever happens.
    pub(crate) async fn answer(&self, request: &Request) -> Reply {
        let span = tracing::info_span!(
            "request",
            request.id = request.id,
            http.method = request.method,
            tenant.id = field::Empty,
            website.id = field::Empty,
        );
        async {
            let reply = AssertUnwindSafe(self.find(request)).catch_unwind().await;
            let reply = match reply {
                Ok(Ok(reply)) => reply,
                Ok(Err(error)) if error.is_passing() => {
                    tracing::warn!(error = ?error, "storage failed");
                    notice::failed()
                }
                Ok(Err(error)) if error.is_of_theme() => {
                    tracing::error!(error = ?error, "a release has no theme to be shown in");
                    notice::failed()
                }
                Ok(Err(error)) => {
                    tracing::error!(error = ?error, "what is published cannot be shown");
                    notice::broken()
                }
                Err(_panic) => {
                    tracing::error!("an answer panicked");
                    notice::broken()
                }
            };
            let reply = reply.for_method(&request.method);
            let bytes = reply.body().len();
            let status = reply.status().as_u16();
            tracing::info!(http.status = status, http.bytes = bytes, "answered");
            reply
        }
        .instrument(span)
        .await
    }

    /// Finds the website and the tree, or says why there is none to be seen.
    async fn find(&self, request: &Request) -> Result<Reply, DeliveryError> {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return Ok(notice::method_not_allowed());
        }
        let Some(host) = &request.host else {
            return Ok(notice::no_website());
        };
        let Some(visit) = self.sites.visit(&self.platform, host).await? else {
            return Ok(notice::no_website());
        };
        let (permit, website) = (visit.permit(), visit.website());
        Span::current()
            .record("tenant.id", field::display(permit.tenant()))
            .record("website.id", field::display(website));
        match visit.tenant_status() {
            TenantStatus::Active => {}
            TenantStatus::Provisioning | TenantStatus::Suspended | TenantStatus::Deprovisioning => {
                return Ok(notice::away());
            }
            TenantStatus::Deleted => return Ok(notice::no_website()),
        }
        let Some(pointer) = self.sites.pointer(&permit, website).await? else {
            return Ok(notice::no_website());
        };
        let is_away = match pointer.status {
            WebsiteStatus::Active => false,
            WebsiteStatus::Suspended | WebsiteStatus::Maintenance => true,
            WebsiteStatus::Provisioning | WebsiteStatus::Deleted => {
                return Ok(notice::no_website());
            }
        };
        let (place, tree, base_path) = match Target::of(&request.path) {
            Target::Live(place) => (place, pointer.tree_id, String::new()),
            Target::Preview { token, place } => match self.previewed(&token, website) {
                Some(tree) => (place, tree, format!("{PREVIEW_ROOT}{token}")),
                None => return Ok(notice::no_preview()),
            },
        };
        let view = View {
            frame: self.shelf.frame(&permit, tree).await?,
            origin: self.addresses.origin(host),
            permit,
            website,
            base_path,
            request,
        };
        // A website that is away still has its looks, and those who work on it have previews.
        if is_away && !view.is_preview() && !matches!(place, Place::Asset(_)) {
            return self.away(&view);
        }
        self.show(&view, place).await
    }

    async fn show(&self, view: &View<'_>, place: Place) -> Result<Reply, DeliveryError> {
        match place {
            Place::Page(slug) => self.page(view, &slug).await,
            Place::Moved(path) => Ok(view.moved(&path)),
            Place::Asset(path) => Ok(asset::file(view, &path)),
            Place::Robots => Ok(listing::robots(view)),
            Place::Sitemap => self.sitemap(view).await,
            Place::Icon => Ok(asset::no_file(view)),
            Place::Nothing => self.not_found(view, None),
        }
    }

    /// Opens a preview of this website.
    fn previewed(&self, token: &str, website: WebsiteId) -> Option<TreeId> {
        let preview = self.sealer.open(token, self.platform.now())?;
        (preview.website_id == website).then_some(preview.tree_id)
    }
}
