//! What goes back over the wire.

use http::StatusCode;
use serde::Serialize;

/// A whole response, and how much of it is sent.
#[derive(Clone, Debug)]
pub(crate) struct ResponseBytes {
    pub(crate) status: u16,
    /// The name of the problem that it tells, if it has one.
    pub(crate) problem: Option<&'static str>,
    content_type: &'static str,
    /// Header lines, each with its end.
    more_headers: String,
    body: Vec<u8>,
    /// Whether the body ends with the connection instead of after a length.
    endless: bool,
    /// Whether only half of the body is sent before the connection is closed.
    pub(crate) cut: bool,
}

/// A problem document in the order in which the API's documents print it.
#[derive(Serialize)]
struct ProblemBody<'a> {
    r#type: String,
    title: String,
    detail: &'a str,
    status: u16,
}

impl ResponseBytes {
    pub(crate) fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, problem: None, content_type, more_headers: String::new(), body, endless: false, cut: false }
    }

    /// Creates the beginning of a response that ends with its connection.
    pub(crate) fn endless(content_type: &'static str) -> Self {
        Self { endless: true, ..Self::new(200, content_type, Vec::new()) }
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.more_headers += &format!("{name}: {value}\r\n");
        self
    }

    /// Creates a response with a body of JSON.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        // Texts, numbers, booleans and lists always serialize, and nothing else is given.
        Self::new(status, "application/json", serde_json::to_vec(body).unwrap_or_default())
    }

    /// Creates the problem document of a documented problem, or one of `about:blank` if it has no name.
    pub(crate) fn problem(status: u16, name: &'static str, detail: &str) -> Self {
        let (r#type, title) = if name.is_empty() {
            ("about:blank".to_owned(), reason(status).to_owned())
        } else {
            let definitions = "https://api.bambora.com/definitions/payments";
            (format!("{definitions}/{name}"), sentence(name))
        };
        let body = ProblemBody { r#type, title, detail, status };
        let problem = Some(name).filter(|name| !name.is_empty());
        Self { problem, content_type: "application/problem+json", ..Self::json(status, &body) }
    }

    pub(crate) fn bad_request(detail: &str) -> Self {
        Self::problem(400, "", detail)
    }

    pub(crate) fn blocked() -> Self {
        let detail = "The payment is being modified by another request.";
        Self::problem(409, "payment_operation_blocked", detail)
    }

    /// Creates the page of a gateway.
    pub(crate) fn html(status: u16) -> Self {
        let page = b"<html><h1>Gateway</h1></html>".to_vec();
        Self::new(status, "text/html", page)
    }

    pub(crate) fn throttled() -> Self {
        Self::html(429).with_header("Retry-After", "1")
    }

    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// Returns the bytes; without the body if the request was a HEAD.
    pub(crate) fn to_bytes(&self, close: bool, head_only: bool) -> Vec<u8> {
        let length = if self.endless { String::new() } else { format!("Content-Length: {}\r\n", self.body.len()) };
        let mut bytes = format!(
            "HTTP/1.1 {} {}\r\nContent-Type: {}\r\n{length}{}{}\r\n",
            self.status,
            reason(self.status),
            self.content_type,
            self.more_headers,
            if close { "Connection: close\r\n" } else { "" },
        )
        .into_bytes();
        let sent = match (head_only, self.cut) {
            (true, _) => 0,
            (false, true) => self.body.len() / 2,
            (false, false) => self.body.len(),
        };
        bytes.extend(self.body.iter().take(sent));
        bytes
    }
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

/// Turns `payment_not_found` into `Payment not found`.
fn sentence(name: &str) -> String {
    let mut sentence = name.replace('_', " ");
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}
