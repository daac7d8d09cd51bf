//! Certificates of every kind, made for one test by `short_lived.sh`, since the time that some have left is counted from
//! today.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared by several test programs")]

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::service::Service;

/// The certificates of one test; they go with it.
pub struct Made {
    pub folder: tempfile::TempDir,
}

impl Made {
    pub fn new() -> Made {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/short_lived.sh");
        let made = Command::new("sh").arg(script).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Made { folder }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A service with this certificate.
    pub fn service(&self, name: &str) -> Service {
        Service::start_tls(&self.file(&format!("{name}.crt")), &self.file(&format!("{name}.key")))
    }
}
