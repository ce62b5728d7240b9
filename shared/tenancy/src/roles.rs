//! What tenants say that roles may do and need.

use events::Event;

use crate::audit::Action;
use crate::members::MemberError;
use crate::permission::ManageRoles;
use crate::permit::Permit;
use crate::record::Stored;
use crate::records::RolesRecord;

impl Permit<ManageRoles> {
    /// Says what each role may do and needs from now on: within a minute, for whoever has it. `stored` is what was
    /// said before, which must still be so.
    pub async fn set_roles(
        &self,
        stored: Option<&Stored<RolesRecord>>,
        record: &RolesRecord,
    ) -> Result<(), MemberError> {
        // An access token says that somebody runs the tenant for a while after it ceased to be true.
        let actor = self.admin().await?;
        let change = self.change(Action::PermissionChange);
        let change = change.require_unchanged(&actor);
        let change = match stored {
            None => change.create(record),
            Some(stored) => change.update(stored, record),
        };
        Ok(change.event(Event::RolesChanged {}).commit().await?)
    }
}
