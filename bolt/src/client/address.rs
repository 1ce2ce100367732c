//! Addresses of servers: `bolt://host:7687`, `bolt+s://host`.

use std::path::{Path, PathBuf};

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    /// The file with the certificate to trust, when the connection is encrypted.
    authority: Option<PathBuf>,
}

impl Address {
    /// Reads `bolt://host:7687`, `bolt+s://host` or `host`. `authority` is the PEM file of a certificate to trust.
    ///
    /// # Errors
    /// A text that says what is wrong with the address.
    pub fn parse(text: &str, authority: Option<&Path>) -> Result<Address, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("bolt", text));
        let encrypted = match scheme {
            "bolt" | "neo4j" => false,
            "bolt+s" | "neo4j+s" => true,
            _ => {
                return Err(format!(
                    "{scheme}:// is not supported; an address is bolt://HOST:7687 or bolt+s://HOST:7687"
                ));
            }
        };
        let authority = match (encrypted, authority) {
            (true, Some(file)) => Some(file.to_owned()),
            (true, None) => return Err("bolt+s:// needs --tls-ca FILE, the certificate to trust".to_owned()),
            (false, Some(_)) => return Err("--tls-ca is for bolt+s://".to_owned()),
            (false, None) => None,
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && (!host.contains(':') || host.ends_with(']')) => {
                (host, port.parse().map_err(|_| format!("{port} is no port"))?)
            }
            _ => (rest, 7687),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err("an address is bolt://HOST:7687".to_owned());
        }
        Ok(Address { host: host.to_owned(), port, authority })
    }

    /// The host's name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file with the certificate to trust, when the connection is encrypted.
    pub fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text| Address::parse(text, None).map(|address| (address.host, address.port));
        for (text, host, port) in [
            ("bolt://example.org:1234", "example.org", 1234),
            ("bolt://127.0.0.1", "127.0.0.1", 7687),
            ("localhost:99/", "localhost", 99),
            ("bolt://[::1]:8", "::1", 8),
        ] {
            assert_eq!(read(text), Ok((host.to_owned(), port)));
        }
        assert!(read("http://x").unwrap_err().contains("http:// is not supported"));
        assert!(read("bolt+s://x").unwrap_err().contains("--tls-ca"));
        assert!(read("bolt://x:y").unwrap_err().contains("y is no port"));
        assert!(read("bolt://").is_err());
    }
}
