//! Many tenants out of one: a tenant is made through the front door with all its websites, and its
//! items are repeated under other ids and names. It must never know what is measured with them.

use std::collections::BTreeMap;

use ::tests::client::Call;
use ::tests::walkthrough::{self, Owner};
use ::tests::world::TABLE;
use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, ContentHash};
use local::storage::Storage;
use serde_json::{Value, json};

use crate::paths::{Site, text};
use crate::stage::Stage;

/// Websites of a tenant.
pub const WEBSITES: usize = 10;

/// How old the pattern is before it is taken: what is kept for a month is gone then.
pub const AGE: SignedDuration = SignedDuration::from_hours(24 * 31);

/// Characters of an id.
const ID_CHARACTERS: usize = 36;

/// Hexadecimal digits at an id's end that stand for the tenant it belongs to.
const OWN_DIGITS: usize = 12;

/// What no text holds that is not an item's.
const NO_DIGEST: &str = "\n";

/// Spreads numbers over the last digits of an id; odd, so that no two meet.
const SCATTER: u64 = 0x9e37_79b9_7f4b;

/// A tenant to repeat.
#[derive(Debug)]
pub struct Pattern {
    owner: Owner,
    sites: Vec<Site>,
    items: Vec<Vec<Piece>>,
    /// Bytes of all items as the table counts them.
    pub item_bytes: u64,
    /// When the items were taken down.
    pub taken: Timestamp,
}

/// A part of an item's text.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Same(String),
    Id(String),
    Name,
    EmailDigest,
}

/// Returns a tenant's name.
fn name(number: usize) -> String {
    format!("t{number:05}")
}

fn owner(number: usize) -> Owner {
    // The password's hash is repeated as it is.
    Owner {
        password: Owner::named(&name(0)).password,
        ..Owner::named(&name(number))
    }
}

fn email_digest(number: usize) -> String {
    ContentHash::of(owner(number).email.as_bytes()).to_string()
}

/// Returns an id as it is for a tenant: another for every number, of the same instant.
fn id(original: &str, number: usize) -> String {
    let (head, tail) = original.split_at(ID_CHARACTERS - OWN_DIGITS);
    let own = u64::from_str_radix(tail, 16).unwrap_or_default();
    let scattered = (number as u64).wrapping_mul(SCATTER) & 0xffff_ffff_ffff;
    format!("{head}{:012x}", own ^ scattered)
}

impl Pattern {
    /// Makes the tenant at `beginning`, and takes its items down when they are [`AGE`] old.
    pub async fn make(seed: u64, beginning: Timestamp) -> anyhow::Result<Self> {
        let stage = Stage::open(Storage::Memory, seed, beginning).await?;
        let owner = owner(0);
        let (tenant, sites) = settle(&stage, &owner, WEBSITES).await?;
        let world = &stage.world;
        world.clock.advance(AGE);
        stage.align().await?;
        let all = scan(&stage).await?;
        let person = all
            .iter()
            .find(|item| at(item, "/entity/S") == "membership")
            .map(|item| at(item, "/personId/S").to_owned())
            .context("the tenant has no member")?;
        let own: Vec<String> = all
            .iter()
            .map(Value::to_string)
            .filter(|item| item.contains(&tenant) || item.contains(&person))
            .collect();
        ensure!(!own.is_empty(), "the tenant has no items");
        let (name, digest) = (name(0), email_digest(0));
        let items = own.iter().map(|item| pieces(item, &name, &digest));
        let item_bytes = own.iter().map(|item| stored_bytes(item)).sum();
        Ok(Self {
            owner,
            sites,
            items: items.collect(),
            item_bytes,
            taken: world.clock.now(),
        })
    }

    /// Returns how many items a tenant has.
    pub fn item_count(&self) -> usize {
        self.items.len()
    }

    /// Returns one of a tenant's websites.
    pub fn site(&self, tenant: usize, website: usize) -> Option<Site> {
        let site = self.sites.get(website)?;
        let address = |text: &str| {
            let parts = pieces(text, &self.owner.subdomain, NO_DIGEST);
            write(&parts, tenant, "")
        };
        Some(Site {
            owner: owner(tenant),
            label: site.label.clone(),
            website: address(&site.website),
            page: address(&site.page),
            path: site.path.clone(),
        })
    }

    /// Returns the items of a tenant.
    pub fn items(&self, tenant: usize) -> impl Iterator<Item = String> {
        let digest = email_digest(tenant);
        self.items
            .iter()
            .map(move |item| write(item, tenant, &digest))
    }
}

/// Makes a tenant with websites, each with a published page, through the front door. Returns the
/// tenant's id and the websites.
pub async fn settle(
    stage: &Stage,
    owner: &Owner,
    websites: usize,
) -> anyhow::Result<(String, Vec<Site>)> {
    let client = stage.client();
    let tenant = walkthrough::register(&client, owner).await?;
    let operator = stage.world.operator().await?;
    let tier = Call::put(
        format!("/api/v1/admin/tenants/{tenant}/tier"),
        &json!({ "tier": "Professional" }),
    );
    client
        .call(tier.bearer(&operator))
        .await?
        .expect(StatusCode::OK)?;
    let token = walkthrough::sign_in(&client, owner).await?.access;
    let mut sites = Vec::new();
    for number in 0..websites {
        let label = format!("site{number}");
        let website = walkthrough::make_website(&client, &token, &label).await?;
        let markdown = text(number);
        let page = walkthrough::make_page(&client, &token, &website, "about", &markdown).await?;
        walkthrough::publish(&client, &token, &page).await?;
        sites.push(Site {
            owner: owner.clone(),
            label,
            website,
            page,
            path: "/about".to_owned(),
        });
    }
    Ok((tenant, sites))
}

