//! Stopping what the server is doing.
//!
//! Dropping a future does not stop the statement that it waits for. A [`Cancel`] does: it asks the server over a
//! second connection (`pg_cancel_backend`), and the first connection then reports the statement's end.

use tokio::sync::watch;

/// The side that can be told to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Cancel(Option<watch::Receiver<bool>>);

/// The side that tells.
#[derive(Debug)]
pub struct CancelSwitch(watch::Sender<bool>);

impl Cancel {
    /// A switch and what it switches off.
    pub fn new() -> (CancelSwitch, Cancel) {
        let (sender, receiver) = watch::channel(false);
        (CancelSwitch(sender), Cancel(Some(receiver)))
    }

    /// One that never stops anything.
    pub fn never() -> Cancel {
        Cancel(None)
    }

    /// Whether the switch was thrown.
    pub fn is_cancelled(&self) -> bool {
        self.0.as_ref().is_some_and(|receiver| *receiver.borrow())
    }

    /// Resolves when the switch is thrown; never, where it is not.
    pub async fn cancelled(&self) {
        if let Some(receiver) = &self.0
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
