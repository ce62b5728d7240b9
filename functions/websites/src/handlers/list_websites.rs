//! Lists websites.

use tenancy::Permit;
use tenancy::keys::WebsiteKey;
use tenancy::permission::ReadWebsites;
use tenancy::records::WebsiteRecord;
use web::{Listed, Paging, State};

use crate::domain::is_gone;
use crate::error::WebsiteError;
use crate::state::AppState;
use crate::views::WebsiteView;

/// Lists the tenant's websites, the deleted ones that can be brought back among them.
pub(crate) async fn list_websites(
    permit: Permit<ReadWebsites>,
    paging: Paging,
    State(state): State<AppState>,
) -> Result<Listed<WebsiteView>, WebsiteError> {
    let mut slice = permit
        .list::<WebsiteRecord>(
            &WebsiteKey::partition_of(),
            paging.after.as_ref(),
            paging.limit,
        )
        .await?;
    let now = permit.now();
    slice
        .records
        .retain(|website| !is_gone(website.status, website.purge_at, now));
    Ok(paging.page(slice, |website| WebsiteView::of(&website, &state.addresses)))
}
