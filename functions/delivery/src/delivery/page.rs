//! Pages, redirects, and what stands in for a page.

use std::sync::Arc;

use http::StatusCode;
use kernel::{ContentHash, PageSlug};
use release::EntryKind;
use render::{PageContent, PageView};

use super::Delivery;
use super::view::View;
use crate::error::DeliveryError;
use crate::limits::RETRY_AWAY_S;
use crate::redirect::Redirect;
use crate::reply::{Body, Caching, Reply};

const HTML: &str = "text/html; charset=utf-8";

impl Delivery {
    /// Answers with what stands at a path.
    pub(super) async fn page(
        &self,
        view: &View<'_>,
        slug: &PageSlug,
    ) -> Result<Reply, DeliveryError> {
        let entry = self.shelf.entry(&view.permit, &view.frame, slug).await?;
        match entry.map(|entry| (entry.kind, entry.object)) {
            Some((EntryKind::Page, object)) => self.document(view, slug, object).await,
            Some((EntryKind::Redirect, object)) => self.redirect(view, slug, object).await,
            Some((EntryKind::ListItem | EntryKind::Block, _)) | None => {
                self.not_found(view, Some(slug))
            }
        }
    }

    async fn document(
        &self,
        view: &View<'_>,
        slug: &PageSlug,
        object: ContentHash,
    ) -> Result<Reply, DeliveryError> {
        let path = slug.path();
        let inputs = view.inputs(&[b"page", path.as_bytes(), object.as_bytes()]);
        let reply = view.reply_at(StatusCode::OK, slug);
        let reply = view.entity_tag(reply, inputs);
        if reply.is_not_modified() {
            return Ok(reply.content(HTML, Body::Empty));
        }
        let html = if let Some(html) = self.shelf.rendered.get(&inputs) {
            html
        } else {
            let bytes = self.shelf.object(&view.permit, object).await?;
            let content = PageContent::from_bytes(&bytes)?;
            let frame = &view.frame;
            let site = frame.site(&view.origin, &view.base_path);
            let shown = PageView::new(&content, &path);
            let html = self
                .renderer
                .page(&frame.theme, &frame.settings, &site, &shown)?;
            self.keep(view, inputs, html)
        };
        Ok(reply.content(HTML, Body::Shared(html)))
    }

    async fn redirect(
        &self,
        view: &View<'_>,
        slug: &PageSlug,
        object: ContentHash,
    ) -> Result<Reply, DeliveryError> {
        let bytes = self.shelf.object(&view.permit, object).await?;
        let redirect = Redirect::from_bytes(&bytes)?;
        let base_path = if redirect.is_local() {
            view.base_path.as_str()
        } else {
            ""
        };
        Ok(view
            .reply_at(redirect.status, slug)
            .header("location", format!("{base_path}{}", redirect.to)))
    }

    /// Answers with the theme's page for paths where there is nothing. It is the same for all such
    /// paths, and kept at the edge for as long as a page: a publish at the path purges it.
    pub(super) fn not_found(
        &self,
        view: &View<'_>,
        slug: Option<&PageSlug>,
    ) -> Result<Reply, DeliveryError> {
        let inputs = view.inputs(&[b"not found"]);
        let html = if let Some(html) = self.shelf.rendered.get(&inputs) {
            html
        } else {
            let frame = &view.frame;
            let site = frame.site(&view.origin, &view.base_path);
            let html = self
                .renderer
                .not_found(&frame.theme, &frame.settings, &site)?;
            self.keep(view, inputs, html)
        };
        let reply = match slug {
            Some(slug) => view.reply_at(StatusCode::NOT_FOUND, slug),
            None => view.reply(StatusCode::NOT_FOUND, Caching::Tagged),
        };
        Ok(reply.content(HTML, Body::Shared(html)))
    }

    /// Answers with the theme's page for a website that is away.
    pub(super) fn away(&self, view: &View<'_>) -> Result<Reply, DeliveryError> {
        let frame = &view.frame;
        let site = frame.site(&view.origin, &view.base_path);
        let html = self
            .renderer
            .maintenance(&frame.theme, &frame.settings, &site)?;
        Ok(Reply::new(StatusCode::SERVICE_UNAVAILABLE, Caching::Never)
            .header("retry-after", RETRY_AWAY_S.to_string())
            .content(HTML, Body::from(html)))
    }

    /// Keeps a finished page, unless nobody will ask for it again.
    pub(super) fn keep(&self, view: &View<'_>, inputs: ContentHash, html: String) -> Arc<[u8]> {
        let html: Arc<[u8]> = html.into_bytes().into();
        if !view.is_preview() {
            self.shelf.rendered.insert(inputs, Arc::clone(&html));
        }
        html
    }
}
