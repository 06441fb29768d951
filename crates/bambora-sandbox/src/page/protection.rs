//! Headers of every response of the page and its API.

use crate::response_bytes::ResponseBytes;

/// They keep a browser from storing a response, from taking it for something else, and from letting another website embed it.
const HEADERS: [(&str, &str); 4] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
];

pub(super) fn protected(response: ResponseBytes) -> ResponseBytes {
    HEADERS.into_iter().fold(response, |response, (name, value)| response.with_header(name, value))
}
