//! A proxy on loopback that passes bytes on, and can stop doing so.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Between a client and a server; it ends with this value.
pub(super) struct Proxy {
    port: u16,
    is_open: Arc<watch::Sender<bool>>,
    listener: AbortHandle,
}

impl Proxy {
    /// Listens on a free port of loopback and passes on to a host, or to a directory of Unix sockets.
    ///
    /// # Errors
    /// Where no port can be had.
    pub(super) async fn start(host: &str, port: u16) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let own_port = listener.local_addr()?.port();
        let is_open = Arc::new(watch::Sender::new(true));
        let (host, switch) = (host.to_owned(), is_open.clone());
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut switched = switch.subscribe();
                // While it is cut, a visitor is turned away at once, as by a network that is down.
                if !*switched.borrow_and_update() {
                    continue;
                }
                let host = host.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = pass_on(client, &host, port) => {}
                        // Also when the proxy itself is gone: its switch is dropped with it.
                        _ = switched.wait_for(|is_open| !is_open) => {}
                    }
                });
            }
        });
        Ok(Proxy { port: own_port, is_open, listener: task.abort_handle() })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Cuts every connection and takes no new one.
    pub(super) fn cut(&self) {
        self.is_open.send_replace(false);
    }

    /// Takes new connections again.
    pub(super) fn restore(&self) {
        self.is_open.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_open.send_replace(false);
        self.listener.abort();
    }
}

async fn pass_on(mut client: TcpStream, host: &str, port: u16) {
    if host.starts_with('/') {
        #[cfg(unix)]
        if let Ok(server) = tokio::net::UnixStream::connect(format!("{host}/.s.PGSQL.{port}")).await {
            between(&mut client, server).await;
        }
    } else if let Ok(server) = TcpStream::connect((host, port)).await {
        between(&mut client, server).await;
    }
}

async fn between(client: &mut TcpStream, mut server: impl AsyncRead + AsyncWrite + Unpin) {
    // Either side may go at any time; that is what is measured.
    let _ = copy_bidirectional(client, &mut server).await;
}
