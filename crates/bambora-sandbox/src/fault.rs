//! What can be made to go wrong with one request.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What goes wrong with one request: whether its effect takes place, and, separately, what becomes of the answer.
///
/// Its text is `EFFECT-then-ANSWER`, for example `apply-then-drop`; the command line takes the same.
///
/// | effect | what happens to the payment |
/// |---|---|
/// | `apply` | what the operation does, at once |
/// | `skip` | nothing |
/// | `late:N` | nothing yet; what the operation does, after N further requests for this payment |
/// | `progress:N` | an operation is in progress for N queries, and then it is done |
/// | `fail:N` | an operation is in progress for N queries, and then it was in vain |
///
/// | answer | what the client gets |
/// |---|---|
/// | `ok` | the payment as it then stands, with the operation's success status |
/// | `drop` | the connection is closed without an answer |
/// | `reset` | the connection is reset without an answer |
/// | `500`, `502`, `503`, `504` | that status; 502 with a gateway's HTML page |
/// | `409` | `payment_operation_blocked` |
/// | `429` | a page that asks to come back in a second |
/// | `garbage` | the success status with something that is no JSON |
/// | `cut` | the success status, and half of the payment object, and a closed connection |
/// | `other` | the success status with another payment's object |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fault {
    /// Whether, and when, the effect takes place.
    pub effect: Effect,
    /// What becomes of the answer.
    pub answer: Answer,
    /// How long the answer is held back.
    pub delay: Duration,
    /// Whether the answer is held back until [`Sandbox::release`](crate::Sandbox::release).
    pub held: bool,
}

/// Whether, and when, a request's effect takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// At once.
    Apply,
    /// Not at all.
    Skip,
    /// After so many further requests for the same payment.
    Late(u32),
    /// After so many queries, during which an operation is in progress.
    Progress(u32),
    /// Never, but an operation is in progress for so many queries.
    Fail(u32),
}

/// What becomes of a request's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The truth.
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
    /// The success status with something that is no JSON.
    Garbage,
    /// The success status with a body that ends half way.
    Cut,
    /// The success status with another payment's object.
    OtherReference,
}

impl Fault {
    /// Combines what happens to the payment with what becomes of the answer.
    #[must_use]
    pub fn new(effect: Effect, answer: Answer) -> Self {
        Self {
            effect,
            answer,
            delay: Duration::ZERO,
            held: false,
        }
    }

    /// Holds the answer back for so long.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Holds the answer back until [`Sandbox::release`](crate::Sandbox::release), or the sandbox's end. The effect takes
    /// place before.
    #[must_use]
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// The faults of the soak tests: those that leave a client in doubt, and those that only look like it.
    pub(crate) const MENU: [Self; 16] = {
        const fn of(effect: Effect, answer: Answer) -> Fault {
            Fault {
                effect,
                answer,
                delay: Duration::ZERO,
                held: false,
            }
        }
        [
            of(Effect::Skip, Answer::Drop),
            of(Effect::Apply, Answer::Drop),
            of(Effect::Skip, Answer::Reset),
            of(Effect::Apply, Answer::Reset),
            of(Effect::Late(1), Answer::Drop),
            of(Effect::Late(2), Answer::Reset),
            of(Effect::Progress(1), Answer::Ok),
            of(Effect::Progress(2), Answer::Drop),
            of(Effect::Fail(1), Answer::Ok),
            of(Effect::Skip, Answer::ServerError(500)),
            of(Effect::Apply, Answer::ServerError(502)),
            of(Effect::Apply, Answer::ServerError(504)),
            of(Effect::Skip, Answer::Blocked),
            of(Effect::Apply, Answer::Garbage),
            of(Effect::Apply, Answer::Cut),
            of(Effect::Apply, Answer::OtherReference),
        ]
    };
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
        f.write_str("-then-")?;
        match self.answer {
            Answer::Ok => f.write_str("ok"),
            Answer::Drop => f.write_str("drop"),
            Answer::Reset => f.write_str("reset"),
            Answer::ServerError(status) => write!(f, "{status}"),
            Answer::Blocked => f.write_str("409"),
            Answer::Throttled => f.write_str("429"),
            Answer::Garbage => f.write_str("garbage"),
            Answer::Cut => f.write_str("cut"),
            Answer::OtherReference => f.write_str("other"),
        }
    }
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (effect, answer) = text.split_once("-then-").ok_or(InvalidFault)?;
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
        let answer = match answer {
            "ok" => Answer::Ok,
            "drop" => Answer::Drop,
            "reset" => Answer::Reset,
            "500" => Answer::ServerError(500),
            "502" => Answer::ServerError(502),
            "503" => Answer::ServerError(503),
            "504" => Answer::ServerError(504),
            "409" => Answer::Blocked,
            "429" => Answer::Throttled,
            "garbage" => Answer::Garbage,
            "cut" => Answer::Cut,
            "other" => Answer::OtherReference,
            _ => return Err(InvalidFault),
        };
        Ok(Self::new(effect, answer))
    }
}

/// The text is not a [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a fault is EFFECT-then-ANSWER, for example apply-then-drop; effects: apply, skip, late:N, progress:N, fail:N; \
     answers: ok, drop, reset, 409, 429, 500, 502, 503, 504, garbage, cut, other"
)]
#[non_exhaustive]
pub struct InvalidFault;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_menu_reads_back() {
        for fault in Fault::MENU {
            assert_eq!(fault.to_string().parse(), Ok(fault));
        }
        for text in ["skip-then-409", "late:3-then-429", "skip-then-503"] {
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "apply",
            "apply-then-",
            "late-then-ok",
            "apply:1-then-ok",
            "skip-then-200",
        ] {
            assert_eq!(text.parse::<Fault>(), Err(InvalidFault), "{text}");
        }
    }
}
