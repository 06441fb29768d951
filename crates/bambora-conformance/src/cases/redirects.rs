//! Redirects: an answer like any other. Followed, they turn a POST into a GET, or take the credentials elsewhere.

use crate::case::{Case, Expect, Sight};
use crate::script::{TRAP, answer, reply};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in [300, 301, 302, 303, 307, 308] {
        for (variant, location) in [
            ("same", "/elsewhere/".to_owned()),
            ("other_port", format!("http://127.0.0.1:{TRAP}/")),
            ("other_host", format!("http://localhost:{TRAP}/")),
        ] {
            let header = format!("Location: {location}");
            let bytes = answer(&format!("{status} Moved"), &[&header], b"moved");
            let expect = Expect::Answer {
                status,
                headers: Vec::new(),
                body: b"moved".to_vec(),
            };
            let case = Case::new(
                format!("redirect_{status}/{variant}"),
                vec![reply(bytes)],
                expect,
            );
            cases.push(case.saw(vec![Sight::Requests(1), Sight::TrapUntouched]));
        }
    }
    cases
}
