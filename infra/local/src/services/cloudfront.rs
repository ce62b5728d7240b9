//! CloudFront's control plane: invalidations, told to the edge and kept. It must never know what
//! the edge has cached.
//!
//! Limits: 3,000 items a batch, as on AWS; an invalidation is complete when it is answered; only
//! `CreateInvalidation` and `GetInvalidation`.

mod wire;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use jiff::Timestamp;
use kernel::text::to_hex;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::broadcast;

use crate::services::cloudfront::wire::{Batch, failure};
use crate::services::protocol::CLOUDFRONT_PATH;
use crate::services::protocol::text::from_milliseconds;
use crate::services::state::State;
use crate::services::{Identity, ServicesError};

const ITEMS_MAX: usize = 3_000;
const UNREAD_MAX: usize = 1_024;

/// One accepted invalidation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalidation {
    /// Its id.
    pub id: String,
    /// The distribution.
    pub distribution: String,
    /// The caller's name for it, which makes a repeat known.
    pub caller_reference: String,
    /// Paths (`/news/*`) and cache tags (`#tag`).
    pub items: Vec<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
}

type Edge = Arc<dyn Fn(&Invalidation) + Send + Sync>;

/// The distributions.
pub struct Distributions {
    identity: Arc<Identity>,
    state: State,
    told: broadcast::Sender<Invalidation>,
    edge: RwLock<Option<Edge>>,
}

impl fmt::Debug for Distributions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Distributions")
            .finish_non_exhaustive()
    }
}

/// What writing an invalidation came to.
enum Written {
    New(Invalidation),
    Repeated(Invalidation),
    Differs,
    NoDistribution,
}

impl Distributions {
    pub(crate) fn new(identity: &Arc<Identity>, state: &State) -> Self {
        Self {
            identity: Arc::clone(identity),
            state: state.clone(),
            told: broadcast::Sender::new(UNREAD_MAX),
            edge: RwLock::new(None),
        }
    }

    /// Makes the distribution if it is not there.
    pub async fn ensure(&self, id: &str) -> Result<(), ServicesError> {
        let id = id.to_owned();
        self.state
            .transact(move |connection| {
                let sql = "INSERT OR IGNORE INTO distributions (id) VALUES (?1)";
                connection.execute(sql, params![id])?;
                Ok(())
            })
            .await
    }

    /// Sets what is told of each invalidation before it is answered.
    pub fn set_edge(&self, edge: Arc<dyn Fn(&Invalidation) + Send + Sync>) {
        *self.edge.write().unwrap_or_else(PoisonError::into_inner) = Some(edge);
    }

    /// Returns a receiver that is sent each invalidation once it is durable.
    pub fn subscribe(&self) -> broadcast::Receiver<Invalidation> {
        self.told.subscribe()
    }

    /// Returns the invalidations of a distribution, oldest first, 10,000 at most.
    pub async fn invalidations(
        &self,
        distribution: &str,
    ) -> Result<Vec<Invalidation>, ServicesError> {
        let distribution = distribution.to_owned();
        self.state
            .transact(move |connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT id, distribution, caller_reference, items, created_ms
                     FROM invalidations WHERE distribution = ?1
                     ORDER BY created_ms, rowid LIMIT 10000",
                )?;
                let rows = statement.query_map(params![distribution], from_row)?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await
    }

    pub(crate) async fn call(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request
            .uri()
            .path()
            .strip_prefix(CLOUDFRONT_PATH)
            .unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let answered = match (request.method(), parts.as_slice()) {
            (&Method::POST, ["distribution", id, "invalidation"]) => {
                self.create(id, request.body()).await
            }
            (&Method::GET, ["distribution", id, "invalidation", invalidation]) => {
                self.get(id, invalidation).await
            }
            _ => Ok(failure(
                404,
                "UnknownOperationException",
                "the operation is not known",
            )),
        };
        answered.unwrap_or_else(|error| {
            tracing::error!(error = %error, "CloudFront failed");
            failure(500, "InternalFailure", "internal failure")
        })
    }

