//! Walks the whole path once against a running platform:
//! `cargo run -p tests --bin walkthrough -- localhost:3000 acme`.

use std::io::Write;

use anyhow::Context;
use tests::client::Client;
use tests::over_http::OverHttp;
use tests::walkthrough::{Owner, walk};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let platform = arguments
        .next()
        .context("say where the platform is, as host:port")?;
    let subdomain = arguments
        .next()
        .context("say which subdomain to register")?;
    let way = OverHttp::to(platform.clone());
    walk(&Client::new(&way, platform), &Owner::named(&subdomain)).await?;
    writeln!(std::io::stdout(), "the walkthrough passed")?;
    Ok(())
}
