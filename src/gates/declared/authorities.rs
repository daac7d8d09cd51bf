//! The authorities that stand behind certificates: those of a file, else those that the system trusts. The driver of the
//! database and every probe trust the same.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::kind::Unmeasured;

/// The authorities that are trusted: one at least.
#[derive(Debug, Clone)]
pub(super) struct Authorities {
    certificates: Vec<CertificateDer<'static>>,
    /// Which these are, for the report.
    pub(super) words: String,
}

impl Authorities {
    /// Those of a PEM file, and no others; `shown` is what the report calls it.
    ///
    /// # Errors
    /// Where it cannot be read, or something in it is no certificate of an authority.
    pub(super) async fn of_file(path: &Path, shown: String) -> Result<Authorities, Unmeasured> {
        let refused = |problem: &dyn std::fmt::Display| {
            Unmeasured::new(format!("{shown}: {problem}")).remedy("correct ca or sslrootcert, or bring the file there")
        };
        let pem = tokio::fs::read(path).await.map_err(|error| refused(&error))?;
        let read = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
        let certificates = read.map_err(|error| refused(&error))?;
        for certificate in &certificates {
            RootCertStore::empty().add(certificate.clone()).map_err(|error| refused(&error))?;
        }
        if certificates.is_empty() {
            return Err(refused(&"there is no certificate in it"));
        }
        Ok(Authorities { certificates, words: shown })
    }

    /// Those that the system trusts.
    ///
    /// # Errors
    /// Where it has none.
    pub(super) async fn of_system() -> Result<Authorities, Unmeasured> {
        // They are many small files on some systems.
        let found = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await;
        let found = found.map_err(|error| Unmeasured::new(format!("the system's authorities: {error}")))?;
        // One that cannot be read is trusted by nobody; the others are.
        let is_readable =
            |certificate: &CertificateDer<'static>| RootCertStore::empty().add(certificate.clone()).is_ok();
        let certificates: Vec<_> = found.certs.into_iter().filter(is_readable).collect();
        if certificates.is_empty() {
            let why = found.errors.first().map_or(String::new(), |error| format!(": {error}"));
            return Err(Unmeasured::new(format!("the system trusts no authority{why}"))
                .remedy("install its certificates, or name those to trust: ca = \"authorities.pem\""));
        }
        Ok(Authorities { certificates, words: "the system's authorities".into() })
    }

    /// Their certificates.
    pub(super) fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }
}
