//! An open route cannot hide a guarded handler.

async fn handler(
    _: tenancy::Permit<tenancy::permission::ReadWebsites>,
) -> Result<web::NoContent, web::Problem> {
    Ok(web::NoContent)
}

fn main() {
    let _ = web::Routes::<()>::new().open(&web::Method::GET, "/api/v1/secrets", handler);
}
