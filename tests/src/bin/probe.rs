//! A sabotaged handler: it does what it is told, with the credentials of the function that it was
//! put into.

use anyhow::Context;
use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tests::deployed::probes::{Order, Reply};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let stores = Stores {
        table: aws_sdk_dynamodb::Client::new(&config),
        bucket: aws_sdk_s3::Client::new(&config),
        names: (variable("TABLE_NAME")?, variable("BUCKET_NAME")?),
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Order>| {
        let stores = &stores;
        async move { Ok::<Reply, Error>(stores.obey(event.payload).await) }
    }))
    .await
}

struct Stores {
    table: aws_sdk_dynamodb::Client,
    bucket: aws_sdk_s3::Client,
    names: (String, String),
}

impl Stores {
    async fn obey(&self, order: Order) -> Reply {
        let (table, bucket) = (&self.names.0, &self.names.1);
        let text = |text: String| AttributeValue::S(text);
        let sort = || AttributeValue::S("PROBE".to_owned());
        let why = match order {
            Order::Get(pk) => {
                let get = self.table.get_item().table_name(table);
                let get = get.key("pk", text(pk)).key("sk", sort());
                get.send()
                    .await
                    .err()
                    .map(|error| DisplayErrorContext(error).to_string())
            }
            Order::Put(pk) => {
                let put = self.table.put_item().table_name(table);
                let put = put.item("pk", text(pk)).item("sk", sort());
                put.send()
                    .await
                    .err()
                    .map(|error| DisplayErrorContext(error).to_string())
            }
            Order::QueryDue(pk) => {
                let query = self.table.query().table_name(table).index_name("due");
                let query = query.key_condition_expression("duePk = :pk");
                let query = query.expression_attribute_values(":pk", text(pk));
                query
                    .send()
                    .await
                    .err()
                    .map(|error| DisplayErrorContext(error).to_string())
            }
            Order::Scan => {
                let scan = self.table.scan().table_name(table);
                scan.send()
                    .await
                    .err()
                    .map(|error| DisplayErrorContext(error).to_string())
            }
            Order::Object(key) => {
                let get = self.bucket.get_object().bucket(bucket).key(key);
                get.send()
                    .await
                    .err()
                    .map(|error| DisplayErrorContext(error).to_string())
            }
        };
        Reply { why }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what Lambda tells a function stands in its environment"
)]
fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("`{name}` is not set"))
}
