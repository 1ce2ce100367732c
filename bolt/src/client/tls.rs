//! TLS of a client that trusts one certificate.

use std::{io, net::TcpStream, path::Path, sync::Arc};

use super::ClientError;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

/// A stream with TLS over a socket.
pub(super) fn encrypted(
    host: &str,
    authority: &Path,
    socket: TcpStream,
) -> Result<StreamOwned<ClientConnection, TcpStream>, ClientError> {
    let (config, name) = tls_config(host, authority)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, socket))
}

/// The configuration of TLS that trusts the certificates of a PEM file, and the server's name for it.
///
/// # Errors
/// When the file cannot be read, or the host is no name.
pub fn tls_config(host: &str, authority: &Path) -> io::Result<(ClientConfig, ServerName<'static>)> {
    let wrong = |error: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{}: {error}", authority.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority).map_err(|error| wrong(&error))? {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok((config, name))
}
