//! What the template and the code both say: the table's attributes, and who answers which path.

use std::collections::{BTreeMap, BTreeSet};

use local::template::Source;
use serde_json::json;
use tests::wiring::template;
use web::RouteDoc;

use crate::template::{of_type, resources};
use crate::tree;

/// Reads a text constant out of a file.
fn constant(path: &str, name: &str) -> String {
    let text = tree::read(path);
    let start = format!("const {name}: &str = \"");
    let rest = text.split(&start).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("`{path}` has no `{name}`"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_table_is_as_its_keys_are() {
    let of_keys = |name: &str| constant("shared/tenancy/src/record.rs", name);
    let of_calls = |name: &str| constant("shared/table/src/lib.rs", name);
    let (pk, sk) = (of_keys("PK"), of_keys("SK"));
    assert_eq!((of_calls("PK"), of_calls("SK")), (pk.clone(), sk.clone()));
    let due = tenancy::relay::DUE_ATTRIBUTES;
    let resources = resources();
    let (_, table) = of_type(&resources, "AWS::DynamoDB::Table").next().unwrap();
    let schema = |hash: &str, range: &str| {
        json!([
            { "AttributeName": hash, "KeyType": "HASH" },
            { "AttributeName": range, "KeyType": "RANGE" },
        ])
    };
    assert_eq!(table["KeySchema"], schema(&pk, &sk));
    let index = json!([{
        "IndexName": of_calls("DUE_INDEX"),
        "KeySchema": schema(due[0], due[1]),
        "Projection": { "ProjectionType": "KEYS_ONLY" },
    }]);
    assert_eq!(table["GlobalSecondaryIndexes"], index);
    let attributes: BTreeSet<String> = [&*pk, &*sk, due[0], due[1]].map(str::to_owned).into();
    let declared = table["AttributeDefinitions"].as_array().unwrap().iter();
    let declared: BTreeSet<String> = declared
        .map(|attribute| {
            assert_eq!(attribute["AttributeType"], "S");
            attribute["AttributeName"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(declared, attributes);
    let expiry = json!({ "AttributeName": of_keys("EXPIRES_AT"), "Enabled": true });
    assert_eq!(table["TimeToLiveSpecification"], expiry);
}

/// The part of an area's path that stands for all below it.
const BELOW: &str = "/{proxy+}";

/// Returns the paths that the template gives each function behind the gateway.
fn paths() -> BTreeMap<String, BTreeSet<String>> {
    let mut paths = BTreeMap::<_, BTreeSet<String>>::new();
    for function in template().unwrap().functions {
        for source in function.sources {
            if let Source::Http(route) = source {
                assert_eq!(route.method, "ANY", "{}", route.path);
                let of_function = paths.entry(function.name.clone()).or_default();
                of_function.insert(route.path);
            }
        }
    }
    paths
}

fn routes() -> BTreeMap<String, Vec<RouteDoc>> {
    [
        ("content", content::routes().docs().to_vec()),
        ("governance", governance::routes().docs().to_vec()),
        ("identity", identity::routes().docs().to_vec()),
        ("tenants", tenants::routes().docs().to_vec()),
        ("websites", websites::routes().docs().to_vec()),
    ]
    .map(|(function, docs)| (function.to_owned(), docs))
    .into()
}

/// Returns whether a path of the template takes a route, and if so, how much of it is spelled out:
/// the gateway chooses the path of which most is.
fn taken(path: &str, route: &str) -> Option<usize> {
    let (head, is_open) = match path.strip_suffix(BELOW) {
        Some(head) => (head, true),
        None => (path, false),
    };
    let (head, route): (Vec<&str>, Vec<&str>) =
        (head.split('/').collect(), route.split('/').collect());
    let is_long_enough = if is_open {
        route.len() > head.len()
    } else {
        route.len() == head.len()
    };
    let mut parts = head.iter().zip(&route);
    let fits = parts.all(|(part, of_route)| part.starts_with('{') || part == of_route);
    (is_long_enough && fits).then_some(2 * head.len() + usize::from(!is_open))
}

/// Threat E7: the template leads to every route.
#[test]
fn every_route_reaches_its_function() {
    let paths = paths();
    for (function, routes) in routes() {
        for route in routes {
            let all = paths.iter().flat_map(|(function, paths)| {
                paths
                    .iter()
                    .map(move |path| (taken(path, route.path), function))
            });
            let (found, by) = all.max().unwrap();
            assert!(found.is_some(), "nobody answers {}", route.path);
            assert_eq!(*by, function, "{} is another's", route.path);
        }
    }
}

/// Threat E7: the template leads nowhere else.
#[test]
fn no_path_is_given_to_a_function_without_a_route() {
    let routes = routes();
    let paths = paths();
    assert_eq!(
        paths.keys().collect::<Vec<_>>(),
        routes.keys().collect::<Vec<_>>()
    );
    for (function, paths) in &paths {
        let routes = &routes[function];
        for path in paths {
            // An area answers at its own address too, if only that there is nothing.
            let open = path
                .strip_suffix(BELOW)
                .map_or_else(|| format!("{path}{BELOW}"), str::to_owned);
            let is_area = paths.contains(&open);
            let is_used = |path: &str| routes.iter().any(|route| taken(path, route.path).is_some());
            assert!(is_used(path) || (is_area && is_used(&open)), "{path}");
            assert!(is_area || !path.ends_with(BELOW), "{path} has no address");
        }
    }
}

#[test]
fn a_path_takes_what_is_below_it() {
    for (path, route, is_taken) in [
        ("/a/{x}/b", "/a/{id}/b", true),
        ("/a/{proxy+}", "/a/b/c", true),
        ("/a/{proxy+}", "/a", false),
        ("/a", "/a/b", false),
        ("/a/{x}/b/{proxy+}", "/a/{id}/c/d", false),
    ] {
        assert_eq!(taken(path, route).is_some(), is_taken, "{path} {route}");
    }
    assert!(taken("/a/{x}/b", "/a/1/b") > taken("/a/{proxy+}", "/a/1/b"));
}
