//! A way to the server that can be cut at a chosen moment.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// Where the connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The message reaches the server, its answer does not come back.
    AfterSending,
    /// The message does not reach the server.
    BeforeSending,
}

/// Forwards from a loopback port to the server's socket; ends with the test's process.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl Proxy {
    /// Cuts a connection once at the `nth` message (from 1) that holds `marker`.
    pub(crate) fn new(socket: PathBuf, marker: &'static str, nth: u32, how: Cut) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (armed, cut) = (Arc::new(AtomicU32::new(nth)), Arc::new(AtomicBool::new(false)));
        let shared = (armed, Arc::clone(&cut));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&socket)) else { continue };
                let (armed, cut) = (Arc::clone(&shared.0), Arc::clone(&shared.1));
                let (client_back, server_back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let mute = Arc::new(AtomicBool::new(false));
                let muted = Arc::clone(&mute);
                std::thread::spawn(move || back(server_back, client_back, &muted));
                std::thread::spawn(move || forth(client, server, marker, how, &armed, &cut, &mute));
            }
        });
        Proxy { address, cut }
    }

    /// Whether the cut was made.
    pub(crate) fn has_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }
}

fn forth(
    mut client: TcpStream,
    mut server: UnixStream,
    marker: &str,
    how: Cut,
    armed: &AtomicU32,
    cut: &AtomicBool,
    mute: &AtomicBool,
) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        let bytes = &buffer[..read];
        let found = bytes.windows(marker.len()).any(|window| window == marker.as_bytes());
        let now = found && armed.load(Ordering::SeqCst) > 0 && armed.fetch_sub(1, Ordering::SeqCst) == 1;
        if now {
            mute.store(true, Ordering::SeqCst);
        }
        if !(now && how == Cut::BeforeSending) && server.write_all(bytes).is_err() {
            break;
        }
        if now {
            cut.store(true, Ordering::SeqCst);
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    // The server reads what it was sent, and then the end.
    let _ = server.shutdown(Shutdown::Write);
}

fn back(mut server: UnixStream, mut client: TcpStream, mute: &AtomicBool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = server.read(&mut buffer) {
        if mute.load(Ordering::SeqCst) || client.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}
