//! `GET /api/v1/openapi.json`

use web::{Open, Problem, Raw};

/// The description, made from the routes of all functions.
const DESCRIPTION: &str = include_str!("../../../../docs/openapi.json");

/// Gives the API's description.
pub(crate) async fn get_openapi(_: Open) -> Result<Raw, Problem> {
    Ok(Raw::json_text(DESCRIPTION))
}
