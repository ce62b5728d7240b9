//! What a template keeps when its stack is taken down: the table and the buckets. It must never
//! remove what it was not told by name.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};

use super::account::Account;
use super::stack::{Stack, elements};

/// Returns the names of what is kept, such as `table …` and `bucket …`.
pub fn names(stack: &Stack) -> Vec<String> {
    let kinds = [
        ("AWS::DynamoDB::Table", "table"),
        ("AWS::S3::Bucket", "bucket"),
    ];
    let found = kinds.into_iter().flat_map(|(kind, word)| {
        let all = stack.all(kind);
        all.map(move |(_, physical)| format!("{word} {physical}"))
    });
    found.collect()
}

/// Removes these, as far as they are still there.
pub async fn remove(account: &Account, names: &[&str]) -> anyhow::Result<()> {
    for name in names {
        match name.split_once(' ') {
            Some(("table", table)) => remove_table(account, table).await?,
            Some(("bucket", bucket)) => remove_bucket(account, bucket).await?,
            _ => bail!("`{name}` is neither a table nor a bucket"),
        }
    }
    Ok(())
}

async fn remove_table(account: &Account, table: &str) -> anyhow::Result<()> {
    let list = account
        .target("dynamodb", "DynamoDB_20120810.ListTables", &json!({}))
        .await?;
    let list = list.pointer("/TableNames").and_then(Value::as_array);
    if list
        .context("no tables are listed")?
        .contains(&json!(table))
    {
        let body = json!({ "TableName": table });
        let target = "DynamoDB_20120810.DeleteTable";
        account.target("dynamodb", target, &body).await?;
    }
    Ok(())
}

async fn remove_bucket(account: &Account, bucket: &str) -> anyhow::Result<()> {
    loop {
        let versions = s3(account, Method::GET, &format!("/{bucket}?versions")).await?;
        let Some(versions) = versions else {
            return Ok(());
        };
        let mut found = elements(&versions, "Version")?;
        found.extend(elements(&versions, "DeleteMarker")?);
        if found.is_empty() {
            break;
        }
        for version in found {
            let key = version.get("Key").context("a version has a key")?;
            let id = version.get("VersionId").context("a version has an id")?;
            s3(
                account,
                Method::DELETE,
                &format!("/{bucket}/{key}?versionId={id}"),
            )
            .await?;
        }
    }
    s3(account, Method::DELETE, &format!("/{bucket}")).await?;
    Ok(())
}

/// Asks for something of a bucket; nothing if the bucket is not there.
async fn s3(account: &Account, method: Method, path: &str) -> anyhow::Result<Option<String>> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(Bytes::new())?;
    let answer = account.signed("s3", request).await?;
    let xml = String::from_utf8_lossy(answer.body()).into_owned();
    if xml.contains("NoSuchBucket") {
        return Ok(None);
    }
    ensure!(answer.status().is_success(), "{path}: {xml}");
    Ok(Some(xml))
}
