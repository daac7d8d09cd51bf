//! A small web service as the reference platform has one, over loopback: it logs users in, shows a dashboard and
//! portfolios, tells how it is, and can be slow, broken or silent; in plain text, or over TLS with a certificate.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared by several test programs")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What every user's password is.
pub const PASSWORD: &str = "secret-of-the-tests";

/// The service; it ends with this value.
pub struct Service {
    address: SocketAddr,
    state: Arc<State>,
}

/// What tests can turn while it runs.
#[derive(Default)]
struct State {
    ended: AtomicBool,
    failing: AtomicBool,
    one_by_one: AtomicBool,
    turn: Mutex<()>,
    delay_ms: AtomicU64,
    every_second_ms: AtomicU64,
    version: AtomicU64,
    requests: AtomicU64,
    /// What somebody has called the first portfolio; empty: as it always was called.
    name: Mutex<String>,
    forgets: AtomicBool,
}

impl Service {
    pub fn start() -> Service {
        Service::listen(None)
    }

    /// The same over TLS, with the certificates of a PEM file (its own first) and their key.
    pub fn start_tls(certificates: &Path, key: &Path) -> Service {
        let chain = CertificateDer::pem_file_iter(certificates).unwrap().map(Result::unwrap).collect();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
            .unwrap();
        Service::listen(Some(Arc::new(config)))
    }

    fn listen(tls: Option<Arc<ServerConfig>>) -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.ended.load(Ordering::Relaxed) {
                    return;
                }
                let (shared, tls) = (shared.clone(), tls.clone());
                if let Ok(stream) = stream {
                    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
                    std::thread::spawn(move || match tls {
                        None => serve(stream, &shared),
                        Some(config) => {
                            serve(StreamOwned::new(ServerConnection::new(config).unwrap(), stream), &shared);
                        }
                    });
                }
            }
        });
        Service { address, state }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on every answer is status 500, or none is.
    pub fn fail(&self, failing: bool) {
        self.state.failing.store(failing, Ordering::Relaxed);
    }

    /// From now on every answer waits so long.
    pub fn delay(&self, delay: Duration) {
        self.state.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// From now on every second answer waits so long beside that.
    pub fn delay_every_second(&self, delay: Duration) {
        self.state.every_second_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// From now on one visitor waits for the other, as with one worker for all.
    pub fn one_by_one(&self, one_by_one: bool) {
        self.state.one_by_one.store(one_by_one, Ordering::Relaxed);
    }

    /// From now on portfolios show something else.
    pub fn change_portfolios(&self) {
        self.state.version.fetch_add(1, Ordering::Relaxed);
    }

    /// From now on it says that it has written what it has not.
    pub fn forget(&self) {
        self.state.forgets.store(true, Ordering::Relaxed);
    }

    /// What the first portfolio is called.
    pub fn portfolio_name(&self) -> String {
        self.state.name_of_first()
    }

    /// How many requests it has answered.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::Relaxed)
    }
}

impl State {
    fn name_of_first(&self) -> String {
        let name = self.name.lock().unwrap();
        if name.is_empty() { "Pension".to_owned() } else { name.clone() }
    }

    fn value_of_first(&self) -> String {
        match self.version.load(Ordering::Relaxed) {
            0 => "1000.00".to_owned(),
            version => format!("1000.0{version}"),
        }
    }

