//! TLS: certificates from files, which can be reloaded, or self-signed by the server.

use std::{
    fs,
    io::{self, Write},
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use parking_lot::RwLock;
use sha2::{Digest, Sha256};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The files of certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, as PEM: the server's certificate first.
    pub certificate: PathBuf,
    /// The private key, as PEM.
    pub key: PathBuf,
}

/// Which connections are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// All of them; connections without TLS are refused.
    Required,
    /// Those whose client begins with TLS; others are served without.
    Optional,
}

/// Accepts encrypted connections.
pub(crate) struct Tls {
    pub(crate) mode: TlsMode,
    files: TlsFiles,
    acceptor: RwLock<TlsAcceptor>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("mode", &self.mode).field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files.
    pub(crate) fn new(mode: TlsMode, files: TlsFiles) -> io::Result<Self> {
        let acceptor = RwLock::new(acceptor(&files)?);
        Ok(Tls { mode, files, acceptor })
    }

    /// Reloads the files. Open connections keep the old certificate.
    pub(crate) fn reload(&self) {
        match acceptor(&self.files) {
            Ok(new) => {
                *self.acceptor.write() = new;
                tracing::info!("the certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the certificate was not read again; the old one stays"),
        }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.read().clone()
    }
}

fn invalid(what: &str, path: &Path, error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{what} {}: {error}", path.display()))
}

fn acceptor(files: &TlsFiles) -> io::Result<TlsAcceptor> {
    let certificates = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| invalid("the certificate", &files.certificate, error))?;
    if certificates.is_empty() {
        return Err(invalid("the certificate", &files.certificate, "there is none in the file"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| invalid("the key", &files.key, error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| invalid("the certificate", &files.certificate, error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Makes a self-signed certificate for names and addresses, unless the files exist. Gives its SHA-256 fingerprint, by
/// which a person can verify it.
///
/// # Errors
/// When the files cannot be written or read.
pub fn self_signed(files: &TlsFiles, address: IpAddr) -> io::Result<String> {
    if !files.certificate.exists() || !files.key.exists() {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        if !address.is_loopback() && !address.is_unspecified() {
            names.push(address.to_string());
        }
        let made = rcgen::generate_simple_self_signed(names).map_err(io::Error::other)?;
        if let Some(folder) = files.key.parent() {
            fs::create_dir_all(folder)?;
        }
        write_secret(&files.key, &made.signing_key.serialize_pem())?;
        fs::write(&files.certificate, made.cert.pem())?;
    }
    let certificate = CertificateDer::from_pem_file(&files.certificate)
        .map_err(|error| invalid("the certificate", &files.certificate, error))?;
    let digest = Sha256::digest(&certificate);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":"))
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
