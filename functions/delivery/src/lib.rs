//! Shows websites to visitors: a host, behind it the tree that is live, and out of it the HTML of
//! one page. It must never write, never set a cookie, and never tell anything of a tenant to a host
//! that is nobody's.

mod cache;
mod delivery;
mod entity_tag;
mod error;
mod frame;
pub mod limits;
mod notice;
mod path;
mod redirect;
mod reply;
mod request;
mod shelf;
mod sites;
mod start;

pub use start::start;
