//! Whom to trust, and what the verifier says of a certificate.

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use time::OffsetDateTime;

use super::super::authorities::Authorities;
use super::certificate::{Certificate, shown};

/// The authorities that are trusted.
#[derive(Debug)]
pub(super) struct Trust {
    roots: RootCertStore,
    /// Which these are, for the report.
    pub(super) words: String,
}

impl From<Authorities> for Trust {
    fn from(authorities: Authorities) -> Trust {
        let mut roots = RootCertStore::empty();
        // Each of them can be: that was looked at.
        roots.add_parsable_certificates(authorities.certificates().iter().cloned());
        Trust { roots, words: authorities.words }
    }
}

impl Trust {
    /// Whether a trusted authority stands behind the first certificate of a chain at that instant.
    ///
    /// # Errors
    /// What the verifier says.
    pub(super) fn signed(&self, chain: &[CertificateDer<'_>], at: OffsetDateTime) -> Result<(), Error> {
        let (own, others) = chain.split_first().ok_or(CertificateError::BadEncoding)?;
        let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| Error::FailedToGetCurrentTime)?;
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
        let own = ParsedCertificate::try_from(own)?;
        verify_server_cert_signed_by_trust_anchor(&own, &self.roots, others, at, algorithms.all)
    }
}

/// Whether the first certificate of a chain is made out to that name.
///
/// # Errors
/// What the verifier says.
pub(super) fn made_out_to(chain: &[CertificateDer<'_>], name: &ServerName<'_>) -> Result<(), Error> {
    let own = chain.first().ok_or(CertificateError::BadEncoding)?;
    verify_server_name(&ParsedCertificate::try_from(own)?, name)
}

/// Why a certificate is not accepted, in words.
pub(super) fn why(error: &Error, own: &Certificate) -> String {
    let Error::InvalidCertificate(reason) = error else { return error.to_string() };
    match reason {
        CertificateError::UnknownIssuer if own.is_signed_by_itself() => {
            "it is signed by itself, and not trusted".into()
        }
        other if is_of_authority(other) && own.is_signed_by_itself() => {
            "it is signed by itself, as that of an authority".into()
        }
        CertificateError::ExpiredContext { not_after, .. } if instant(*not_after) != shown(own.not_after) => {
            format!("of a certificate above it: {}", words(reason))
        }
        _ => words(reason),
    }
}

/// Why a server's certificate was not accepted, where that is what broke the connection.
pub(in super::super) fn reason(error: &Error) -> Option<String> {
    match error {
        Error::InvalidCertificate(reason) => Some(words(reason)),
        _ => None,
    }
}

fn words(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => {
            "no trusted authority signed it, or the server does not send the certificates between".into()
        }
        // The verifier says it without dates where these are in no order.
        CertificateError::Expired => "it ends before it begins".into(),
        CertificateError::ExpiredContext { not_after, .. } => format!("it is not valid after {}", instant(*not_after)),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("it is not valid before {}", instant(*not_before))
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("it is made out to {names}, not to {}", expected.to_str())
        }
        CertificateError::BadSignature => "its signature is not that of its authority".into(),
        other if is_of_authority(other) => "it is the certificate of an authority, and not one of a server".into(),
        other => other.to_string(),
    }
}

/// A name as people write it: the verifier says `DnsName("db.example")`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.map_or(name, |inner| inner.trim_matches('"'))
}

/// The verifier has no variant of its own for it.
fn is_of_authority(reason: &CertificateError) -> bool {
    matches!(reason, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}

fn instant(at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).map_or_else(|_| format!("{seconds} s after 1970"), shown)
}
