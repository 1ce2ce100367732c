//! Error responses: a status of HTTP, and a body with the code by which drivers decide what to do.

use hyper::{
    Response, StatusCode,
    header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value as Json, json};

use super::body::Body;
use crate::{auth::LoginError, failure::Failure};

/// Why a request failed.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) failure: Box<Failure>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A request that is not as the interface demands.
    pub(super) fn request(status: StatusCode, message: impl Into<String>) -> Self {
        Problem { status, failure: Failure::request(message).into(), header: None }
    }

    /// A body that is not as the interface demands.
    pub(super) fn body(message: impl Into<String>) -> Self {
        let failure = Failure::new("Neo.ClientError.Request.InvalidFormat", "08000", message);
        Problem { status: StatusCode::BAD_REQUEST, failure: failure.into(), header: None }
    }

    /// The path does not have the method.
    pub(super) fn method(allowed: &str) -> Self {
        let problem = Self::request(StatusCode::METHOD_NOT_ALLOWED, format!("this path takes {allowed}"));
        problem.with(ALLOW, allowed)
    }

    /// A failed login.
    pub(super) fn login(error: LoginError) -> Self {
        let failure = error.failure();
        match error {
            LoginError::Locked => {
                Problem { status: StatusCode::TOO_MANY_REQUESTS, failure: failure.into(), header: None }
                    .with(RETRY_AFTER, "5")
            }
            LoginError::Internal => {
                Problem { status: StatusCode::INTERNAL_SERVER_ERROR, failure: failure.into(), header: None }
            }
            LoginError::Wrong | LoginError::Scheme(_) => Problem::unauthorized(failure),
        }
    }

    /// A request without the login that it needs.
    pub(super) fn anonymous() -> Self {
        Self::unauthorized(Failure::new(
            "Neo.ClientError.Security.Unauthorized",
            "42NFF",
            "this needs a login: Authorization with Basic (user and password) or Bearer (token)",
        ))
    }

    fn unauthorized(failure: Failure) -> Self {
        let problem = Problem { status: StatusCode::UNAUTHORIZED, failure: failure.into(), header: None };
        problem.with(WWW_AUTHENTICATE, "Basic realm=\"WendDB\", charset=\"UTF-8\", Bearer")
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.header = HeaderValue::from_str(value).ok().map(|value| (name, value));
        self
    }

    /// The same problem with another status.
    pub(super) fn of_status(self, status: StatusCode) -> Self {
        Problem { status, ..self }
    }

    /// The response.
    pub(super) fn response(self) -> Response<Body> {
        let mut response = Body::json(self.status, &json!({"errors": errors(&self.failure)}));
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Problem { status: status(failure.code), failure: failure.into(), header: None }
    }
}

/// The member `errors` of a response.
pub(super) fn errors(failure: &Failure) -> Json {
    let mut error = json!({"code": failure.code, "message": failure.shown_message(), "gqlStatus": failure.gqlstatus});
    if let Some((offset, line, column)) = failure.position {
        error["position"] = json!({"offset": offset, "line": line, "column": column, "length": failure.length});
    }
    json!([error])
}

/// The status of HTTP for a code.
fn status(code: &str) -> StatusCode {
    let mut parts = code.split('.').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (_, Some("Security"), Some("Unauthorized")) => StatusCode::UNAUTHORIZED,
        (_, Some("Security"), Some("AuthenticationRateLimit")) => StatusCode::TOO_MANY_REQUESTS,
        (_, Some("Security"), _) => StatusCode::FORBIDDEN,
        (_, Some("Database"), Some("DatabaseNotFound")) => StatusCode::NOT_FOUND,
        (_, Some("Transaction"), Some("TransactionNotFound")) => StatusCode::NOT_FOUND,
        (_, Some("Transaction"), Some("Outdated" | "TransactionAccessedConcurrently")) => StatusCode::CONFLICT,
        (_, Some("Transaction"), Some("TransactionTimedOut")) => StatusCode::REQUEST_TIMEOUT,
        (Some("ClientError"), ..) => StatusCode::BAD_REQUEST,
        (Some("TransientError"), ..) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_status() {
        for (code, expected) in [
            ("Neo.ClientError.Statement.SyntaxError", 400),
            ("Neo.ClientError.Security.Unauthorized", 401),
            ("Neo.ClientError.Security.Forbidden", 403),
            ("Neo.ClientError.Database.DatabaseNotFound", 404),
            ("Neo.TransientError.Transaction.Outdated", 409),
            ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", 503),
            ("Neo.DatabaseError.General.UnknownError", 500),
        ] {
            assert_eq!(status(code).as_u16(), expected, "{code}");
        }
    }
}
