//! The page itself.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use crate::response_bytes::ResponseBytes;

/// Everything in one file. `{nonce}` stands where its script and its style name the nonce.
const PAGE: &str = include_str!("page.html");

/// Returns the page. It may run its own script and talk to its own server, and that is all: scripts from anywhere else do not run,
/// nothing is loaded, and the script itself cannot turn text into markup.
pub(super) fn document() -> ResponseBytes {
    let nonce = nonce();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    ResponseBytes::new(200, "text/html; charset=utf-8", PAGE.replace("{nonce}", &nonce).into_bytes())
        .with_header("Content-Security-Policy", &policy)
        .with_header("Cross-Origin-Opener-Policy", "same-origin")
}

/// Returns 128 bits that nobody can foresee: a keyed hash, whose keys come from the operating system.
fn nonce() -> String {
    let keys = RandomState::new();
    format!("{:016x}{:016x}", keys.hash_one(0), keys.hash_one(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_response_has_a_nonce_of_its_own() {
        assert_ne!(nonce(), nonce());
        assert_eq!(PAGE.matches("nonce=\"{nonce}\"").count(), 2);
        assert_eq!(PAGE.matches("{nonce}").count(), 2);
    }
}
