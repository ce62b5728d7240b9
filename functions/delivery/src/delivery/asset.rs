//! The files of themes, and the stylesheet that a website's settings make.

use http::StatusCode;
use render::theme::ASSET_ROOT;
use render::{find_asset, settings_stylesheet};

use super::view::View;
use crate::notice;
use crate::reply::{Body, Caching, Reply};

/// The name of the stylesheet that settings make.
const SETTINGS: &str = "settings.css";

/// Answers with the file of a theme.
pub(super) fn file(view: &View<'_>, path: &str) -> Reply {
    if let Some(asset) = find_asset(path) {
        let reply = view.reply(StatusCode::OK, Caching::Forever);
        let reply = view.entity_tag(reply, asset.hash);
        return reply.content(asset.content_type, Body::Static(asset.bytes));
    }
    let frame = &view.frame;
    if let Some(asset) = frame.theme.find_asset(path) {
        let reply = view.reply(StatusCode::OK, Caching::Forever);
        let reply = view.entity_tag(reply, asset.hash);
        return reply.content(asset.content_type, Body::Shared(asset.bytes.into()));
    }
    let (current, stylesheet) = settings_stylesheet(&frame.theme, &frame.settings);
    if path == current {
        let reply = view.reply(StatusCode::OK, Caching::Forever);
        let reply = view.entity_tag(reply, kernel::ContentHash::of(&stylesheet));
        return reply.content("text/css; charset=utf-8", Body::Shared(stylesheet.into()));
    }
    match name(path) {
        Some(SETTINGS) => elsewhere(view, &current),
        Some(name) if frame.theme.asset(name).is_some() => {
            elsewhere(view, &frame.theme.asset_path(name))
        }
        Some(_) | None => no_file(view),
    }
}

/// Says that there is no such file.
pub(super) fn no_file(view: &View<'_>) -> Reply {
    notice::no_file(view.reply(StatusCode::NOT_FOUND, Caching::Tagged))
}

/// A page of another release, still on somebody's screen, names that release's files. It gets
/// today's, under today's path, so that nobody keeps them under the wrong one.
fn elsewhere(view: &View<'_>, path: &str) -> Reply {
    view.reply(StatusCode::TEMPORARY_REDIRECT, Caching::Untagged)
        .header("location", format!("{}{path}", view.base_path))
}

fn name(path: &str) -> Option<&str> {
    let (_package, name) = path.strip_prefix(ASSET_ROOT)?.split_once('/')?;
    Some(name)
}