/// Reads all items of the table.
async fn scan(stage: &Stage) -> anyhow::Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut question = json!({ "TableName": TABLE });
    loop {
        let request = Request::builder()
            .uri("https://dynamodb.local/")
            .method("POST")
            .header("x-amz-target", "DynamoDB_20120810.Scan")
            .body(Bytes::from(question.to_string()))?;
        let answer = stage.world.platform.services().call(request).await;
        ensure!(
            answer.status() == StatusCode::OK,
            "the table cannot be read: {answer:?}"
        );
        let mut answer: BTreeMap<String, Value> = serde_json::from_slice(answer.body())?;
        if let Some(Value::Array(found)) = answer.remove("Items") {
            items.extend(found);
        }
        match answer.remove("LastEvaluatedKey") {
            Some(key @ Value::Object(_)) => {
                if let Some(members) = question.as_object_mut() {
                    members.insert("ExclusiveStartKey".to_owned(), key);
                }
            }
            Some(_) | None => return Ok(items),
        }
    }
}

fn at<'a>(item: &'a Value, pointer: &str) -> &'a str {
    item.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Takes a text apart into what every tenant has and what is a tenant's own.
fn pieces(text: &str, name: &str, digest: &str) -> Vec<Piece> {
    let (mut pieces, mut same, mut rest) = (Vec::new(), String::new(), text);
    while let Some(first) = rest.chars().next() {
        let (piece, length) = if is_id(rest) {
            (
                Some(Piece::Id(rest.chars().take(ID_CHARACTERS).collect())),
                ID_CHARACTERS,
            )
        } else if rest.starts_with(name) {
            (Some(Piece::Name), name.len())
        } else if rest.starts_with(digest) {
            (Some(Piece::EmailDigest), digest.len())
        } else {
            same.push(first);
            (None, first.len_utf8())
        };
        if let Some(piece) = piece {
            pieces.push(Piece::Same(std::mem::take(&mut same)));
            pieces.push(piece);
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    pieces.push(Piece::Same(same));
    pieces
}

/// Returns whether a text begins with an id.
fn is_id(text: &str) -> bool {
    let Some(head) = text.get(..ID_CHARACTERS) else {
        return false;
    };
    head.char_indices().all(|(at, letter)| match at {
        8 | 13 | 18 | 23 => letter == '-',
        14 => letter == '7',
        _ => letter.is_ascii_digit() || ('a'..='f').contains(&letter),
    })
}

fn write(pieces: &[Piece], tenant: usize, digest: &str) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Same(same) => text.push_str(same),
            Piece::Id(original) => text.push_str(&id(original, tenant)),
            Piece::Name => text.push_str(&name(tenant)),
            Piece::EmailDigest => text.push_str(digest),
        }
    }
    text
}

/// Returns the bytes of an item as the table counts and charges them: names and values, and a
/// hundred bytes for its place in the index.
fn stored_bytes(item: &str) -> u64 {
    const PLACE: u64 = 100;
    let item: Value = serde_json::from_str(item).unwrap_or_default();
    let attributes = item.as_object().into_iter().flatten();
    PLACE
        + attributes
            .map(|(name, value)| name.len() as u64 + value_bytes(value))
            .sum::<u64>()
}

fn value_bytes(value: &Value) -> u64 {
    const OF_A_COLLECTION: u64 = 3;
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else {
        return 0;
    };
    let length = value.as_str().map_or(0, str::len) as u64;
    match (kind.as_str(), value) {
        ("S", _) => length,
        // Two digits a byte, and one byte.
        ("N", _) => length.div_ceil(2) + 1,
        // Four characters are three bytes, but for the padding.
        ("B", Value::String(text)) => text.trim_end_matches('=').len() as u64 * 3 / 4,
        ("L", Value::Array(members)) => {
            OF_A_COLLECTION
                + members
                    .iter()
                    .map(|member| 1 + value_bytes(member))
                    .sum::<u64>()
        }
        ("M", Value::Object(members)) => {
            let members = members.iter();
            OF_A_COLLECTION
                + members
                    .map(|(name, member)| 1 + name.len() as u64 + value_bytes(member))
                    .sum::<u64>()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Piece, id, pieces, stored_bytes, write};

    const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

    #[test]
    fn ids_are_anothers_and_still_ids() {
        assert_eq!(id(ID, 0), ID);
        let others: std::collections::BTreeSet<String> = (0..10_000).map(|n| id(ID, n)).collect();
        assert_eq!(others.len(), 10_000);
        assert!(
            others
                .iter()
                .all(|id| id.parse::<kernel::TenantId>().is_ok())
        );
    }

    #[test]
    fn what_is_a_tenants_own_is_told_from_what_all_have() {
        let text = format!("of {ID}: owner@t00000.example abc {ID}");
        let parts = pieces(&text, "t00000", "abc");
        assert_eq!(
            parts
                .iter()
                .filter(|part| matches!(part, Piece::Id(_)))
                .count(),
            2
        );
        assert_eq!(write(&parts, 0, "abc"), text);
        let other = id(ID, 7);
        let expected = format!("of {other}: owner@t00007.example def {other}");
        assert_eq!(write(&parts, 7, "def"), expected);
    }

    #[test]
    fn an_items_bytes_are_what_the_table_charges_for() {
        // pk 2+3, n 1+2, m 1+3+(1+1+2), b 1+3, and 100.
        let item = json!({
            "pk": {"S": "abc"}, "n": {"N": "12"}, "m": {"M": {"k": {"S": "vv"}}}, "b": {"B": "AAAA"},
        });
        assert_eq!(stored_bytes(&item.to_string()), 100 + 5 + 3 + 8 + 4);
    }
}
