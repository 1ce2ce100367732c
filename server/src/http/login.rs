//! Logins over HTTP: every request has its own credentials.

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use wenddb::host::Host;

use super::problem::Problem;
use crate::{
    auth::{Auth, Credentials, LoginError, User},
    shared::{Peer, Shared},
};

/// Authenticates a request.
pub(super) async fn login(headers: &HeaderMap, shared: &Shared, peer: &Peer) -> Result<User, Problem> {
    let header = headers.get(AUTHORIZATION);
    let credentials = match header {
        Some(header) => credentials(header.as_bytes())?,
        None if matches!(shared.auth, Auth::Off) => {
            Credentials { scheme: "none".to_owned(), principal: String::new(), secret: String::new() }
        }
        None => return Err(Problem::anonymous()),
    };
    // A change of users makes the cached logins invalid.
    let version = shared.database.users_version();
    let kept = header.filter(|_| credentials.scheme == "basic" && !matches!(shared.auth, Auth::Off));
    let digest = kept.map(|header| shared.known_logins.digest(header.as_bytes()));
    if let Some(user) = digest.as_ref().and_then(|digest| shared.known_logins.get(digest, version)) {
        return Ok(user);
    }
    let checked = shared.auth.login(&shared.pool, credentials, peer.client.ip()).await;
    match checked {
        Ok(user) => {
            if let Some(digest) = digest {
                shared.known_logins.put(digest, version, user.clone());
            }
            Ok(user)
        }
        Err(error) => {
            shared.metrics.login_failed();
            Err(Problem::login(error))
        }
    }
}

/// Decodes the header `Authorization: Basic ...` or `Bearer ...`.
fn credentials(header: &[u8]) -> Result<Credentials, Problem> {
    let malformed = || {
        let message = "Authorization is \"Basic \" and user:password in base64, or \"Bearer \" and a token";
        Problem::request(StatusCode::BAD_REQUEST, message)
    };
    let text = std::str::from_utf8(header).map_err(|_| malformed())?;
    let (scheme, rest) = text.split_once(' ').ok_or_else(malformed)?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Credentials { scheme: "bearer".to_owned(), principal: String::new(), secret: rest.to_owned() });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(Problem::login(LoginError::Scheme(scheme.chars().take(50).collect())));
    }
    let decoded = STANDARD.decode(rest).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(malformed)?;
    let (principal, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    Ok(Credentials { scheme: "basic".to_owned(), principal: principal.to_owned(), secret: secret.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let read = credentials(b"Basic YW5uOnM6ZWNyZXQ=").ok().unwrap();
        assert_eq!((read.scheme.as_str(), read.principal.as_str(), read.secret.as_str()), ("basic", "ann", "s:ecret"));
        assert_eq!(credentials(b"bearer wend_x").ok().unwrap().secret, "wend_x");
        for (header, status) in [
            (&b"Basic"[..], 400),
            (b"Basic !!!", 400),
            (b"Basic YW5u", 400),
            (b"Basic \xff\xff", 400),
            (b"Digest x", 401),
        ] {
            assert_eq!(credentials(header).err().unwrap().status.as_u16(), status);
        }
    }
}
