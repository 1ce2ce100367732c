//! Encrypted connections to PostgreSQL, as `sslmode` and `sslrootcert` of an address ask for them:
//! <https://www.postgresql.org/docs/current/libpq-ssl.html>.

use std::{
    error::Error as StdError,
    fmt::Display,
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use postgres::{
    Config, Socket,
    config::SslMode,
    tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream as RustlsStream,
    rustls::{
        self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
        client::{
            WebPkiServerVerifier,
            danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
            verify_server_name,
        },
        crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
        server::ParsedCertificate,
    },
};

use crate::error::{Error, ErrorKind, Result};

/// Where systems keep the certificates that they trust, as Go's crypto/x509 lists them.
const SYSTEM: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What an address says of encryption.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    mode: Mode,
    /// A PEM file with the certificates to trust; the system's without one.
    roots: Option<PathBuf>,
}

/// The values of `sslmode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    Disable,
    /// Where the server can.
    #[default]
    Prefer,
    /// Always, whoever the server is.
    Require,
    /// With a certificate that is trusted.
    VerifyAuthority,
    /// And that is for the host of the address.
    VerifyFull,
}

impl Wanted {
    /// Takes what it says of encryption out of an address.
    pub fn of(address: &str) -> Result<(String, Wanted)> {
        let (before, query) = address.split_once('?').unwrap_or((address, ""));
        let (mut wanted, mut others) = (Wanted::default(), Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "sslmode" => wanted.mode = mode(value)?,
                "sslrootcert" if value == "system" => wanted.roots = None,
                "sslrootcert" => wanted.roots = Some(PathBuf::from(decoded(value))),
                _ => others.push(pair),
            }
        }
        if wanted.mode == Mode::Require && wanted.roots.is_some() {
            // As libpq has it: whoever names certificates wants them looked at.
            wanted.mode = Mode::VerifyAuthority;
        }
        let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
        Ok((format!("{before}{query}"), wanted))
    }

    /// Says to the client when to encrypt, and gives what encrypts.
    pub fn apply(&self, config: &mut Config) -> Result<Tls> {
        let mode = match self.mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyAuthority | Mode::VerifyFull => SslMode::Require,
        };
        // What goes through a socket of the system stays within it, and servers do not encrypt it.
        #[cfg(unix)]
        let mode = match config.get_hosts() {
            [postgres::config::Host::Unix(_), ..] => SslMode::Disable,
            _ => mode,
        };
        config.ssl_mode(mode);
        let provider = Arc::new(ring::default_provider());
        let known = match self.mode {
            Mode::VerifyAuthority | Mode::VerifyFull => Some(Known::read(self.roots.as_deref(), &provider)?),
            _ => None,
        };
        let verifier = Verifier { provider: provider.clone(), known, name: self.mode == Mode::VerifyFull };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable("TLS", error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Tls(Arc::new(config)))
    }
}

fn mode(value: &str) -> Result<Mode> {
    Ok(match value {
        "disable" => Mode::Disable,
        "allow" | "prefer" => Mode::Prefer,
        "require" => Mode::Require,
        "verify-ca" => Mode::VerifyAuthority,
        "verify-full" => Mode::VerifyFull,
        other => {
            let message = format!("the address of the PostgreSQL server is wrong: there is no sslmode={other}");
            return Err(Error::new(ErrorKind::Usage, "42000", message)
                .with_hint("disable, prefer (the default), require, verify-ca or verify-full"));
        }
    })
}

/// A text of a URL in which `%2F` stands for `/`.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn unusable(what: impl Display, error: impl Display) -> Error {
    Error::new(ErrorKind::Io, "08000", format!("{what} cannot be used: {error}"))
}

