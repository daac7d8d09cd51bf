//! PgBouncer in front of this process's server, where it is installed; else the test says that it is skipped.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use phasegate::db::ConnSpec;

/// When a client gives its server connection back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Session,
    Transaction,
    Statement,
}

/// A pooler; it ends with this value, and with the process that holds it, however that ends.
pub struct Pooler {
    port: u16,
    folder: PathBuf,
    keeper: Child,
}

/// Waits for the end of its input, which comes with the end of whoever started it, then ends the pooler and takes its
/// folder away. Signals to the whole group of the tests do not reach it before that.
const KEEPER: &str = r#"trap '' INT TERM HUP
"$1" -q "$2/pooler.ini" 2>"$2/log" &
pooler=$!
echo $pooler > "$2/pid"
read -r _
kill $pooler
wait $pooler
rm -rf "$2""#;

impl Pooler {
    /// A pooler of this mode with so many server connections a database; `more` are further lines of its configuration.
    /// `None` where PgBouncer is not installed.
    pub fn start(mode: Mode, connections: u32, more: &str) -> Option<Pooler> {
        let Some(program) = program() else {
            eprintln!("skipped: pgbouncer is not installed, so nothing is tested behind a pooler");
            return None;
        };
        // The port was free a moment ago; where somebody was quicker, another one will do.
        (0..5).find_map(|_| Pooler::try_start(&program, mode, connections, more)).or_else(|| panic!("no pooler starts"))
    }

    fn try_start(program: &Path, mode: Mode, connections: u32, more: &str) -> Option<Pooler> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap().keep();
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
        let mut ini = std::fs::File::create(folder.join("pooler.ini")).unwrap();
        ini.write_all(configuration(port, mode, connections, more).as_bytes()).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(program).arg(&folder).stdin(Stdio::piped());
        let keeper = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pooler = Pooler { port, folder, keeper };
        pooler.is_up().then_some(pooler)
    }

    /// Whether it accepts visitors; `false` once it has ended by itself.
    fn is_up(&self) -> bool {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if log.contains("FATAL") || log.contains("cannot listen") {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the pooler does not start: {}", std::fs::read_to_string(self.folder.join("log")).unwrap_or_default());
    }

    /// The address of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}?connect_timeout=5", self.port)
    }

    pub fn spec(&self, database: &str) -> ConnSpec {
        ConnSpec::from_url(&self.url(database)).unwrap()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        std::fs::read_to_string(self.folder.join("pid")).unwrap().trim().parse().unwrap()
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the kernel does to the pipes of a process that is killed.
    pub fn hang_up(&mut self) {
        drop(self.keeper.stdin.take());
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.hang_up();
        let _ = self.keeper.wait();
    }
}

/// No password stands in it: the server trusts who reaches its socket, and that is only the server's own user.
fn configuration(port: u16, mode: Mode, connections: u32, more: &str) -> String {
    let server = super::server();
    let (socket, mode) = (server.socket_dir(), format!("{mode:?}").to_lowercase());
    let (host, to) = (socket.display(), server.port());
    // It refuses to run as root, and reaches the socket as the user whose it is.
    let user = if is_root() { format!("user = {}\n", owner_of(&socket)) } else { String::new() };
    format!(
        "[databases]\n* = host={host} port={to} user=postgres\n\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = {connections}\n\
         max_client_conn = 200\nserver_login_retry = 0\n{user}{more}\n"
    )
}

fn is_root() -> bool {
    tempfile::tempfile().unwrap().metadata().unwrap().uid() == 0
}

fn owner_of(folder: &Path) -> String {
    let uid = std::fs::metadata(folder).unwrap().uid().to_string();
    let said = Command::new("id").args(["-nu", &uid]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// In PATH, or where Debian and Homebrew put it, which an ordinary user's PATH leaves out.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(usual).map(|folder| folder.join("pgbouncer")).find(|file| file.is_file())
}
