//! A sabotaged handler: it does what it is told, with the credentials of the function that it was
//! put into, or of the session for a tenant that this function may take on.

use anyhow::{Context, anyhow};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sts::types::Tag;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tests::deployed::probes::{Deed, Order, Reply};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let handler = Handler {
        config,
        table: variable("TABLE_NAME")?,
        bucket: variable("BUCKET_NAME")?,
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Order>| {
        let handler = &handler;
        async move { Ok::<Reply, Error>(handler.obey(event.payload).await) }
    }))
    .await
}

struct Handler {
    config: SdkConfig,
    table: String,
    bucket: String,
}

impl Handler {
    async fn obey(&self, order: Order) -> Reply {
        let done = match order.tenant {
            None => self.try_to(order.deed, &self.config).await,
            Some(tenant) => match self.session(&tenant).await {
                Ok(config) => self.try_to(order.deed, &config).await,
                // What is no denial of the deed must not pass for one.
                Err(error) => Err(anyhow!(
                    "no session: {}",
                    error.to_string().replace("Denied", "")
                )),
            },
        };
        Reply {
            why: done.err().map(|error| error.to_string()),
        }
    }

    async fn try_to(&self, deed: Deed, config: &SdkConfig) -> anyhow::Result<()> {
        let table = aws_sdk_dynamodb::Client::new(config);
        let text = |text: String| AttributeValue::S(text);
        let sort = || AttributeValue::S("PROBE".to_owned());
        match deed {
            Deed::Get(pk) => {
                let get = table.get_item().table_name(&self.table);
                let get = get.key("pk", text(pk)).key("sk", sort());
                get.send().await.map_err(said)?;
            }
            Deed::Put(pk) => {
                let put = table.put_item().table_name(&self.table);
                let put = put.item("pk", text(pk)).item("sk", sort());
                put.send().await.map_err(said)?;
            }
            Deed::QueryDue(pk) => {
                let query = table.query().table_name(&self.table).index_name("due");
                let query = query.key_condition_expression("duePk = :pk");
                let query = query.expression_attribute_values(":pk", text(pk));
                query.send().await.map_err(said)?;
            }
            Deed::Scan => {
                let scan = table.scan().table_name(&self.table);
                scan.send().await.map_err(said)?;
            }
            Deed::Object(key) => {
                let bucket = aws_sdk_s3::Client::new(config);
                let get = bucket.get_object().bucket(&self.bucket).key(key);
                get.send().await.map_err(said)?;
            }
        }
        Ok(())
    }

    /// Takes on the function's role for one tenant.
    async fn session(&self, tenant: &str) -> anyhow::Result<SdkConfig> {
        let assumed = aws_sdk_sts::Client::new(&self.config)
            .assume_role()
            .role_arn(variable("TENANT_ROLE_ARN")?)
            .role_session_name(tenant)
            .tags(Tag::builder().key("tenant").value(tenant).build()?)
            .send()
            .await
            .map_err(said)?;
        let given = assumed.credentials().context("no credentials")?;
        let credentials = Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            None,
            "probe",
        );
        let provider = SharedCredentialsProvider::new(credentials);
        Ok(self
            .config
            .to_builder()
            .credentials_provider(provider)
            .build())
    }
}

fn said(error: impl std::error::Error) -> anyhow::Error {
    anyhow!("{}", DisplayErrorContext(error))
}

#[expect(
    clippy::disallowed_methods,
    reason = "what Lambda tells a function stands in its environment"
)]
fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("`{name}` is not set"))
}
