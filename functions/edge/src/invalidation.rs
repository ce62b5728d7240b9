//! Invalidations of the distribution, through the SDK.

use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::error::{DisplayErrorContext, SdkError};
use aws_sdk_cloudfront::operation::create_invalidation::CreateInvalidationError;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use queue::Outcome;

use crate::plan::{Purge, TAGS_MAX};

/// The distribution in front of all websites.
#[derive(Debug)]
pub(crate) struct Distribution {
    client: Client,
    id: String,
}

impl Distribution {
    pub(crate) fn new(client: Client, id: &str) -> Self {
        Self {
            client,
            id: id.to_owned(),
        }
    }

    /// Has everything under the purge's tags forgotten. The purge's name is the call's reference:
    /// a repeat of the same purge finds the first and makes no second.
    pub(crate) async fn invalidate(&self, purge: &Purge) -> Outcome {
        let name = purge.name();
        let items: Vec<String> = purge
            .tags
            .iter()
            .map(|tag| format!("#{}", tag.as_str()))
            .collect();
        for (part, items) in items.chunks(TAGS_MAX).enumerate() {
            let reference = if part == 0 {
                name.clone()
            } else {
                format!("{name}-{part}")
            };
            match self.call(reference, items.to_vec()).await {
                Outcome::Done => {}
                failed @ (Outcome::Retry(_) | Outcome::Poison(_)) => return failed,
            }
        }
        Outcome::Done
    }

    async fn call(&self, reference: String, items: Vec<String>) -> Outcome {
        let quantity = i32::try_from(items.len()).unwrap_or(i32::MAX);
        let paths = Paths::builder()
            .quantity(quantity)
            .set_items(Some(items))
            .build();
        let batch = paths.and_then(|paths| {
            InvalidationBatch::builder()
                .caller_reference(&reference)
                .paths(paths)
                .build()
        });
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => return Outcome::Poison(error.to_string()),
        };
        let sent = self
            .client
            .create_invalidation()
            .distribution_id(&self.id)
            .invalidation_batch(batch)
            .send()
            .await;
        match sent {
            Ok(_accepted) => {
                tracing::info!(reference, tags = quantity, "purged");
                Outcome::Done
            }
            Err(error) => {
                let why = format!("{}", DisplayErrorContext(&error));
                if is_refused_for_good(&error) {
                    Outcome::Poison(why)
                } else {
                    Outcome::Retry(why)
                }
            }
        }
    }
}

/// Returns whether the same call can never succeed. Everything else is worth another attempt: too
/// many invalidations in progress, throttling, a permission or distribution that is being set up.
fn is_refused_for_good<R>(error: &SdkError<CreateInvalidationError, R>) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_batch_too_large()
            || error.is_inconsistent_quantities()
            || error.is_invalid_argument()
            || error.is_missing_body()
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudfront::error::SdkError;
    use aws_sdk_cloudfront::operation::create_invalidation::CreateInvalidationError;
    use aws_sdk_cloudfront::types::error::{
        AccessDenied, BatchTooLarge, InvalidArgument, NoSuchDistribution,
        TooManyInvalidationsInProgress,
    };

    use super::is_refused_for_good;

    #[test]
    fn only_what_can_never_succeed_is_refused_for_good() {
        type E = CreateInvalidationError;
        let table = [
            (E::BatchTooLarge(BatchTooLarge::builder().build()), true),
            (E::InvalidArgument(InvalidArgument::builder().build()), true),
            (E::AccessDenied(AccessDenied::builder().build()), false),
            (
                E::NoSuchDistribution(NoSuchDistribution::builder().build()),
                false,
            ),
            (
                E::TooManyInvalidationsInProgress(
                    TooManyInvalidationsInProgress::builder().build(),
                ),
                false,
            ),
        ];
        for (error, expected) in table {
            let text = format!("{error:?}");
            let error = SdkError::service_error(error, ());
            assert_eq!(is_refused_for_good(&error), expected, "{text}");
        }
        let timeout: SdkError<E, ()> = SdkError::timeout_error("too slow");
        assert!(!is_refused_for_good(&timeout));
    }
}
