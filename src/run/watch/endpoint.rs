//! `GET /metrics` on the loopback, for Prometheus: nothing else is answered, and nobody can keep it busy.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::board::Board;
use super::exposition;
use crate::run::Error;

/// Readers at the same time; more wait.
const MOST_READERS: usize = 8;
/// Who has not asked, or not read, by then is let go.
const PATIENCE: Duration = Duration::from_secs(5);
/// No request that is meant for it is longer.
const MOST_BYTES: usize = 8 << 10;

/// The endpoint; it is closed with this value.
pub(super) struct Endpoint {
    /// Where it listens.
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Endpoint {
    /// Opens it. Other machines cannot reach it.
    ///
    /// # Errors
    /// The port is taken, or may not be used.
    pub(super) async fn open(port: u16, board: Arc<Mutex<Board>>) -> Result<Endpoint, Error> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let refused = |error: std::io::Error| Error::Listen { address: wanted, reason: error.to_string() };
        let listener = TcpListener::bind(wanted).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Endpoint { address, task: tokio::spawn(serve(listener, board)) })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, board: Arc<Mutex<Board>>) {
    let readers = Arc::new(Semaphore::new(MOST_READERS));
    loop {
        let Ok(permit) = readers.clone().acquire_owned().await else { return };
        // A connection that broke before it was taken is no reason to end.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let board = board.clone();
        tokio::spawn(async move {
            // Whoever is gone or too slow needs no answer.
            let _ = tokio::time::timeout(PATIENCE, answer(stream, &board)).await;
            drop(permit);
        });
    }
}

async fn answer(mut stream: TcpStream, board: &Mutex<Board>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await?;
        if read == 0 || request.len() + read > MOST_BYTES {
            return Ok(());
        }
        request.extend_from_slice(&part[..read]);
    }
    let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\r').next().unwrap_or_default()).into_owned();
    let mut words = line.split(' ');
    let (status, body) = match (words.next(), words.next()) {
        (Some("GET"), Some(path)) if path.split('?').next() == Some("/metrics") => {
            let gates = board.lock().unwrap_or_else(PoisonError::into_inner).gates.clone();
            ("200 OK", exposition::text(&gates, OffsetDateTime::now_utc()))
        }
        (Some("GET"), Some(_)) => ("404 Not Found", "only /metrics is here\n".to_owned()),
        _ => ("405 Method Not Allowed", "only GET is answered\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}
