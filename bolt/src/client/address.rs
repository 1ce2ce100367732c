//! Addresses of servers: `bolt://host:7687`, `bolt+s://host`, `bolt+ssc://host`.

use std::path::{Path, PathBuf};

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
    trust: Trust,
}

/// Whether a connection is encrypted, and which certificate is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// There is no encryption.
    Plain,
    /// The certificates of this PEM file.
    Authority(PathBuf),
    /// Any: who listens in the middle is not noticed, unless a person compares the fingerprint.
    Anyone,
}

impl Address {
    /// Reads `bolt://host:7687`, `bolt+s://host`, `bolt+ssc://host` or `host`. `authority` is the PEM file of a certificate to trust.
    ///
    /// # Errors
    /// A text that says what is wrong with the address.
    pub fn parse(text: &str, authority: Option<&Path>) -> Result<Address, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("bolt", text));
        let trust = match (scheme, authority) {
            ("bolt" | "neo4j", None) => Trust::Plain,
            ("bolt" | "neo4j", Some(_)) => return Err("--tls-ca is for bolt+s://".to_owned()),
            ("bolt+s" | "neo4j+s", Some(file)) => Trust::Authority(file.to_owned()),
            ("bolt+s" | "neo4j+s", None) => {
                return Err(
                    "bolt+s:// needs --tls-ca FILE, the certificate to trust; bolt+ssc:// accepts any and prints its fingerprint"
                        .to_owned(),
                );
            }
            ("bolt+ssc" | "neo4j+ssc", None) => Trust::Anyone,
            ("bolt+ssc" | "neo4j+ssc", Some(_)) => {
                return Err("bolt+ssc:// accepts any certificate; --tls-ca is for bolt+s://".to_owned());
            }
            _ => {
                return Err(format!(
                    "{scheme}:// is not supported; an address is bolt://HOST:7687, with TLS bolt+s:// or bolt+ssc://"
                ));
            }
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
        Ok(Address { host: host.to_owned(), port, trust })
    }

    /// The host's name or address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted, and what is trusted.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The same place with another trust.
    #[must_use]
    pub fn trusting(&self, trust: Trust) -> Address {
        Address { trust, ..self.clone() }
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
        assert_eq!(Address::parse("neo4j+ssc://x", None).unwrap().trust, Trust::Anyone);
        assert!(Address::parse("bolt+ssc://x", Some(Path::new("a.pem"))).is_err());
        assert!(read("bolt://x:y").unwrap_err().contains("y is no port"));
        assert!(read("bolt://").is_err());
    }
}
