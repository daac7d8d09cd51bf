//! Stopping what the server is doing.
//!
//! Dropping a future does not stop the statement that it waits for. A [`Cancel`] does: it asks the server over a
//! second connection (`pg_cancel_backend`), and the first connection then reports the statement's end.

use std::time::Instant;

use tokio::sync::watch;

/// The side that can be told to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Cancel {
    switch: Option<watch::Receiver<bool>>,
    end: Option<Instant>,
}

/// The side that tells.
#[derive(Debug)]
pub struct CancelSwitch(watch::Sender<bool>);

impl Cancel {
    /// A switch and what it switches off.
    pub fn new() -> (CancelSwitch, Cancel) {
        let (sender, receiver) = watch::channel(false);
        (CancelSwitch(sender), Cancel { switch: Some(receiver), end: None })
    }

    /// One that never stops anything.
    pub fn never() -> Cancel {
        Cancel { switch: None, end: None }
    }

    /// The same, and stops at this instant in any case.
    #[must_use]
    pub fn until(&self, end: Instant) -> Cancel {
        let end = self.end.map_or(end, |own| own.min(end));
        Cancel { switch: self.switch.clone(), end: Some(end) }
    }

    /// Whether the switch was thrown, or the time is over.
    pub fn is_cancelled(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
            || self.switch.as_ref().is_some_and(|receiver| *receiver.borrow())
    }

    /// Resolves when the switch is thrown or the time is over; never, where neither happens.
    pub async fn cancelled(&self) {
        match self.end {
            Some(end) => {
                let _ = tokio::time::timeout_at(end.into(), self.thrown()).await;
            }
            None => self.thrown().await,
        }
    }

    async fn thrown(&self) {
        if let Some(receiver) = &self.switch
            && receiver.clone().wait_for(|thrown| *thrown).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

impl CancelSwitch {
    /// Tells every holder to stop.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}
