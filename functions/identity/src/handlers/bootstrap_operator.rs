//! `POST /api/v1/auth/bootstrap`

use kernel::{EmailAddress, PersonId};
use subtle::ConstantTimeEq;
use tenancy::CommitError;
use tenancy::password;
use tenancy::records::{PersonRecord, SecondFactor};
use web::{Body, Created, Open, Problem, ProblemType, State};

use crate::handlers::{check_password, field};
use crate::state;
use crate::views::{FirstOperator, OperatorView};

/// Makes the platform's first operator, once, for whoever holds the deployment's secret.
pub(crate) async fn bootstrap_operator(
    caller: Open,
    State(state): State<state::State>,
    Body(body): Body<FirstOperator>,
) -> Result<Created<OperatorView>, Problem> {
    let is_right: bool = body
        .bootstrap_token
        .as_bytes()
        .ct_eq(state.bootstrap_secret.as_bytes())
        .into();
    if !is_right {
        return Err(Problem::new(ProblemType::InvalidCredentials));
    }
    let mut errors = Vec::new();
    let email: Option<EmailAddress> = field("/email", &body.email, &mut errors);
    check_password("/password", &body.password, &mut errors);
    let Some(email) = email.filter(|_| errors.is_empty()) else {
        return Err(Problem::invalid(errors));
    };
    let platform = state.identity.platform();
    let person = PersonRecord {
        id: PersonId::mint(platform.mint()),
        email,
        password_hash: password::hash_apart(&body.password, platform.entropy()).await?,
        is_operator: true,
        created_at: platform.now(),
        sign_outs: 0,
        // The address is that of whoever deployed the platform.
        verified_at: Some(platform.now()),
        resets: 0,
        second_factor: SecondFactor::default(),
    };
    match state
        .identity
        .bootstrap_operator(&person, &caller.request)
        .await
    {
        Ok(()) => {
            tracing::warn!(person.id = %person.id, "the first operator was made");
            Ok(Created {
                location: "/api/v1/auth/login".to_owned(),
                version: 1,
                view: OperatorView {
                    person_id: person.id.to_string(),
                },
            })
        }
        Err(CommitError::Refused(_)) => Err(Problem::new(ProblemType::Conflict)
            .detail("there is an operator already, or a person with this e-mail address")),
        Err(error) => Err(error.into()),
    }
}
