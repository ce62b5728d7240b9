//! Routes, chosen as HTTP APIs choose them: a full match before a greedy one, and among several
//! the one with the most literal segments.

use std::collections::BTreeMap;

use http::Method;

/// The routes.
#[derive(Debug, Default)]
pub(super) struct Table {
    routes: Vec<Route>,
}

#[derive(Debug)]
struct Route {
    method: String,
    segments: Vec<Segment>,
    path: String,
    function: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
    Greedy(String),
}

/// A route that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) function: String,
    pub(super) route_key: String,
    pub(super) parameters: BTreeMap<String, String>,
}

impl Table {
    /// Adds a route.
    pub(super) fn add(&mut self, method: &str, path: &str, function: &str) -> anyhow::Result<()> {
        let segments: Vec<Segment> = path.split('/').skip(1).map(segment).collect();
        let greedy = segments
            .iter()
            .position(|segment| matches!(segment, Segment::Greedy(_)));
        anyhow::ensure!(
            greedy.is_none_or(|at| at + 1 == segments.len()),
            "the route `{path}` goes on after its greedy part"
        );
        let twice = self
            .routes
            .iter()
            .any(|route| route.method == method && route.path == path);
        anyhow::ensure!(!twice, "the route `{method} {path}` is there twice");
        self.routes.push(Route {
            method: method.to_owned(),
            segments,
            path: path.to_owned(),
            function: function.to_owned(),
        });
        Ok(())
    }

    /// Finds the route of a request.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<Found> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        self.routes
            .iter()
            .filter(|route| route.method == "ANY" || route.method == method.as_str())
            .filter_map(|route| Some((route, parameters(&route.segments, &parts)?)))
            .max_by_key(|(route, _)| rank(route))
            .map(|(route, parameters)| Found {
                function: route.function.clone(),
                route_key: format!("{} {}", route.method, route.path),
                parameters,
            })
    }
}

fn segment(text: &str) -> Segment {
    match text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
    {
        Some(name) => match name.strip_suffix('+') {
            Some(name) => Segment::Greedy(name.to_owned()),
            None => Segment::Variable(name.to_owned()),
        },
        None => Segment::Literal(text.to_owned()),
    }
}

/// A full match beats a greedy one, then literal segments count, then the method that is named.
fn rank(route: &Route) -> (bool, usize, usize, bool) {
    let is_greedy = matches!(route.segments.last(), Some(Segment::Greedy(_)));
    let literals = route
        .segments
        .iter()
        .filter(|segment| matches!(segment, Segment::Literal(_)))
        .count();
    (
        !is_greedy,
        literals,
        route.segments.len(),
        route.method != "ANY",
    )
}

fn parameters(segments: &[Segment], parts: &[&str]) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let mut parts = parts.iter();
    for segment in segments {
        match segment {
            Segment::Literal(text) => {
                if parts.next()? != text {
                    return None;
                }
            }
            Segment::Variable(name) => {
                let part = parts.next().filter(|part| !part.is_empty())?;
                parameters.insert(name.clone(), (*part).to_owned());
            }
            Segment::Greedy(name) => {
                let rest: Vec<&str> = parts.by_ref().copied().collect();
                let rest = rest.join("/");
                if rest.is_empty() {
                    return None;
                }
                parameters.insert(name.clone(), rest);
            }
        }
    }
    parts.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::Table;

    #[test]
    fn the_most_specific_route_is_chosen() {
        let mut table = Table::default();
        for (path, function) in [
            ("/api/v1/websites", "websites"),
            ("/api/v1/websites/{proxy+}", "websites"),
            ("/api/v1/websites/{website}/pages", "content"),
            ("/api/v1/websites/{website}/pages/{proxy+}", "content"),
        ] {
            table.add("ANY", path, function).unwrap();
        }
        for (path, function) in [
            ("/api/v1/websites", Some("websites")),
            ("/api/v1/websites/1", Some("websites")),
            ("/api/v1/websites/1/releases/2", Some("websites")),
            ("/api/v1/websites/1/pages", Some("content")),
            ("/api/v1/websites/1/pages/2/publish", Some("content")),
            ("/api/v1/websites/", None),
            ("/api/v1", None),
            ("/", None),
        ] {
            let found = table.find(&Method::GET, path).map(|found| found.function);
            assert_eq!(found.as_deref(), function, "{path}");
        }
    }

    #[test]
    fn a_greedy_part_takes_all_the_rest() {
        let mut table = Table::default();
        table.add("GET", "/a/{x}/{proxy+}", "f").unwrap();
        let found = table.find(&Method::GET, "/a/1/2/3").unwrap();
        assert_eq!(found.parameters["x"], "1");
        assert_eq!(found.parameters["proxy"], "2/3");
        assert_eq!(found.route_key, "GET /a/{x}/{proxy+}");
        assert!(table.find(&Method::POST, "/a/1/2/3").is_none());
        assert!(table.add("GET", "/a/{proxy+}/b", "f").is_err());
        assert!(table.add("GET", "/a/{x}/{proxy+}", "g").is_err());
    }
}
