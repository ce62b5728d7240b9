//! How many tenants can sign up in a minute: through the front door, many at once, by the machine's
//! clock. It must never know how many tenants there were before.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{Request, Response};
use kernel::{Clock, SystemClock, SystemEntropy};
use local::fault::NoFaults;
use local::functions::registry;
use local::platform::{Platform, PlatformConfig, Time, of_one_developer};
use local::storage::Storage;
use serde_json::{Value, json};
use tests::client::{Client, Way};
use tests::walkthrough::{self, Owner};
use tests::world::TEMPLATE;

use crate::figures::rounded;

/// Time between two looks at something that is under way.
const REST: Duration = Duration::from_millis(20);

/// The way into a platform of this process, by the machine's clock.
struct InProcess<'a>(&'a Platform);

#[async_trait]
impl Way for InProcess<'_> {
    async fn send(&self, request: Request<Bytes>) -> anyhow::Result<Response<Bytes>> {
        Ok(self.0.http(request).await)
    }

    async fn rest(&self) -> anyhow::Result<()> {
        tokio::time::sleep(REST).await;
        Ok(())
    }
}

/// Signs tenants up on the platform of a data folder, wave by wave: so many, of whom so many are
/// under way at once. Tells how long each wave took until its last tenant was ready.
pub async fn sign_up(folder: &Path, waves: &[(u32, usize)]) -> anyhow::Result<Vec<Value>> {
    let platform = Platform::start(PlatformConfig {
        template: TEMPLATE.to_owned(),
        registry: registry(),
        storage: Storage::Folder(folder.to_owned()),
        time: Time::Real(Arc::new(SystemClock)),
        entropy: Arc::new(SystemEntropy),
        faults: Arc::new(NoFaults),
        domain: "localhost".to_owned(),
        parameters: of_one_developer(),
        port: 3000,
        mail_server: None,
        spreads: false,
    })
    .await?;
    tokio::select! {
        signed_up = all_waves(&platform, waves) => signed_up,
        conducted = platform.conduct() => {
            conducted?;
            anyhow::bail!("the conductor ended")
        }
    }
}

async fn all_waves(platform: &Platform, waves: &[(u32, usize)]) -> anyhow::Result<Vec<Value>> {
    let mut took = Vec::new();
    for (tenants, at_once) in waves {
        // As many environments as there are requests at once stand ready, as on Lambda after the
        // first of them.
        for function in ["authorizer", "identity", "tenants"] {
            platform.pools().warm_up(function, *at_once).await?;
        }
        let begun = SystemClock.now();
        all(platform, *tenants, *at_once).await?;
        let seconds = SystemClock.now().duration_since(begun).as_secs_f64();
        took.push(json!({
            "atOnce": at_once,
            "tenants": tenants,
            "seconds": rounded(seconds),
            "perMinute": (f64::from(*tenants) / seconds * 60.0).round(),
        }));
    }
    Ok(took)
}

async fn all(platform: &Platform, tenants: u32, at_once: usize) -> anyhow::Result<()> {
    let way = InProcess(platform);
    let client = Client::new(&way, "localhost:3000");
    stream::iter(0..tenants)
        .map(|number| {
            let client = &client;
            async move {
                let owner = Owner::named(&format!("rush{at_once}x{number}"));
                walkthrough::register(client, &owner).await
            }
        })
        .buffer_unordered(at_once)
        .try_collect::<Vec<_>>()
        .await?;
    Ok(())
}
