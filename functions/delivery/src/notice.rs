//! Pages that are nobody's: what visitors see where there is no website, or none that can be shown
//! now. Must never hold anything of a tenant.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use kernel::ContentHash;

use crate::limits::{RETRY_AWAY_S, RETRY_FAILED_S};
use crate::reply::{Body, Caching, Reply};

/// How notices look; the content security policy names it by its hash.
const STYLE: &str = ":root{color-scheme:light dark;font:1.0625rem/1.6 system-ui,sans-serif}\
                     body{margin:0;min-height:100vh;display:grid;place-items:center}\
                     main{max-width:32rem;padding:2rem}\
                     h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}p{margin:0}";

/// Says that no website answers at this host.
pub(crate) fn no_website() -> Reply {
    page(
        Reply::new(StatusCode::NOT_FOUND, Caching::Untagged),
        "There is no website here",
        "Please check the address.",
    )
}

/// Says that a website is away as a whole.
pub(crate) fn away() -> Reply {
    let reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE, Caching::Never);
    page(
        reply.header("retry-after", RETRY_AWAY_S.to_string()),
        "This website is away",
        "Please come back later.",
    )
}

/// Says that a preview is over, or never was.
pub(crate) fn no_preview() -> Reply {
    let reply = Reply::new(StatusCode::NOT_FOUND, Caching::Private);
    page(
        reply.header("x-robots-tag", "noindex"),
        "There is no such preview",
        "Previews end after a while. Please ask for a new link.",
    )
}

/// Says that something failed that may work in a moment.
pub(crate) fn failed() -> Reply {
    let reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE, Caching::Never);
    page(
        reply.header("retry-after", RETRY_FAILED_S.to_string()),
        "This page cannot be shown now",
        "Please try again in a moment.",
    )
}

/// Says that something is broken.
pub(crate) fn broken() -> Reply {
    page(
        Reply::new(StatusCode::INTERNAL_SERVER_ERROR, Caching::Never),
        "This page cannot be shown",
        "The fault is ours, and it has been noted.",
    )
}

/// Says that websites can only be read.
pub(crate) fn method_not_allowed() -> Reply {
    let reply = Reply::new(StatusCode::METHOD_NOT_ALLOWED, Caching::Never);
    page(
        reply.header("allow", "GET, HEAD"),
        "This page can only be read",
        "Please use GET or HEAD.",
    )
}

/// Says, for as long as `reply` is kept, that there is no such file.
pub(crate) fn no_file(reply: Reply) -> Reply {
    page(reply, "There is no such file", "Please check the address.")
}

fn page(reply: Reply, title: &str, text: &str) -> Reply {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n\
         </main>\n</body>\n</html>\n"
    );
    let style = STANDARD.encode(ContentHash::of(STYLE.as_bytes()).as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    reply
        .header("content-security-policy", policy)
        .content("text/html; charset=utf-8", Body::from(html))
}
