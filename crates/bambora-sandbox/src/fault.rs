//! What can be made to go wrong with one request.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What goes wrong with one request: whether it takes effect and, separately, which response the client gets.
///
/// Its text is `EFFECT-then-RESPONSE`, for example `apply-then-drop`; the command line takes the same.
///
/// | effect | what happens to the payment |
/// |---|---|
/// | `apply` | what the operation does, at once |
/// | `skip` | nothing |
/// | `late:N` | nothing yet; what the operation does, after N further requests for this payment |
/// | `progress:N` | an operation is in progress for N queries, and then it succeeds |
/// | `fail:N` | an operation is in progress for N queries, and then it fails |
///
/// | response | what the client gets |
/// |---|---|
/// | `ok` | the payment as it then stands, with the operation's success status |
/// | `drop` | the connection is closed without a response |
/// | `reset` | the connection is reset without a response |
/// | `500`, `502`, `503`, `504` | that status; 502 with a gateway's HTML page |
/// | `409` | `payment_operation_blocked` |
/// | `429` | a page that asks to come back in a second |
/// | `garbage` | the success status with a body that is not JSON |
/// | `cut` | the success status, half of the payment object, and a closed connection |
/// | `other` | the success status with the object of another payment that the operation worked on |
/// | a problem's name | that documented problem with its status, for example `cannot_capture` |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fault {
    /// Whether, and when, the request takes effect.
    pub effect: Effect,
    /// The response that the client gets.
    pub response: FaultResponse,
    /// How long the response is delayed.
    pub delay: Duration,
    /// Whether the response is held until [`Sandbox::release`](crate::Sandbox::release).
    pub held: bool,
}

/// Whether, and when, a request takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// At once.
    Apply,
    /// Never.
    Skip,
    /// After a number of further requests for the same payment.
    Late(u32),
    /// After a number of queries, during which an operation is in progress.
    Progress(u32),
    /// Never, but an operation is in progress for a number of queries.
    Fail(u32),
}

/// The response that a client gets, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultResponse {
    /// The true response.
    Ok,
    /// The connection is closed instead.
    Drop,
    /// The connection is reset instead.
    Reset,
    /// A failure of the server or a gateway: 500, 502, 503 or 504.
    ServerError(u16),
    /// 409, `payment_operation_blocked`.
    Blocked,
    /// 429 with `Retry-After: 1`. No document of the API mentions it.
    Throttled,
    /// The success status with a body that is not JSON.
    Garbage,
    /// The success status with half of the body.
    Cut,
    /// The success status with the object of another payment that the operation worked on.
    OtherReference,
    /// A problem document with this status and the last path segment of its type, for example 402 and `cannot_capture`.
    Problem(u16, &'static str),
}

use FaultResponse::{Blocked, Cut, Drop, Garbage, Ok as Truth, OtherReference, Problem, Reset, ServerError, Throttled};

/// The texts of all responses that have one.
const RESPONSES: [(&str, FaultResponse); 27] = [
    ("ok", Truth),
    ("drop", Drop),
    ("reset", Reset),
    ("500", ServerError(500)),
    ("502", ServerError(502)),
    ("503", ServerError(503)),
    ("504", ServerError(504)),
    ("409", Blocked),
    ("429", Throttled),
    ("garbage", Garbage),
    ("cut", Cut),
    ("other", OtherReference),
    problem(400, "invalid_card_information"),
    problem(400, "expired_card"),
    problem(400, "currency_not_supported"),
    problem(402, "cannot_authorize"),
    problem(402, "cannot_cancel"),
    problem(402, "cannot_capture"),
    problem(402, "cannot_refund"),
    problem(402, "insufficient_funds"),
    problem(404, "payment_not_found"),
    problem(409, "payment_operation_blocked"),
    problem(422, "invalid_payment_state_transition"),
    problem(451, "card_type_not_accepted"),
    problem(451, "invalid_card"),
    problem(451, "blocked_by_issuer"),
    problem(451, "3d_secure_required"),
];

const fn problem(status: u16, name: &'static str) -> (&'static str, FaultResponse) {
    (name, Problem(status, name))
}

impl Fault {
    /// Combines what happens to the payment with the response that the client gets.
    #[must_use]
    pub fn new(effect: Effect, response: FaultResponse) -> Self {
        Self { effect, response, delay: Duration::ZERO, held: false }
    }

    /// Delays the response. The effect takes place before.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Holds the response until [`Sandbox::release`](crate::Sandbox::release), or until the sandbox stops. The effect takes
    /// place before.
    #[must_use]
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// The faults that are drawn at random: those that leave a client in doubt, and those that only look like it.
    pub(crate) const MENU: [&str; 16] = [
        "skip-then-drop",
        "apply-then-drop",
        "skip-then-reset",
        "apply-then-reset",
        "late:1-then-drop",
        "late:2-then-reset",
        "progress:1-then-ok",
        "progress:2-then-drop",
        "fail:1-then-ok",
        "skip-then-500",
        "apply-then-502",
        "apply-then-504",
        "skip-then-409",
        "apply-then-garbage",
        "apply-then-cut",
        "apply-then-other",
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.effect {
            Effect::Apply => f.write_str("apply")?,
            Effect::Skip => f.write_str("skip")?,
            Effect::Late(requests) => write!(f, "late:{requests}")?,
            Effect::Progress(queries) => write!(f, "progress:{queries}")?,
            Effect::Fail(queries) => write!(f, "fail:{queries}")?,
        }
        let text = RESPONSES.iter().find(|(_, known)| *known == self.response);
        match (text, self.response) {
            (Some((text, _)), _) => write!(f, "-then-{text}"),
            (None, ServerError(status)) => write!(f, "-then-{status}"),
            (None, other) => write!(f, "-then-{other:?}"),
        }
    }
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (effect, response) = text.split_once("-then-").ok_or(InvalidFault)?;
        let (kind, count) = match effect.split_once(':') {
            Some((kind, count)) => (kind, Some(count.parse().map_err(|_| InvalidFault)?)),
            None => (effect, None),
        };
        let effect = match (kind, count) {
            ("apply", None) => Effect::Apply,
            ("skip", None) => Effect::Skip,
            ("late", Some(requests)) => Effect::Late(requests),
            ("progress", Some(queries)) => Effect::Progress(queries),
            ("fail", Some(queries)) => Effect::Fail(queries),
            _ => return Err(InvalidFault),
        };
        let known = RESPONSES.iter().find(|(text, _)| *text == response);
        let (_, response) = known.ok_or(InvalidFault)?;
        Ok(Self::new(effect, *response))
    }
}

/// The text is not a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fault is EFFECT-then-RESPONSE, for example apply-then-drop; effects: apply, skip, late:N, progress:N, fail:N; \
     responses: ok, drop, reset, 409, 429, 500, 502, 503, 504, garbage, cut, other, or a documented problem, for example \
     cannot_capture"
)]
#[non_exhaustive]
pub struct InvalidFault;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_reads_back() {
        let responses = RESPONSES.map(|(text, _)| format!("skip-then-{text}"));
        let effects = ["late:3-then-429", "progress:0-then-ok", "fail:1-then-ok"];
        let effects = effects.into_iter().chain(Fault::MENU).map(str::to_owned);
        for text in effects.chain(responses) {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        for text in ["", "apply", "apply-then-", "late-then-ok", "apply:1-then-ok", "skip-then-200"] {
            assert_eq!(text.parse::<Fault>(), Err(InvalidFault), "{text}");
        }
    }
}
