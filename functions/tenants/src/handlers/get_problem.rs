//! `GET /api/v1/problems/{slug}`

use serde::Deserialize;
use web::{Html, Open, Path, Problem, ProblemType};

/// The kind that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct ProblemPath {
    slug: String,
}

/// Explains a kind of refusal to a person: where the `type` of every refusal leads.
pub(crate) async fn get_problem(_: Open, Path(path): Path<ProblemPath>) -> Result<Html, Problem> {
    let problem = ProblemType::ALL
        .iter()
        .find(|problem| problem.slug() == path.slug)
        .ok_or_else(|| Problem::new(ProblemType::NotFound))?;
    // Nothing here comes from outside: all of it is text of ours without markup.
    Ok(Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <title>{title}</title>\n<h1>{title}</h1>\n<p>Status {status}, <code>{problem}</code></p>\n\
         <h2>Cause</h2>\n<p>{cause}</p>\n<h2>Fix</h2>\n<p>{fix}</p>\n</html>\n",
        title = problem.title(),
        status = problem.status().as_u16(),
        cause = problem.cause(),
        fix = problem.fix(),
    )))
}
