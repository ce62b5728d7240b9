//! Publishes a page.

use tenancy::Permit;
use tenancy::permission::PublishContent;
use web::{Idempotent, IfMatch, Path, Repeatable, Tagged};

use crate::error::ContentError;
use crate::handlers::set_live::{Target, set_live};
use crate::requests::PagePath;
use crate::views::PageView;

/// Publishes a page's draft: a release. A draft that is live already changes nothing.
pub(crate) async fn publish_page(
    permit: Permit<PublishContent>,
    Path(path): Path<PagePath>,
    if_match: Option<IfMatch>,
    Idempotent(once): Idempotent,
) -> Result<Repeatable<Tagged<PageView>>, ContentError> {
    set_live(&permit, &path, if_match.as_ref(), once, Target::Website).await
}