    async fn create(&self, id: &str, body: &Bytes) -> Result<Response<Bytes>, ServicesError> {
        let batch = match Batch::read(body) {
            Ok(batch) => batch,
            Err(message) => return Ok(failure(400, "MalformedXML", &message)),
        };
        if batch.items.len() > ITEMS_MAX {
            return Ok(failure(
                413,
                "BatchTooLarge",
                "the batch has more than 3,000 items",
            ));
        }
        let well_formed =
            |item: &String| item.starts_with(['/', '#']) && item.len() > 1 || item == "/";
        if batch.items.is_empty() || !batch.items.iter().all(well_formed) {
            let message = "Your request contains one or more invalid invalidation paths.";
            return Ok(failure(400, "InvalidArgument", message));
        }
        let unique: [u8; 7] = kernel::chance::random(&*self.identity.entropy);
        let invalidation = Invalidation {
            id: format!("I{}", to_hex(&unique).to_uppercase()),
            distribution: id.to_owned(),
            caller_reference: batch.caller_reference,
            items: batch.items,
            created_at: self.identity.clock.now(),
        };
        let written = self
            .state
            .transact(move |connection| write(connection, invalidation))
            .await?;
        Ok(match written {
            Written::New(invalidation) => {
                self.tell(&invalidation);
                created(&invalidation)
            }
            Written::Repeated(invalidation) => created(&invalidation),
            Written::Differs => failure(
                409,
                "InvalidationBatchAlreadyExists",
                "the caller reference was used with other items",
            ),
            Written::NoDistribution => no_distribution(),
        })
    }

    async fn get(&self, id: &str, invalidation: &str) -> Result<Response<Bytes>, ServicesError> {
        let (id, name) = (id.to_owned(), invalidation.to_owned());
        let found = self
            .state
            .transact(move |connection| {
                let sql = "SELECT id, distribution, caller_reference, items, created_ms
                           FROM invalidations WHERE distribution = ?1 AND id = ?2";
                Ok(connection
                    .query_row(sql, params![id, name], from_row)
                    .optional()?)
            })
            .await?;
        Ok(match found {
            Some(invalidation) => wire::answer(200, &invalidation),
            None => failure(
                404,
                "NoSuchInvalidation",
                "The specified invalidation does not exist.",
            ),
        })
    }

    fn tell(&self, invalidation: &Invalidation) {
        let edge = self
            .edge
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(edge) = edge {
            edge(invalidation);
        }
        // Nobody listening is no failure: an edge that is not there has nothing cached.
        drop(self.told.send(invalidation.clone()));
    }
}

fn write(connection: &Connection, wanted: Invalidation) -> Result<Written, ServicesError> {
    let Invalidation {
        id,
        distribution,
        caller_reference,
        items,
        created_at,
    } = &wanted;
    let known: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM distributions WHERE id = ?1)",
        params![distribution],
        |row| row.get(0),
    )?;
    if !known {
        return Ok(Written::NoDistribution);
    }
    let sql = "SELECT id, distribution, caller_reference, items, created_ms FROM invalidations
               WHERE distribution = ?1 AND caller_reference = ?2";
    let earlier = connection
        .query_row(sql, params![distribution, caller_reference], from_row)
        .optional()?;
    if let Some(earlier) = earlier {
        let same = earlier.items == *items;
        return Ok(if same {
            Written::Repeated(earlier)
        } else {
            Written::Differs
        });
    }
    connection.execute(
        "INSERT INTO invalidations (id, distribution, caller_reference, items, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            id,
            distribution,
            caller_reference,
            serde_json::Value::from(items.clone()).to_string(),
            created_at.as_millisecond()
        ],
    )?;
    Ok(Written::New(wanted))
}

fn from_row(row: &Row<'_>) -> Result<Invalidation, rusqlite::Error> {
    Ok(Invalidation {
        id: row.get(0)?,
        distribution: row.get(1)?,
        caller_reference: row.get(2)?,
        items: serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default(),
        created_at: from_milliseconds(row.get(4)?),
    })
}

fn created(invalidation: &Invalidation) -> Response<Bytes> {
    let mut response = wire::answer(201, invalidation);
    let location = format!(
        "https://cloudfront.amazonaws.com{CLOUDFRONT_PATH}distribution/{}/invalidation/{}",
        invalidation.distribution, invalidation.id
    );
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn no_distribution() -> Response<Bytes> {
    failure(
        404,
        "NoSuchDistribution",
        "The specified distribution does not exist.",
    )
}
