//! `POST /api/v1/auth/password` and `POST /api/v1/users/{person}/change_password`

use tenancy::SignedIn;
use tenancy::password;
use tenancy::records::PersonRecord;
use web::{Body, Browser, Cookies, Path, Problem, ProblemType, State};

use crate::handlers::check_password;
use crate::handlers::cookies::{carrier, cleared};
use crate::handlers::own::require_open;
use crate::handlers::second_factor::{place, require_password};
use crate::handlers::sign_out_everywhere::{Asked, sign_out_everywhere};
use crate::state;
use crate::views::{PasswordChange, PersonPath};

/// Gives the person who asks another password, and signs the person out everywhere, here too.
pub(crate) async fn change_password(
    caller: SignedIn,
    State(state): State<state::State>,
    browser: Browser,
    Body(change): Body<PasswordChange>,
) -> Result<Cookies, Problem> {
    replace_password(&state, &caller, &change).await?;
    Ok(cleared(carrier(&browser)))
}

/// As `POST /api/v1/auth/password`, with the person named. A password is the person's own and nobody
/// else's to change, whatever the role: for others it is not there.
pub(crate) async fn change_password_of(
    caller: SignedIn,
    State(state): State<state::State>,
    Path(path): Path<PersonPath>,
    browser: Browser,
    Body(change): Body<PasswordChange>,
) -> Result<Cookies, Problem> {
    if path.person != caller.person() {
        return Err(Problem::new(ProblemType::NotFound));
    }
    replace_password(&state, &caller, &change).await?;
    Ok(cleared(carrier(&browser)))
}

async fn replace_password(
    state: &state::State,
    caller: &SignedIn,
    change: &PasswordChange,
) -> Result<(), Problem> {
    let mut errors = Vec::new();
    check_password("/newPassword", &change.new_password, &mut errors);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let before = require_open(state, caller).await?.person;
    require_password(state, &before, &change.current_password, place(caller)).await?;
    let entropy = state.identity.platform().entropy();
    let password_hash = password::hash_apart(&change.new_password, entropy).await?;
    sign_out_everywhere(state, Asked::by(caller), before, |person| PersonRecord {
        password_hash: password_hash.clone(),
        ..person
    })
    .await
}
