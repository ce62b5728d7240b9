//! What is left in an account once a stack was taken down. It must never delete anything.

mod listings;

use std::fmt;

use anyhow::{Context, bail, ensure};
use http::Method;
use serde_json::{Value, json};

use self::listings::{BUSES, Listing, OWN_BUS, STACKS, TYPES};
use super::account::Account;
use super::stack::{Stack, elements, texts};

/// The stack that the deployment tool keeps its uploads in.
const TOOLS_OWN: &str = "aws-sam-cli-managed-default";

/// The state of a stack that is named still, and no longer there.
const GONE: &str = "DELETE_COMPLETE";

/// The fields and elements that say that there is another page.
const MORE: [&str; 5] = [
    "NextToken",
    "nextToken",
    "NextMarker",
    "LastEvaluatedTableName",
    "ContinuationToken",
];

/// One thing that is in an account.
#[derive(Debug)]
pub struct Found {
    kind: &'static str,
    name: String,
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)
    }
}

/// Lists what is left, but for what the deployment tool keeps for itself and what every account has.
pub async fn all(account: &Account) -> anyhow::Result<Vec<Found>> {
    let mut left = Vec::new();
    for (kind, listing) in TYPES {
        let names = names(account, kind, listing).await?;
        left.extend(names.into_iter().map(|name| Found { kind, name }));
    }
    left.retain(|found| !found.name.contains(TOOLS_OWN));
    left.retain(|found| found.kind != BUSES || found.name != OWN_BUS);
    Ok(left)
}

/// Looks in the same lists for everything that a stack made, and for the stack: what is not found in
/// them now would not be found when it is left. Returns a line for each type.
pub async fn seen(stack: &Stack) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for kind in stack.kinds() {
        let is_known = TYPES.iter().any(|(known, _)| *known == kind);
        ensure!(is_known, "nothing says how `{kind}` is listed");
    }
    for (kind, listing) in TYPES {
        let mut made: Vec<&str> = stack.all(kind).map(|(_, physical)| physical).collect();
        if kind == STACKS {
            made.push(&stack.name);
        }
        if let Listing::PartOf(whole) = listing {
            lines.push(format!("{kind:38} {} made, part of {whole}", made.len()));
            continue;
        }
        let names = names(&stack.account, kind, listing).await?;
        for physical in &made {
            let is_listed = names.iter().any(|name| is_same(name, physical));
            ensure!(is_listed, "`{physical}` is not among {kind}: {names:?}");
        }
        lines.push(format!("{kind:38} {} made, all listed", made.len()));
    }
    Ok(lines)
}

/// Says whether a name of a list and the physical name of a resource mean the same: one of them may
/// be an ARN with the other in it, and queues are known by the ends of their addresses.
fn is_same(name: &str, physical: &str) -> bool {
    let is_in = |arn: &str, name: &str| arn.starts_with("arn:") && arn.contains(name);
    match (name.rsplit_once("://"), physical.rsplit_once("://")) {
        (Some((_, one)), Some((_, other))) => one.rsplit('/').next() == other.rsplit('/').next(),
        _ => name == physical || is_in(name, physical) || is_in(physical, name),
    }
}

async fn names(account: &Account, kind: &str, listing: Listing) -> anyhow::Result<Vec<String>> {
    let names = match listing {
        Listing::Target(service, target, list, name) => {
            let answer = account.target(service, target, &json!({})).await?;
            in_json(&answer, list, name)
        }
        Listing::Path(service, path, list, name) => {
            let answer = account.rest(service, Method::GET, path, None).await?;
            in_json(&answer, list, name)
        }
        Listing::Xml(service, path, element, name) => {
            let answer = account.xml(service, path).await?;
            in_xml(&answer, element, name)
        }
        Listing::Query(service, fields, name) => {
            let answer = match service {
                "iam" => account.iam(fields).await?,
                "sns" => account.sns(fields).await?,
                "cloudformation" => account.cloudformation(fields).await?,
                _ => bail!("`{service}` lists nothing by an action"),
            };
            in_xml(&answer, "member", name)
        }
        Listing::PartOf(_) => Ok(Vec::new()),
    };
    names.with_context(|| kind.to_owned())
}

