//! A handshake that accepts every certificate, to see which one there is. Nothing is sent over what it opens.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, DigitallySignedStruct, Error, PeerIncompatible, ProtocolVersion,
    SignatureScheme,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Version;
use super::place::Host;

/// How TLS is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// With the first byte.
    Tls,
    /// After PostgreSQL's request for it.
    PostgreSql,
}

/// What a server showed.
#[derive(Debug)]
pub(super) struct Seen {
    /// Its certificates as it sent them, its own first; never empty.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// What both sides agreed on; `None` where they did not come so far.
    pub(super) version: Option<Version>,
    pub(super) cipher: String,
    /// Why the handshake did not come to its end, where it did not.
    pub(super) broken: Option<String>,
}

/// Why there is no certificate to look at.
#[derive(Debug)]
pub(super) enum Failed {
    /// It answered, and has no TLS.
    NoTls(String),
    /// It answered, and has nothing newer than TLS 1.1.
    TooOld(String),
    /// Nothing can be said about its TLS: it does not answer, or breaks off.
    Unknown(String),
}

/// Shakes hands with a host, and takes leave.
///
/// It ends when the future is dropped; how long it may take is the caller's to say.
pub(super) async fn with(host: &Host, speaks: Speaks) -> Result<Seen, Failed> {
    let mut stream = TcpStream::connect((host.address.as_str(), host.port)).await.map_err(unknown)?;
    if speaks == Speaks::PostgreSql {
        ask_postgresql(&mut stream).await?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let witness = Arc::new(Witness { chain: OnceLock::new(), provider: provider.clone() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unknown)?
        .dangerous()
        .with_custom_certificate_verifier(witness.clone())
        .with_no_client_auth();
    let mut tls = ClientConnection::new(Arc::new(config), host.name.clone()).map_err(unknown)?;
    let ended = shake(&mut stream, &mut tls).await;
    tls.send_close_notify();
    // The farewell, or why it ends; who is gone by now does not read it.
    let _ = flush(&mut stream, &mut tls).await;
    match (witness.chain.get(), ended) {
        (Some(chain), ended) => Ok(Seen {
            chain: chain.clone(),
            version: tls.protocol_version().and_then(version),
            cipher: tls.negotiated_cipher_suite().map_or(String::new(), |suite| format!("{:?}", suite.suite())),
            broken: ended.err().map(|broken| broken.to_string()),
        }),
        (None, Err(broken)) => Err(broken.into()),
        (None, Ok(())) => Err(Failed::Unknown("the server showed no certificate".into())),
    }
}

/// PostgreSQL's `SSLRequest`: its length, and a number that is no version of the protocol.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

async fn ask_postgresql(stream: &mut TcpStream) -> Result<(), Failed> {
    stream.write_all(&SSL_REQUEST).await.map_err(unknown)?;
    let mut answer = [0];
    stream.read_exact(&mut answer).await.map_err(|error| Failed::Unknown(format!("asked for TLS: {error}")))?;
    match answer[0] {
        b'S' => Ok(()),
        b'N' => Err(Failed::NoTls("the server answers that it has no TLS".into())),
        _ => Err(Failed::Unknown("asked for TLS, it answers with an error; is it PostgreSQL?".into())),
    }
}

/// Why a handshake broke off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the connection broke off in the handshake: {0}")]
    Wire(#[from] std::io::Error),
    #[error("the server closed the connection in the handshake")]
    Closed,
    #[error("{0}")]
    Tls(#[from] Error),
}

async fn shake(stream: &mut TcpStream, tls: &mut ClientConnection) -> Result<(), Broken> {
    let mut buffer = vec![0; 16 << 10];
    while tls.is_handshaking() {
        if tls.wants_write() {
            flush(stream, tls).await?;
            continue;
        }
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(Broken::Closed);
        }
        let mut received = &buffer[..count];
        while !received.is_empty() {
            tls.read_tls(&mut received)?;
            tls.process_new_packets()?;
        }
    }
    Ok(())
}

async fn flush(stream: &mut TcpStream, tls: &mut ClientConnection) -> std::io::Result<()> {
    let mut out = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut out)?;
    }
    stream.write_all(&out).await
}

/// Sees the certificates and accepts them. That the server has the key to its certificate is verified as ever.
#[derive(Debug)]
struct Witness {
    chain: OnceLock<Vec<CertificateDer<'static>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(own).chain(others).map(|certificate| certificate.clone().into_owned());
        self.chain.get_or_init(|| chain.collect());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl From<Broken> for Failed {
    fn from(broken: Broken) -> Failed {
        match &broken {
            Broken::Tls(Error::InvalidMessage(_)) => Failed::NoTls("it answers, and not in TLS".into()),
            Broken::Tls(
                Error::AlertReceived(AlertDescription::ProtocolVersion)
                | Error::PeerIncompatible(
                    PeerIncompatible::ServerDoesNotSupportTls12Or13
                    | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
                ),
            ) => Failed::TooOld("it refuses TLS 1.2 and TLS 1.3".into()),
            _ => Failed::Unknown(broken.to_string()),
        }
    }
}

fn unknown(error: impl std::fmt::Display) -> Failed {
    Failed::Unknown(error.to_string())
}

fn version(version: ProtocolVersion) -> Option<Version> {
    match version {
        ProtocolVersion::TLSv1_2 => Some(Version::V12),
        ProtocolVersion::TLSv1_3 => Some(Version::V13),
        _ => None,
    }
}
