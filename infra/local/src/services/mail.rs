//! SES: mail that is taken, made a message, kept, and handed to a mail server where there is one. It must never
//! know what a mail is about.
//!
//! Limits: API version 2; only `SendEmail`, with a subject and bodies, to one recipient; the sender must be of
//! an identity that was made.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Method, Request, Response};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Message, SmtpTransport, Transport};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::services::protocol::json::{self, Failure};
use crate::services::protocol::{MAIL_PATH, random_id};
use crate::services::state::State;
use crate::services::{Identity, ServicesError};

/// How long a mail server may take for one command.
const SMTP_TIMEOUT: Duration = Duration::from_secs(5);

/// A mail server on this machine or near it, spoken to without TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl FromStr for MailServer {
    type Err = &'static str;

    /// Reads `HOST:PORT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or("must be HOST:PORT")?;
        Ok(Self {
            host: host.to_owned(),
            port: port
                .parse()
                .map_err(|_none| "has no port after the colon")?,
        })
    }
}

/// A mail that was taken for delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMail {
    /// The service's name for it.
    pub id: String,
    /// To whom it goes.
    pub to: String,
    /// What it says, in plain text.
    pub text: String,
    /// The message (RFC 5322).
    pub message: String,
}

/// The mail service.
#[derive(Debug)]
pub struct Mail {
    identity: Arc<Identity>,
    state: State,
    folder: Option<PathBuf>,
    server: Option<MailServer>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendEmail {
    from_email_address: String,
    destination: Destination,
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Destination {
    to_addresses: [String; 1],
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Content {
    simple: Simple,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Simple {
    subject: Text,
    body: Body,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Body {
    text: Text,
    html: Text,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Text {
    data: String,
    charset: Charset,
}

#[derive(Debug, Deserialize)]
enum Charset {
    #[serde(rename = "UTF-8")]
    Utf8,
}

impl Mail {
    /// Opens the service. Mail is handed to `server`, and put into `folder`, a file each, where there is one.
    pub(crate) fn new(
        identity: &Arc<Identity>,
        state: &State,
        folder: Option<PathBuf>,
        server: Option<MailServer>,
    ) -> Self {
        Self {
            identity: Arc::clone(identity),
            state: state.clone(),
            folder,
            server,
        }
    }

    /// Makes an identity, once: a domain that mail is sent from.
    pub async fn ensure_identity(&self, domain: &str) -> Result<(), ServicesError> {
        let domain = domain.to_owned();
        let sql = "INSERT OR IGNORE INTO mail_identities (domain) VALUES (?1)";
        self.state
            .transact(move |connection| Ok(connection.execute(sql, params![domain])?))
            .await
            .map(|_made| ())
    }

    /// Returns the mails that were taken, the oldest first.
    pub async fn sent(&self) -> Result<Vec<SentMail>, ServicesError> {
        self.state.transact(all).await
    }

    pub(crate) async fn call(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        let operation = path.strip_prefix(MAIL_PATH).unwrap_or(path);
        json::respond(match (request.method(), operation) {
            (&Method::POST, "outbound-emails") => self.send(request.body()).await,
            _ => Err(json::unknown(operation)),
        })
    }

    async fn send(&self, body: &Bytes) -> Result<Value, Failure> {
        let email: SendEmail = json::read(body)?;
        let from = mailbox(&email.from_email_address)?;
        let [to] = &email.destination.to_addresses;
        let to = mailbox(to)?;
        self.require_identity(from.email.domain()).await?;
        let id = random_id(&*self.identity.entropy);
        let text = email.content.simple.body.text.data.clone();
        let message = self.message(&id, from, to.clone(), email.content.simple)?;
        let mail = SentMail {
            id: id.clone(),
            to: to.email.to_string(),
            text,
            message: String::from_utf8_lossy(&message.formatted()).into_owned(),
        };
        // What cannot be delivered was not taken: the caller tries again.
        if let Some(server) = self.server.clone() {
            let delivered = tokio::task::spawn_blocking(move || deliver(&server, &message)).await;
            let failure = match delivered {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = failure {
                tracing::error!(why, "the mail server did not take a mail");
                return Err(Failure::new(500, "InternalServiceError", why));
            }
        }
        self.keep(mail).await?;
        Ok(json!({ "MessageId": id }))
    }

    async fn require_identity(&self, domain: &str) -> Result<(), Failure> {
        let name = domain.to_owned();
        let sql = "SELECT 1 FROM mail_identities WHERE domain = ?1";
        let known = self.state.transact(move |connection| {
            let row = connection.query_row(sql, params![name], |_row| Ok(()));
            Ok(row.optional()?)
        });
        if known.await?.is_some() {
            return Ok(());
        }
        let message = format!("Email address is not verified: {domain}");
        Err(Failure::new(400, "MessageRejected", message))
    }

    fn message(
        &self,
        id: &str,
        from: Mailbox,
        to: Mailbox,
        content: Simple,
    ) -> Result<Message, Failure> {
        let Simple { subject, body } = content;
        let Charset::Utf8 = subject.charset;
        let (Charset::Utf8, Charset::Utf8) = (&body.text.charset, &body.html.charset);
        let refuse = |error: lettre::error::Error| bad_request(&error.to_string());
        Message::builder()
            .message_id(Some(format!("<{id}@{}>", from.email.domain())))
            .from(from)
            .to(to)
            .subject(subject.data)
            .date(SystemTime::from(self.identity.clock.now()))
            .multipart(
                MultiPart::alternative()
                    .boundary(id)
                    .singlepart(SinglePart::plain(body.text.data))
                    .singlepart(SinglePart::html(body.html.data)),
            )
            .map_err(refuse)
    }

    async fn keep(&self, mail: SentMail) -> Result<(), Failure> {
        if let Some(folder) = &self.folder {
            let at = self.identity.clock.now().as_millisecond();
            let file = folder.join(format!("{at}-{}.eml", mail.id));
            let written = tokio::fs::create_dir_all(folder).await;
            let written = match written {
                Ok(()) => tokio::fs::write(file, &mail.message).await,
                Err(error) => Err(error),
            };
            written.map_err(ServicesError::Folder)?;
        }
        let write = self.state.transact(move |connection| {
            Ok(connection.execute(
                "INSERT INTO mails (message_id, recipient, text, message) VALUES (?1, ?2, ?3, ?4)",
                params![mail.id, mail.to, mail.text, mail.message],
            )?)
        });
        write.await?;
        Ok(())
    }
}

fn mailbox(text: &str) -> Result<Mailbox, Failure> {
    let parsed = text.parse();
    parsed.map_err(|error: lettre::address::AddressError| bad_request(&error.to_string()))
}

fn bad_request(why: &str) -> Failure {
    Failure::new(400, "BadRequestException", why)
}

fn deliver(server: &MailServer, message: &Message) -> Result<(), lettre::transport::smtp::Error> {
    let transport = SmtpTransport::builder_dangerous(&server.host)
        .port(server.port)
        .timeout(Some(SMTP_TIMEOUT))
        .build();
    transport.send(message).map(|_taken| ())
}

fn all(connection: &Connection) -> Result<Vec<SentMail>, ServicesError> {
    let sql = "SELECT message_id, recipient, text, message FROM mails ORDER BY id";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok(SentMail {
            id: row.get(0)?,
            to: row.get(1)?,
            text: row.get(2)?,
            message: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
