//! Logins.
#![allow(dead_code, reason = "logins with a password follow")]

use std::net::IpAddr;

use wenddb::Role;

use crate::pool::Pool;

/// What a client says to be let in.
pub(crate) struct Credentials {
    pub(crate) scheme: String,
    pub(crate) principal: String,
    pub(crate) secret: String,
}

/// Who was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// Why a client was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LoginError {
    /// User or password is wrong; which of them is not said.
    Wrong,
    /// Too many logins failed.
    Locked,
    /// A way of login that is not known.
    Scheme(String),
    /// A bug.
    Internal,
}

/// How clients are let in.
#[derive(Debug)]
pub(crate) enum Auth {
    /// Whoever comes.
    Off,
}

impl Auth {
    /// Lets a client in, or not.
    pub(crate) async fn login(&self, _: &Pool, credentials: Credentials, _: IpAddr) -> Result<User, LoginError> {
        match self {
            Auth::Off => {
                let name = Some(credentials.principal).filter(|name| !name.is_empty());
                Ok(User { name: name.unwrap_or_else(|| "anonymous".to_owned()), role: Role::Admin })
            }
        }
    }
}
