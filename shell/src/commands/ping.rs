//! `wend ping [ADDRESS]`: whether a server is ready, for health checks of containers and services.

use std::{
    io::{self, Write},
    time::Duration,
};

use wend_bolt::client::{Address, ClientError, Trust};
use wend_server::ping::{Answer, ping};

use crate::{args::PingArgs, stop::Stop};

/// Where a server listens unless it is told otherwise, and the variable that tells it.
const USUAL: &str = "127.0.0.1:7687";
const LISTEN: &str = "WEND_LISTEN";

/// Runs the command: 0 when the server is ready, 1 when it is not, or not there.
pub fn run(args: &PingArgs) -> Result<(), Stop> {
    let asked = args.address.clone().or_else(|| std::env::var(LISTEN).ok()).unwrap_or_else(|| USUAL.to_owned());
    let mut tries = places(&asked, args).map_err(|problem| Stop::usage(problem, ""))?;
    if encrypted_here() {
        // The more likely way first: a server logs what it refuses.
        tries.reverse();
    }
    let patience = Duration::from_secs(args.timeout.into());
    let mut said = None;
    for place in &tries {
        match ping(place, patience) {
            Ok(Answer { ready: true, .. }) => {
                let mut out = io::stdout().lock();
                writeln!(out, "ready")?;
                return Ok(out.flush()?);
            }
            Ok(Answer { status, .. }) => {
                eprintln!("{asked} is not ready: {status}");
                return Err(Stop::Failed);
            }
            Err(error) => {
                let nobody =
                    matches!(&error, ClientError::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused);
                said.get_or_insert(error);
                if nobody {
                    break;
                }
            }
        }
    }
    let why = said.map_or_else(String::new, |error| format!(": {error}"));
    eprintln!("{asked} does not answer{why}");
    Err(Stop::Failed)
}

/// Whether the environment, as a container shares it with its server, says that there is TLS.
fn encrypted_here() -> bool {
    ["WEND_TLS_SELF_SIGNED", "WEND_TLS_CERT"].iter().any(|name| std::env::var_os(name).is_some())
}

/// The ways to reach an address. Without a scheme that says so it is not known whether there is TLS: both are tried. Nothing
/// secret is sent, so that any certificate will do unless one is given.
fn places(asked: &str, args: &PingArgs) -> Result<Vec<Address>, String> {
    let authority = args.tls_ca.as_deref();
    let (scheme, rest) = asked.split_once("://").unwrap_or(("wend", asked));
    let rest = rest.split('/').next().unwrap_or_default();
    // A server that listens everywhere is asked here.
    let rest = match rest.strip_prefix("0.0.0.0").or_else(|| rest.strip_prefix("[::]")) {
        Some(port) => format!("127.0.0.1{port}"),
        None => rest.to_owned(),
    };
    let with = |scheme: &str| Address::parse(&format!("{scheme}://{rest}"), authority);
    let plain = || Address::parse(&format!("bolt://{rest}"), None);
    let encrypted = || match authority {
        Some(file) => plain().map(|address| address.trusting(Trust::Authority(file.to_owned()))),
        None => plain().map(|address| address.trusting(Trust::Anyone)),
    };
    match scheme {
        "wend" if authority.is_none() => Ok(vec![plain()?, encrypted()?]),
        "wend" | "https" | "wend+s" => Ok(vec![encrypted()?]),
        "http" if authority.is_some() => Err("--tls-ca is for https://".to_owned()),
        "http" => Ok(vec![plain()?]),
        _ => Ok(vec![with(scheme)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_all_forms() {
        let args = PingArgs { address: None, tls_ca: None, timeout: 5 };
        let read = |text: &str| -> Result<Vec<(String, u16, bool)>, String> {
            let places = places(text, &args)?;
            let place = |place: &Address| (place.host().to_owned(), place.port(), place.trust() == &Trust::Plain);
            Ok(places.iter().map(place).collect())
        };
        let local = |port, plain| ("127.0.0.1".to_owned(), port, plain);
        assert_eq!(read("127.0.0.1:99").unwrap(), [local(99, true), local(99, false)]);
        assert_eq!(read("wend://127.0.0.1").unwrap(), [local(7687, true), local(7687, false)]);
        assert_eq!(read("0.0.0.0:7").unwrap(), [local(7, true), local(7, false)]);
        assert_eq!(read("[::]:7").unwrap()[0], local(7, true));
        assert_eq!(read("http://127.0.0.1:7/health/ready").unwrap(), [local(7, true)]);
        assert_eq!(read("https://127.0.0.1:7").unwrap(), [local(7, false)]);
        assert_eq!(read("bolt+ssc://127.0.0.1:7").unwrap(), [local(7, false)]);
        assert!(read("ftp://x").is_err() && read("bolt+s://x").is_err() && read("").is_err());
    }
}
