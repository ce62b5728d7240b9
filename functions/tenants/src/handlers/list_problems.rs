//! `GET /api/v1/problems`

use web::{Listed, Open, Problem, ProblemType};

use crate::views::ProblemView;

/// Lists every kind of refusal; there are few, so there is one page.
pub(crate) async fn list_problems(_: Open) -> Result<Listed<ProblemView>, Problem> {
    let items = ProblemType::ALL.iter().map(|problem| ProblemView {
        slug: problem.slug(),
        status: problem.status().as_u16(),
        title: problem.title(),
        cause: problem.cause(),
        fix: problem.fix(),
    });
    Ok(Listed {
        items: items.collect(),
        next_cursor: None,
    })
}
