//! A guarded route takes only handlers whose first argument is a permit.

async fn handler(_: web::Open) -> Result<web::NoContent, web::Problem> {
    Ok(web::NoContent)
}

fn main() {
    let _ = web::Routes::<()>::new().on(&web::Method::GET, "/api/v1/secrets", handler);
}
