//! The page itself.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use crate::response_bytes::ResponseBytes;

/// The page, into which its style and its script are put: it is sent as one document, which loads nothing.
const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Returns the page. It may run its own script and talk to its own server, and that is all: scripts from anywhere else do not run,
/// nothing is loaded, and the script itself cannot turn text into markup.
pub(super) fn document() -> ResponseBytes {
    let nonce = nonce();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let page = PAGE.replace("{nonce}", &nonce).replace("{style}", STYLE).replace("{script}", SCRIPT);
    ResponseBytes::new(200, "text/html; charset=utf-8", page.into_bytes())
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
    fn every_page_has_a_nonce_of_its_own_for_its_script_and_its_style() {
        assert_ne!(nonce(), nonce());
        for (slot, part) in [("style", STYLE), ("script", SCRIPT)] {
            assert!(PAGE.contains(&format!("<{slot} nonce=\"{{nonce}}\">\n{{{slot}}}</{slot}>")), "{slot}");
            assert!(!part.contains(&format!("</{slot}")), "{slot}");
        }
    }

    #[test]
    fn nothing_makes_markup_of_a_text_and_nothing_is_loaded() {
        for maker in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "srcdoc"]
        {
            assert!(!SCRIPT.contains(maker), "{maker}");
        }
        for part in [PAGE, STYLE, SCRIPT] {
            assert!(!part.replace("http://www.w3.org/2000/svg", "").contains("://"), "a resource from elsewhere");
        }
    }
}
