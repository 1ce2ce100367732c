//! Protection against foreign web pages (DNS rebinding, cross-site requests): allowed names of the server, allowed
//! origins, and allowed media types of bodies.

use std::net::{IpAddr, Ipv6Addr};

use hyper::{
    HeaderMap, Request, StatusCode,
    header::{CONTENT_TYPE, HOST, HeaderValue, ORIGIN},
};

use super::problem::Problem;
use crate::shared::Shared;

/// Refuses requests that a foreign web page may have caused. Gives the origin that may read the response.
pub(super) fn check<B>(request: &Request<B>, shared: &Shared) -> Result<Option<HeaderValue>, Problem> {
    let refuse = |status, message: String| Err(Problem::request(status, message));
    // DNS rebinding: a browser sends the name by which it found this address as Host. An unknown name is one that an
    // attacker has pointed to this address.
    let mut hosts = request.headers().get_all(HOST).iter();
    let named = (request.uri().authority(), hosts.next(), hosts.next());
    let host = match named {
        (None, Some(host), None) => host.to_str().ok(),
        // A request line with a full URL must have the same host.
        (Some(authority), Some(host), None) if host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) => {
            Some(authority.as_str())
        }
        _ => None,
    };
    let Some((host, name)) = host.and_then(|host| Some((host, host_name(host)?))) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "a request names one Host, as NAME, NAME:PORT or [ADDRESS]:PORT".to_owned(),
        );
    };
    let advertised = shared.advertised.as_deref().and_then(host_name);
    let known = is_own(name)
        || advertised.is_some_and(|advertised| advertised.eq_ignore_ascii_case(name))
        || shared.allowed_hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
    if !known {
        let name: String = name.chars().take(100).collect();
        return refuse(
            StatusCode::MISDIRECTED_REQUEST,
            format!("this server does not go by the name {name}; --allowed-hosts names more"),
        );
    }
    let Some(origin) = request.headers().get(ORIGIN) else { return Ok(None) };
    let text = origin.to_str().unwrap_or("");
    let listed = shared.allowed_origins.iter().any(|known| known.eq_ignore_ascii_case(text));
    let same = text.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host));
    if !listed && !same {
        return refuse(
            StatusCode::FORBIDDEN,
            "this page may not ask here; --allowed-origins names those that may".to_owned(),
        );
    }
    Ok(listed.then(|| origin.clone()))
}

/// `host` of `host` and `host:port`, `::1` of `[::1]` and `[::1]:port`; `None` for anything else. The parser is strict:
/// a host that two programs read differently would pass the guard.
fn host_name(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            (address, rest.strip_prefix(':').or(rest.is_empty().then_some(""))?)
        }
        None => host.split_once(':').unwrap_or((host, "")),
    };
    let in_names = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let is_name = !name.is_empty() && (host.starts_with('[') || name.chars().all(in_names));
    let is_port = port.chars().all(|digit| digit.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok());
    (is_name && is_port).then_some(name)
}

/// An IP address cannot be pointed elsewhere, and `localhost` is always this machine.
fn is_own(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// Checks the media type of a body. For a type that a plain HTML form cannot send, a browser first sends a preflight.
pub(super) fn content_type(headers: &HeaderMap, takes: &[&'static str]) -> Result<&'static str, Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = given.split(';').next().unwrap_or("").trim();
    // `application/vnd.neo4j.query.v1.0` is the same type with a version.
    let kind = kind.split(".v1.").next().unwrap_or(kind);
    takes.iter().copied().find(|known| known.eq_ignore_ascii_case(kind)).ok_or_else(|| {
        let message = format!("the Content-Type of the body has to be {}", takes.join(" or "));
        Problem::request(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names() {
        for (host, name, own) in [
            ("127.0.0.1:7687", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("[::1]:7687", "::1", true),
            ("[::1]", "::1", true),
            ("LOCALHOST", "LOCALHOST", true),
            ("localhost:", "localhost", true),
            ("evil.example:7687", "evil.example", false),
            ("localhost.evil.example", "localhost.evil.example", false),
            ("localhost.", "localhost.", false),
            ("127.1", "127.1", false),
            ("0x7f.0.0.1", "0x7f.0.0.1", false),
            ("127.0.0.1.evil.example", "127.0.0.1.evil.example", false),
        ] {
            assert_eq!(host_name(host), Some(name), "{host}");
            assert_eq!(is_own(name), own, "{host}");
        }
        for host in [
            "",
            ":7687",
            "[::1]evil",
            "[::1].evil.example",
            "[::1]:7687evil",
            "[::1]:evil",
            "[::1]:7687:1",
            "[::1",
            "[]",
            "[127.0.0.1]",
            "[::1%25eth0]",
            "::1",
            "127.0.0.1:80@evil.example",
            "127.0.0.1@evil.example",
            "evil.example#@localhost",
            "localhost:99999",
            "localhost:80:80",
            "localhost evil",
            "localhost,evil",
            "localhost/evil",
            "localhost\t",
        ] {
            assert_eq!(host_name(host), None, "{host}");
        }
    }

    #[test]
    fn bodies_are_of_a_known_type() {
        let json = super::super::route::JSON;
        let kind = |text: &'static str| {
            content_type(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(text))]), json)
        };
        assert_eq!(kind("application/json; charset=utf-8").unwrap(), "application/json");
        assert_eq!(kind("application/vnd.neo4j.query.v1.0").unwrap(), "application/vnd.neo4j.query");
        for wrong in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
        {
            assert_eq!(kind(wrong).unwrap_err().status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        assert!(content_type(&HeaderMap::new(), json).is_err());
    }
}
