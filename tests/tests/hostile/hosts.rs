//! Hosts that are nobody's: each is answered alike, and tells nothing of anybody.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Request;
use kernel::HostName;
use tests::client::Answer;

use crate::problems;
use crate::scene::{Scene, add};
use tests::stores;

/// Names of the tenants, which no answer about another host may have.
const TENANTS: [&str; 3] = ["acme", "other", "victim"];

fn known() -> Vec<String> {
    let mut hosts = Vec::new();
    for tenant in ["acme", "other"] {
        for site in ["main", "second"] {
            hosts.push(format!("{site}.{tenant}.localhost"));
            hosts.push(format!("{site}--{tenant}.localhost"));
        }
    }
    hosts
}

/// Other spellings of a host, which mean the same.
fn same(host: &str) -> Vec<String> {
    vec![
        host.to_uppercase(),
        host.replacen('m', "M", 1),
        format!("{host}."),
        format!("{host}:80"),
        format!("{host}:3000"),
        format!("{host}:65535"),
        format!("{}.:443", host.to_uppercase()),
    ]
}

/// Hosts that look like one that is known, as bytes.
fn strange(host: &str) -> Vec<Vec<u8>> {
    let mut all: Vec<String> = Vec::new();
    for (at, letter) in host.char_indices() {
        let (before, after) = (&host[..at], &host[at + 1..]);
        all.push(format!("{before}{after}"));
        all.push(format!("{before}{letter}{letter}{after}"));
        all.push(format!("{before}0{after}"));
        all.push(format!("{before}%{:02x}{after}", u32::from(letter)));
        all.push(format!("{before}\u{200d}{letter}{after}"));
        // The full-width letter, which some fold into the plain one.
        let wide = char::from_u32(u32::from(letter) + 0xfee0).unwrap();
        all.push(format!("{before}{wide}{after}"));
    }
    let (start, rest) = host.split_at(4);
    let wrapped = [
        format!("a.{host}"),
        format!("www.{host}"),
        format!("*.{host}"),
        format!(".{host}"),
        format!("{host}.."),
        format!("{host}.evil.example"),
        format!("{host}.localhost"),
        format!("u@{host}"),
        format!("u:p@{host}"),
        format!("{host}@evil.example"),
        format!("{host}:port"),
        format!("{host}:80:80"),
        format!("{host}:-1"),
        format!("[{host}]"),
        format!("{host}/"),
        format!("{host}/about"),
        format!("{host}?a"),
        format!("{host}#a"),
        format!("{host} evil.example"),
        format!("evil.example,{host}"),
        format!("{host},{host}"),
        format!("{host}\\evil.example"),
        format!("http://{host}"),
        format!("//{host}"),
        format!("xn--{host}"),
        format!("xn--{start}-zza{rest}"),
        format!("{host};evil.example"),
        format!("{host}%00"),
        format!("{host}%20"),
        format!("\"{host}\""),
        format!("{host}\t"),
        format!("{start}\u{430}{rest}"),
        format!("{start}\u{301}{rest}"),
        format!("{start}_{rest}"),
        format!("{host}$"),
        format!("-{host}"),
        format!("{host}-"),
        format!("{}.{host}", "a".repeat(63)),
        format!("{}.{host}", "a".repeat(64)),
        format!("{}{host}", "a.".repeat(200)),
    ];
    all.extend(wrapped);
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    all.push([host.as_bytes(), b"\xff"].concat());
    all.push([b"\xc3\xa9", host.as_bytes()].concat());
    all
}

/// Hosts that are nobody's at all.
fn nobodys() -> Vec<Vec<u8>> {
    let names = [
        "",
        ".",
        "..",
        ":",
        ":80",
        "-",
        "--",
        "a--b",
        "acme",
        "acme.localhost",
        "main.localhost",
        "main--acme",
        "main.acme",
        "acme--main.localhost",
        "acme.main.localhost",
        "main---acme.localhost",
        "main-acme.localhost",
        "main.other.acme.localhost",
        "main--other.acme.localhost",
        "main.victim.localhost",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "169.254.169.254",
        "metadata.google.internal",
        "localhost.localdomain",
        "xlocalhost",
        "evil.example",
        "example.com",
        "com",
        "*",
        "null",
        "undefined",
        "api.localhost",
        "www.localhost",
        "admin.localhost",
        "b\u{fc}cher.example",
        "xn--bcher-kva.example",
        "main.acme.localhost.evil.example",
        "main.acme.localhost\u{3002}",
        "main\u{3002}acme\u{3002}localhost",
        "T#x",
        "SITE#x",
        "../../etc/passwd",
        "{{host}}",
        "<script>c4n4ry</script>",
        "' OR 1=1 --",
        "${jndi:ldap://c4n4ry}",
    ];
    names.map(|name| name.as_bytes().to_vec()).to_vec()
}

async fn visit(scene: &Scene, host: &[u8], path: &str) -> Answer {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = path.parse().unwrap();
    add(&mut request, "host", host);
    scene.send(request).await
}

/// Returns what is told, but for what the network adds.
fn told(answer: &Answer) -> (u16, Vec<String>, String) {
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| !["age", "x-cache"].contains(&name.as_str()));
    let mut headers: Vec<String> = headers
        .map(|(name, it)| format!("{name}: {it:?}"))
        .collect();
    headers.sort_unstable();
    (answer.status.as_u16(), headers, answer.text())
}

/// Threat D11: a host that is nobody's is never a tenant's, and all are answered alike.
#[tokio::test]
async fn a_host_that_is_nobodys_tells_nothing() {
    let scene = Scene::new(280);
    scene.world.advance(40).await.unwrap();
    let before = scene.stored().await;
    let unknown = visit(&scene, b"nobody.localhost", "/about").await;
    assert_eq!(unknown.status, 404);
    let text = unknown.text();
    assert!(
        !TENANTS.iter().any(|tenant| text.contains(tenant)),
        "{text}"
    );
    assert!(
        !unknown.headers.contains_key("cache-tag"),
        "a tag says whose it is"
    );
    let mut hosts: BTreeSet<Vec<u8>> = nobodys().into_iter().collect();
    hosts.extend(known().iter().flat_map(|host| strange(host)));
    for host in known() {
        let plain = visit(&scene, host.as_bytes(), "/about").await;
        assert_eq!(plain.status, 200, "{host}");
        for spelling in same(&host) {
            let answer = visit(&scene, spelling.as_bytes(), "/about").await;
            assert_eq!(answer.status, 200, "{spelling}");
            assert_eq!(answer.text(), plain.text(), "{spelling}");
        }
        hosts.remove(host.as_bytes());
    }
    // The API's own hosts are no visitor's.
    hosts.retain(|host| {
        let text = std::str::from_utf8(host).unwrap_or_default();
        let name = HostName::parse(text).map(|name| name.to_string());
        let name = name.unwrap_or_default();
        name != "localhost" && name != "127.0.0.1"
    });
    assert!(hosts.len() >= 1_000, "{} hosts", hosts.len());
    for host in &hosts {
        let answer = visit(&scene, host, "/about").await;
        assert_eq!(told(&answer), told(&unknown), "{}", host.escape_ascii());
    }
    stores::assert_same(&before, &scene.stored().await, "hosts");
    problems::assert_quiet();
}