    /// Takes the name out of `{"name":"..."}`.
    fn rename_first(&self, body: &str) {
        let name = body.split('"').nth(3).unwrap_or_default().to_owned();
        if !self.forgets.load(Ordering::Relaxed) {
            *self.name.lock().unwrap() = name;
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::Relaxed);
        // Wakes the listener, so that it sees that it has ended.
        let _ = TcpStream::connect(self.address);
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
}

struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// One connection, request after request, until the visitor goes.
fn serve(stream: impl Read + Write, state: &State) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let is_second = state.requests.fetch_add(1, Ordering::Relaxed) % 2 == 1;
        if request.path == "/hang" {
            // Says nothing until the visitor gives up.
            let mut rest = Vec::new();
            let _ = reader.read_to_end(&mut rest);
            return;
        }
        let turn = state.one_by_one.load(Ordering::Relaxed).then(|| state.turn.lock());
        let more = if is_second { state.every_second_ms.load(Ordering::Relaxed) } else { 0 };
        std::thread::sleep(Duration::from_millis(state.delay_ms.load(Ordering::Relaxed) + more));
        drop(turn.map(|turn| turn.unwrap_or_else(PoisonError::into_inner)));
        let response = answer(&request, state);
        let mut head = format!("HTTP/1.1 {} Answer\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if reader.get_mut().write_all(format!("{head}\r\n{}", response.body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: String::from_utf8(body).ok()?,
    })
}

fn answer(request: &Request, state: &State) -> Response {
    let header = |name: &str| request.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let is_known = header("cookie").is_some_and(|cookies| cookies.contains("session=anna"))
        || header("authorization") == Some("Bearer token-of-anna");
    if state.failing.load(Ordering::Relaxed) {
        return json(500, r#"{"error":"broken"}"#);
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/") => Response {
            status: 200,
            headers: vec![("content-type", "text/html".into())],
            body: "<html><title>Portal</title></html>".into(),
        },
        ("GET", "/health") => json(200, r#"{"status":"ok","checks":{"database":true,"queue":0}}"#),
        ("POST", "/auth/login") if request.body.contains(PASSWORD) => {
            let mut response = json(200, r#"{"access_token":"token-of-anna"}"#);
            response.headers.push(("set-cookie", "session=anna; Path=/; HttpOnly".into()));
            response
        }
        ("POST", "/auth/login") => json(401, r#"{"error":"wrong user or password"}"#),
        ("POST", "/auth/logout") => {
            let mut response = json(204, "");
            response.headers.push(("set-cookie", "session=; Path=/; Max-Age=0".into()));
            response
        }
        (_, "/dashboard" | "/portfolios" | "/portfolios/1" | "/analytics" | "/bulk/portfolios") if !is_known => {
            json(401, r#"{"error":"who are you"}"#)
        }
        ("GET", "/dashboard") => json(200, r#"{"user":"anna","portfolios":2,"total":"1234.50"}"#),
        ("GET", "/analytics") => json(200, r#"{"volatility":"0.12"}"#),
        ("GET", "/bulk/portfolios") => json(200, r#"{"checked":250}"#),
        ("GET", "/portfolios") => {
            let at = state.requests.load(Ordering::Relaxed);
            let total = state.value_of_first();
            json(
                200,
                &format!(
                    r#"{{"generated_at":{at},"items":[{{"id":1,"value":"{total}"}},{{"id":2,"value":"234.50"}}]}}"#
                ),
            )
        }
        ("GET", "/portfolios/1") => {
            let (name, value) = (state.name_of_first(), state.value_of_first());
            json(200, &format!(r#"{{"id":1,"name":"{name}","value":"{value}"}}"#))
        }
        ("PATCH", "/portfolios/1") => {
            state.rename_first(&request.body);
            json(204, "")
        }
        ("GET", "/old") => {
            let mut response = json(302, "");
            response.headers.push(("location", "/health".into()));
            response
        }
        ("GET", "/slow") => {
            let ms = request.query.strip_prefix("ms=").and_then(|ms| ms.parse().ok()).unwrap_or(0);
            std::thread::sleep(Duration::from_millis(ms));
            json(200, r#"{"status":"slow"}"#)
        }
        ("GET", "/fail") => json(500, r#"{"error":"broken"}"#),
        _ => json(404, r#"{"error":"not found"}"#),
    }
}

fn json(status: u16, body: &str) -> Response {
    Response { status, headers: vec![("content-type", "application/json".into())], body: body.to_owned() }
}
