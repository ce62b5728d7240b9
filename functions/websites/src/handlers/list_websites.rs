//! Lists websites.

use tenancy::Permit;
use tenancy::permission::ListWebsites;
use web::{Listed, Paging, State};

use crate::domain::is_gone;
use crate::error::WebsiteError;
use crate::state::AppState;
use crate::views::WebsiteView;

/// Lists those of the tenant's websites that the caller may read, the deleted ones that can be brought back
/// among them.
pub(crate) async fn list_websites(
    permit: Permit<ListWebsites>,
    paging: Paging,
    State(state): State<AppState>,
) -> Result<Listed<WebsiteView>, WebsiteError> {
    let mut slice = permit
        .websites(paging.from.after.as_ref(), paging.limit)
        .await?;
    let now = permit.now();
    slice
        .records
        .retain(|website| !is_gone(website.status, website.purge_at, now));
    Ok(paging.page(slice, |website| WebsiteView::of(&website, &state.addresses)))
}
