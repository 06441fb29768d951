//! All cases, by what they are about.

mod answers;
mod connecting;
mod framing;
mod heads;
mod limits;
mod lost;
mod redirects;
mod requests;
mod surplus;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;

use crate::case::Case;

/// All cases, in the order of the documentation.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend(lost::cases());
    cases.extend(redirects::cases());
    cases.extend(requests::cases());
    cases.extend(framing::cases());
    cases.extend(surplus::cases());
    cases.extend(connecting::cases());
    #[cfg(feature = "tls")]
    cases.extend(tls::cases());
    cases.extend(timeouts::cases());
    cases.extend(answers::cases());
    cases.extend(limits::cases());
    cases.extend(heads::cases());
    cases
}
