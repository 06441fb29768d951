//! What requests for the JSON API bring, and how it says no.

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::logged_request::LoggedRequest;
use crate::response_bytes::ResponseBytes;

/// Creates a response that says what is wrong with a request.
pub(super) fn problem(status: u16, error: &str) -> ResponseBytes {
    ResponseBytes::json(status, &json!({ "error": error }))
}

/// Creates a response to a request that is at fault.
pub(super) fn bad_request(error: &str) -> ResponseBytes {
    problem(400, error)
}

/// Reads a body that is a JSON object. No body is an empty object.
pub(super) fn body<T: DeserializeOwned>(request: &LoggedRequest) -> Result<T, ResponseBytes> {
    if request.is_body_truncated() {
        return Err(problem(413, "The body is too long."));
    }
    let body = if request.body.is_empty() { b"{}" } else { request.body.as_slice() };
    // Serde reads the members of a struct from an array, too.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(bad_request("The body is not a JSON object."));
    }
    serde_json::from_slice(body).map_err(|error| bad_request(&format!("The body is not as it should be: {error}")))
}

/// Returns the value of a query parameter, empty if it is not there.
pub(super) fn parameter(request: &LoggedRequest, name: &str) -> String {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value);
    // Forms have a plus sign for a space.
    percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Returns a query parameter that is a number, `None` if it is not there.
pub(super) fn number(request: &LoggedRequest, name: &str) -> Result<Option<usize>, ResponseBytes> {
    let text = parameter(request, name);
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| bad_request(&format!("{name} is not a number.")))
}
