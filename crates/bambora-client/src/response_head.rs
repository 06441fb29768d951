//! Which heads of a response are trusted.

use http::header::TRANSFER_ENCODING;
use http::{HeaderMap, StatusCode, Version};

use crate::failure::Failure;

/// Checks that a response's head says what HTTP/1.1 allows: a final status from 200 to 599, and no `Transfer-Encoding` in
/// HTTP/1.0, which knows no chunks (a library may return the chunks' own lines as the body).
///
/// # Errors
///
/// [`Failure::UntrustedHead`].
pub fn check_response_head(status: StatusCode, version: Version, headers: &HeaderMap) -> Result<(), Failure> {
    let framing_is_untrusted = version < Version::HTTP_11 && headers.contains_key(TRANSFER_ENCODING);
    match status.as_u16() {
        200..=599 if !framing_is_untrusted => Ok(()),
        _ => Err(Failure::UntrustedHead),
    }
}
