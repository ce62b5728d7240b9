//! What robots read: where they may go, and which pages there are.

use std::fmt::Write;

use http::StatusCode;
use kernel::ContentHash;
use release::{EntryKind, KeySpace};

use super::Delivery;
use super::view::View;
use crate::error::DeliveryError;
use crate::path::PREVIEW_ROOT;
use crate::reply::{Body, Caching, Reply};

/// Answers with `robots.txt` (RFC 9309).
pub(super) fn robots(view: &View<'_>) -> Reply {
    let text = format!(
        "User-agent: *\nDisallow: {PREVIEW_ROOT}\n\nSitemap: {}/sitemap.xml\n",
        view.origin
    );
    let reply = view.reply(StatusCode::OK, Caching::Tagged);
    let reply = view.entity_tag(reply, ContentHash::of(text.as_bytes()));
    reply.content("text/plain; charset=utf-8", Body::from(text))
}

impl Delivery {
    /// Answers with the sitemap: the first pages in the order of their paths.
    pub(super) async fn sitemap(&self, view: &View<'_>) -> Result<Reply, DeliveryError> {
        let tree = view.frame.id.hash();
        let inputs = view.inputs(&[b"sitemap", tree.as_bytes()]);
        let reply = view.entity_tag(view.reply_of_sitemap(), inputs);
        let media_type = "application/xml; charset=utf-8";
        if reply.is_not_modified() {
            return Ok(reply.content(media_type, Body::Empty));
        }
        let xml = if let Some(xml) = self.shelf.rendered.get(&inputs) {
            xml
        } else {
            let xml = self.write_sitemap(view).await?;
            self.keep(view, inputs, xml)
        };
        Ok(reply.content(media_type, Body::Shared(xml)))
    }

    async fn write_sitemap(&self, view: &View<'_>) -> Result<String, DeliveryError> {
        let entries = self.shelf.paths(&view.permit, &view.frame).await?;
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                       <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
            .to_owned();
        for (key, entry) in entries {
            // A page's path is made of characters that XML lets stand.
            if let (EntryKind::Page, Some(KeySpace::Page { path })) = (entry.kind, key.space())
                && kernel::PageSlug::parse(path).is_ok()
            {
                let _never = writeln!(xml, "<url><loc>{}/{path}</loc></url>", view.origin);
            }
        }
        xml.push_str("</urlset>\n");
        Ok(xml)
    }
}
