//! Sending a letter once: it is noted before and after. One that was sent and could not be noted, or of which the
//! answer was lost, is sent again.

use aws_config::SdkConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::Builder;
use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message as SesMessage};
use kernel::limits::MAIL_LEASE_S;
use kernel::time::plus_seconds;
use queue::{Message, Outcome};
use tenancy::keys::{MailKey, MailLeaseKey};
use tenancy::permission::Notify;
use tenancy::records::{MailLeaseRecord, MailRecord};
use tenancy::{Action, CommitError, Permit};

use crate::letters::Letter;

/// Hands letters to SES.
pub(crate) struct Sender {
    client: Client,
    from: String,
}

/// Whose turn it is to send a letter.
enum Turn {
    /// This environment's.
    Ours,
    /// Nobody's: it was sent.
    Over,
    /// Another environment's.
    Others,
}

impl Sender {
    /// Sends as `from`, a name with an address of the platform's.
    pub(crate) fn new(sdk: &SdkConfig, from: &str) -> Self {
        // The queue brings a message again: another attempt at once could be another mail.
        let config = Builder::from(sdk).retry_config(RetryConfig::disabled());
        Self {
            client: Client::from_conf(config.build()),
            from: from.to_owned(),
        }
    }

    /// Sends the letter that a message asks for.
    pub(crate) async fn send(
        &self,
        permit: &Permit<Notify>,
        message: &Message,
        letter: &Letter,
    ) -> Outcome {
        let name = message.name();
        let content = match content(letter) {
            Ok(content) => content,
            Err(why) => return Outcome::Poison(why),
        };
        match take(permit, &name).await {
            Ok(Turn::Ours) => {}
            Ok(Turn::Over) => return Outcome::Done,
            Ok(Turn::Others) => return Outcome::Retry("another environment sends it".to_owned()),
            Err(error) => return Outcome::Retry(error.to_string()),
        }
        if let Err(why) = self.hand_over(letter, content).await {
            return Outcome::Retry(why);
        }
        match note(permit, name).await {
            Ok(()) => Outcome::Done,
            // Another environment took this one for dead, and sent it too.
            Err(error) if error.refused::<MailKey>() => Outcome::Done,
            // Should the note be missing, it is sent again.
            Err(error) => Outcome::Retry(error.to_string()),
        }
    }

    async fn hand_over(&self, letter: &Letter, content: EmailContent) -> Result<(), String> {
        let to = Destination::builder().to_addresses(letter.to.as_str());
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(to.build())
            .content(content)
            .send()
            .await
            .map_err(|error| why(&error))?;
        tracing::info!(mail.id = sent.message_id, "a letter was sent");
        Ok(())
    }
}

/// Says why a letter was not sent, without what the service says of the addresses.
fn why(error: &SdkError<SendEmailError>) -> String {
    match error.as_service_error() {
        Some(refused) => refused.code().unwrap_or("an unknown error").to_owned(),
        None => DisplayErrorContext(error).to_string(),
    }
}

/// Returns a letter as SES takes it, which makes the message of it; why not, where it never can.
fn content(letter: &Letter) -> Result<EmailContent, String> {
    let text = |text: String| {
        let content = Content::builder().charset("UTF-8").data(text).build();
        content.map_err(|error| error.to_string())
    };
    let html = letter.html().map_err(|error| error.to_string())?;
    let body = Body::builder().text(text(letter.text())?).html(text(html)?);
    let message = SesMessage::builder()
        .subject(text(letter.subject.clone())?)
        .body(body.build());
    Ok(EmailContent::builder().simple(message.build()).build())
}

/// Finds out whose turn it is, and notes where it is this environment's: only of what was not sent.
async fn take(permit: &Permit<Notify>, name: &str) -> Result<Turn, CommitError> {
    let message = name.to_owned();
    let lease = MailLeaseKey {
        message: message.clone(),
    };
    let before = permit.get::<MailLeaseRecord>(&lease).await?;
    let now = permit.now();
    if before.as_ref().is_some_and(|before| now < before.until) {
        return Ok(Turn::Others);
    }
    let until = plus_seconds(now, MAIL_LEASE_S);
    let lease = MailLeaseRecord { message, until };
    match permit.lease(before.as_ref(), &lease).await {
        Ok(()) => Ok(Turn::Ours),
        Err(error) if error.refused::<MailKey>() => Ok(Turn::Over),
        Err(error) if error.refused::<MailLeaseKey>() => Ok(Turn::Others),
        Err(error) => Err(error),
    }
}

/// Notes that it was sent.
async fn note(permit: &Permit<Notify>, message: String) -> Result<(), CommitError> {
    let lease = MailLeaseKey {
        message: message.clone(),
    };
    let sent = MailRecord {
        message,
        sent_at: permit.now(),
    };
    let change = permit.change(Action::Create).create(&sent);
    change.detach(&lease).commit().await
}
