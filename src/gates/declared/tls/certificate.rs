//! What a certificate says of itself: for whom, by whom, from when until when.

use std::fmt;

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_cert::der::Decode;
use x509_cert::name::Name;
use x509_cert::time::Time;

/// What a certificate says of itself. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Certificate {
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn read(der: &CertificateDer<'_>) -> Result<Certificate, String> {
        let refused = |error: &dyn fmt::Display| format!("the certificate cannot be read: {error}");
        let whole = x509_cert::Certificate::from_der(der).map_err(|error| refused(&error))?;
        let said = whole.tbs_certificate();
        Ok(Certificate {
            subject: words(said.subject()),
            issuer: words(said.issuer()),
            not_before: instant(said.validity().not_before).map_err(|error| refused(&error))?,
            not_after: instant(said.validity().not_after).map_err(|error| refused(&error))?,
        })
    }

    pub(super) fn is_signed_by_itself(&self) -> bool {
        self.subject == self.issuer
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, issued by {}", self.subject, self.issuer)
    }
}

/// An instant as reports show it.
pub(super) fn shown(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// A certificate without a subject is a good one where it has names beside it.
fn words(name: &Name) -> String {
    if name.is_empty() { "(no subject)".into() } else { name.to_string() }
}

fn instant(time: Time) -> Result<OffsetDateTime, time::Error> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Ok(OffsetDateTime::from_unix_timestamp(seconds)?)
}
