//! Holding one call up while something else happens: every order in which two requests, or two
//! workers, can meet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use local::fault::{Call, Fault, Faults};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Holds one call up before it leaves, until something else has happened.
#[derive(Debug)]
struct Pause {
    place: u64,
    seen: AtomicU64,
    reached: Arc<Notify>,
    go: Mutex<Receiver<()>>,
}

impl Pause {
    fn new(place: u64) -> (Self, Arc<Notify>, Sender<()>) {
        let (sender, go) = channel();
        let reached = Arc::new(Notify::new());
        let pause = Self {
            place,
            seen: AtomicU64::new(0),
            reached: Arc::clone(&reached),
            go: Mutex::new(go),
        };
        (pause, reached, sender)
    }
}

impl Faults for Pause {
    fn decide(&self, _call: &Call<'_>) -> Fault {
        if self.seen.fetch_add(1, Ordering::SeqCst) == self.place {
            self.reached.notify_one();
            // It ends when the sender is dropped: then it is time to go on.
            let go = self.go.lock().unwrap_or_else(PoisonError::into_inner);
            tokio::task::block_in_place(|| go.recv().unwrap_or_default());
        }
        Fault::None
    }
}

/// How two that met ended.
#[derive(Debug)]
pub enum Met<T, U> {
    /// The first was held up until the second had ended.
    Both(T, U),
    /// The first ended before it made the call at which it was to be held up.
    First(T),
}

/// Runs `work` with its call at `place`, counted from 0, held up while `meanwhile` happens. `begin`
/// is given the plan of faults that does it. Takes a runtime with several threads.
pub async fn overtaken<T: Send + 'static, U>(
    place: u64,
    begin: impl FnOnce(Arc<dyn Faults>),
    work: impl Future<Output = T> + Send + 'static,
    meanwhile: impl Future<Output = U>,
) -> anyhow::Result<Met<T, U>> {
    let (pause, reached, go) = Pause::new(place);
    begin(Arc::new(pause));
    let mut working = JoinSet::new();
    working.spawn(work);
    tokio::select! {
        () = reached.notified() => {}
        Some(ended) = working.join_next() => return Ok(Met::First(ended?)),
    }
    let second = meanwhile.await;
    drop(go);
    let ended = working.join_next().await;
    let first = ended.ok_or_else(|| anyhow::anyhow!("nothing was at work"))??;
    Ok(Met::Both(first, second))
}
