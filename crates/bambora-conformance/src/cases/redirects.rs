//! Redirects, which are responses like any other. A transport that follows one turns a POST into a GET, or sends the credentials
//! elsewhere.

use crate::case::Case;
use crate::expect;
use crate::fixture::TRAP;
use crate::server::script::{reply, response};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in [300, 301, 302, 303, 307, 308] {
        for (variant, location) in [
            ("same", "/elsewhere/".to_owned()),
            ("other_port", format!("http://127.0.0.1:{TRAP}/")),
            ("other_host", format!("http://localhost:{TRAP}/")),
        ] {
            let header = format!("Location: {location}");
            let redirect = response(&format!("{status} Moved"), &[&header], "moved");
            let name = format!("redirect_{status}/{variant}");
            let expect = expect::response(status, None, "moved");
            cases.push(Case::new(name, reply(redirect), expect));
        }
    }
    cases
}