/// Returns the names in a list, which must be there and whole.
fn in_json(answer: &Value, list: &str, name: &str) -> anyhow::Result<Vec<String>> {
    let more = MORE.iter().find_map(|more| answer.get(more));
    ensure!(
        more.is_none_or(Value::is_null),
        "the list has another page: {more:?}"
    );
    let items = answer.pointer(list).and_then(Value::as_array);
    let items = items.with_context(|| format!("no `{list}` in {answer}"))?;
    let names = items.iter().map(|item| {
        let name = item.pointer(name).and_then(Value::as_str);
        let name = name.with_context(|| format!("{item} has no name"));
        name.map(str::to_owned)
    });
    names.collect()
}

/// Returns the names in a list of elements, which must be whole.
fn in_xml(xml: &str, element: &str, name: &str) -> anyhow::Result<Vec<String>> {
    for more in MORE {
        let more = texts(xml, more)?;
        ensure!(
            more.iter().all(String::is_empty),
            "the list has another page: {more:?}"
        );
    }
    let is_cut = texts(xml, "IsTruncated")?.iter().any(|cut| cut == "true");
    ensure!(!is_cut, "the list is cut off: {xml}");
    let mut found = elements(xml, element)?;
    found.retain(|texts| texts.get("StackStatus").is_none_or(|state| state != GONE));
    let names = found.iter().map(|texts| {
        let text = texts.get(name).cloned();
        text.with_context(|| format!("{texts:?} has no `{name}`"))
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Listing, TYPES, in_json, in_xml, is_same};

    #[test]
    fn a_list_that_is_missing_or_not_whole_is_no_empty_one() {
        let read = |answer| in_json(&answer, "/Items", "/Name");
        assert!(read(json!({ "Items": [] })).unwrap().is_empty());
        assert_eq!(read(json!({ "Items": [{ "Name": "a" }] })).unwrap(), ["a"]);
        for answer in [
            json!({}),
            json!({ "Items": [{}] }),
            json!({ "Items": [], "NextToken": "x" }),
        ] {
            assert!(read(answer.clone()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_list_of_elements_that_is_not_whole_is_refused() {
        let read = |inner: &str| in_xml(&format!("<List>{inner}</List>"), "Item", "Id");
        assert!(read("").unwrap().is_empty());
        let one = "<NextMarker/><IsTruncated>false</IsTruncated><Item><Id>a</Id></Item>";
        assert_eq!(read(one).unwrap(), ["a"]);
        let gone = "<Item><Id>a</Id><StackStatus>DELETE_COMPLETE</StackStatus></Item>";
        assert!(read(gone).unwrap().is_empty());
        for inner in [
            "<Item><Name>a</Name></Item>",
            "<NextMarker>x</NextMarker>",
            "<IsTruncated>true</IsTruncated>",
        ] {
            assert!(read(inner).is_err(), "{inner}");
        }
    }

    #[test]
    fn a_name_is_known_by_an_arn_and_a_queue_by_its_end() {
        assert!(is_same("one", "one"));
        assert!(is_same("arn:aws:iam::1:role/one", "one"));
        assert!(is_same("one", "arn:aws:sns:eu:1:one"));
        assert!(is_same("http://a:1/2/one", "https://b/2/one"));
        assert!(!is_same("one", "one-more"));
        assert!(!is_same("http://a/one", "http://a/two"));
    }

    #[test]
    fn every_part_belongs_to_what_is_listed() {
        for (kind, listing) in TYPES {
            if let Listing::PartOf(whole) = listing {
                let found = TYPES.iter().find(|(known, _)| *known == whole);
                let is_listed = found.is_some_and(|(_, one)| !matches!(one, Listing::PartOf(_)));
                assert!(is_listed, "{kind}");
            }
        }
    }
}