/// Certificates that are trusted.
#[derive(Debug)]
struct Known {
    certificates: Vec<CertificateDer<'static>>,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Known {
    fn read(file: Option<&Path>, provider: &Arc<CryptoProvider>) -> Result<Known> {
        let found = file.or_else(|| SYSTEM.iter().map(Path::new).find(|path| path.is_file())).ok_or_else(|| {
            let message = "no certificates of the system were found, by which the server could be verified";
            Error::new(ErrorKind::Io, "08000", message).with_hint("sslrootcert=FILE names those to trust, in PEM")
        })?;
        let wrong = |error: &dyn Display| unusable(found.display(), error);
        let certificates = CertificateDer::pem_file_iter(found)
            .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
            .map_err(|error| wrong(&error))?;
        let mut roots = RootCertStore::empty();
        // Of a system's hundreds some may be of kinds that are not known here; a file that was named has to be right.
        let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if added == 0 || file.is_some() && added < certificates.len() {
            return Err(wrong(&"it has no certificates in PEM, or some that cannot be read"));
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        Ok(Known { certificates, verifier: verifier.build().map_err(|error| wrong(&error))? })
    }
}

/// Looks at the certificate of a server as far as the mode says.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    known: Option<Known>,
    /// Whether it has to be for the host.
    name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(known) = &self.known else { return Ok(ServerCertVerified::assertion()) };
        // A server's own certificate, which often signs itself, may be what is trusted.
        if known.certificates.contains(end_entity) {
            if self.name {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        // The name is looked at last.
        match known.verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Makes encrypted connections.
pub(super) struct Tls(Arc<ClientConfig>);

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = Handshake;
    type Error = Box<dyn StdError + Send + Sync>;

    fn make_tls_connect(&mut self, domain: &str) -> std::result::Result<Handshake, Self::Error> {
        // A socket of the system has no name. The client asks for a handshake there too, which it never makes.
        let name = if domain.is_empty() { "localhost" } else { domain };
        Ok(Handshake(self.0.clone(), ServerName::try_from(name.to_owned())?))
    }
}

/// A handshake about to be made.
pub(super) struct Handshake(Arc<ClientConfig>, ServerName<'static>);

impl TlsConnect<Socket> for Handshake {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move { Ok(Encrypted(TlsConnector::from(self.0).connect(self.1, stream).await?)) })
    }
}

/// An encrypted connection.
pub(super) struct Encrypted(RustlsStream<Socket>);

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_how_it_is_encrypted() {
        let of = |address: &str| Wanted::of(address).map_err(|error| error.to_string());
        let wanted = |mode, roots: Option<&str>| Wanted { mode, roots: roots.map(PathBuf::from) };
        for (address, left, expected) in [
            ("postgresql://u@h/d", "postgresql://u@h/d", wanted(Mode::Prefer, None)),
            ("postgresql://h/d?sslmode=disable", "postgresql://h/d", wanted(Mode::Disable, None)),
            (
                "postgresql://h/d?connect_timeout=3&sslmode=require&options=-c%20x",
                "postgresql://h/d?connect_timeout=3&options=-c%20x",
                wanted(Mode::Require, None),
            ),
            (
                "postgresql://h?sslrootcert=%2Fa%20b.pem&sslmode=require",
                "postgresql://h",
                wanted(Mode::VerifyAuthority, Some("/a b.pem")),
            ),
            ("postgresql://h?sslmode=verify-full&sslrootcert=system", "postgresql://h", wanted(Mode::VerifyFull, None)),
        ] {
            assert_eq!(of(address), Ok((left.to_owned(), expected)), "{address}");
        }
        let mut socket: Config = "postgresql://u@%2Frun%2Fpostgresql/d".parse().unwrap();
        let mut tls = Wanted::default().apply(&mut socket).unwrap();
        assert_eq!(socket.get_ssl_mode(), SslMode::Disable);
        assert!(MakeTlsConnect::make_tls_connect(&mut tls, "").is_ok());
        assert!(of("postgresql://h?sslmode=verify").unwrap_err().contains("there is no sslmode=verify"));
    }
}
