//! TLS of a client: it trusts the certificates of a file, or any.

use std::{io, net::TcpStream, path::Path, sync::Arc};

use super::{Address, ClientError, Trust};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use sha2::{Digest, Sha256};

/// A stream with TLS over a socket, after the handshake, and the fingerprint of the server's certificate.
pub(super) fn encrypted(
    address: &Address,
    mut socket: TcpStream,
) -> Result<(StreamOwned<ClientConnection, TcpStream>, String), ClientError> {
    let (config, name) = tls_config(address)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    let digest = fingerprint(connection.peer_certificates());
    Ok((StreamOwned::new(connection, socket), digest))
}

/// The SHA-256 of a server's certificate, as the server prints it; empty without one.
pub fn fingerprint(certificates: Option<&[CertificateDer<'_>]>) -> String {
    let Some(first) = certificates.and_then(<[_]>::first) else { return String::new() };
    Sha256::digest(first).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// The configuration of TLS for an address, and the server's name for it.
///
/// # Errors
/// When the file of the certificate cannot be read, or the host is no name.
pub fn tls_config(address: &Address) -> io::Result<(ClientConfig, ServerName<'static>)> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let config = match address.trust() {
        Trust::Authority(file) => builder.with_root_certificates(roots(file)?),
        Trust::Plain | Trust::Anyone => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)))
        }
    }
    .with_no_client_auth();
    let name = ServerName::try_from(address.host().to_owned()).map_err(io::Error::other)?;
    Ok((config, name))
}

/// The certificates of a PEM file.
fn roots(authority: &Path) -> io::Result<RootCertStore> {
    let wrong = |error: &dyn std::fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{}: {error}", authority.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(authority).map_err(|error| wrong(&error))? {
        roots.add(certificate.map_err(|error| wrong(&error))?).map_err(|error| wrong(&error))?;
    }
    Ok(roots)
}

/// Accepts every certificate whose server has its key.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
