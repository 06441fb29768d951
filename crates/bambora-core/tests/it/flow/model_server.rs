//! A small model of the API and the network, from the published facts alone.

use bambora_core::Delivery;
use http::Response;

/// The payment that is to be canceled.
pub(crate) const REFERENCE: &str = "ORDER-1001";

/// How the payment truly stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) standing: Standing,
    /// Whether a request of the flow under test released the amount.
    pub(crate) ours: bool,
    /// How many of the flow's cancel requests are still on their way, and may yet be acted on.
    pub(crate) late: u8,
    /// An operation that is being carried out.
    pub(crate) progress: Option<Progress>,
    /// Canceled in the web back office, which the API does not show.
    pub(crate) back_office: bool,
    /// Whether any request of the flow reached the server.
    pub(crate) received: bool,
    /// How many more things may happen that the flow has no part in.
    pub(crate) events: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    Authorized,
    Canceled,
    Captured,
    Expired,
}

/// A cancel of the flow's that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Progress {
    pub(crate) queries_left: u8,
    pub(crate) succeeds: bool,
    /// Whether the payment is shown as canceled meanwhile. No document says how it is shown.
    pub(crate) shown_canceled: bool,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fate {
    pub(crate) effect: Effect,
    pub(crate) answer: Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// It does not reach the server.
    Nowhere,
    /// It reaches something that does not act on it.
    Skip,
    /// The server acts on it.
    Apply,
    /// The server acts on it, and a duplicate is still on its way.
    ApplyAndDuplicate,
    /// It is still on its way.
    Late,
    /// The server begins to act on it.
    Begin(Progress),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// What the API says.
    Truth,
    NotSent,
    Lost,
    /// 200 and half an object.
    Cut,
    /// 200 and no JSON.
    Garbage,
    /// 200 and another payment, canceled.
    OtherReference,
    ServerError,
    Throttled,
    Blocked,
    NotFound,
}

/// What happens by itself, or by others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    LateArrives,
    LateIsLost,
    OthersCancel,
    Captured,
    Expires,
    BackOffice,
}

impl Server {
    pub(crate) fn new(events: u8) -> Self {
        Self {
            standing: Standing::Authorized,
            ours: false,
            late: 0,
            progress: None,
            back_office: false,
            received: false,
            events,
        }
    }

    /// Whether the reserved amount was released.
    pub(crate) fn is_canceled(&self) -> bool {
        self.standing == Standing::Canceled || self.back_office
    }

    /// Whether a request of the flow can still release it.
    pub(crate) fn may_yet_be_ours(&self) -> bool {
        let pending = self.progress.is_some_and(|progress| progress.succeeds);
        self.ours || pending || (self.late > 0 && self.standing == Standing::Authorized)
    }

    /// What may happen next without the flow. Events that nobody ordered are counted.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.late > 0 {
            events.extend([Event::LateArrives, Event::LateIsLost]);
        }
        if self.events > 0 && self.standing == Standing::Authorized && self.progress.is_none() {
            events.extend([Event::OthersCancel, Event::Captured, Event::Expires]);
            if !self.back_office {
                events.push(Event::BackOffice);
            }
        }
        events
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::LateArrives => {
                self.late -= 1;
                self.apply();
                return;
            }
            Event::LateIsLost => {
                self.late -= 1;
                return;
            }
            Event::OthersCancel => self.standing = Standing::Canceled,
            Event::Captured => self.standing = Standing::Captured,
            Event::Expires => self.standing = Standing::Expired,
            Event::BackOffice => self.back_office = true,
        }
        self.events -= 1;
    }

    fn apply(&mut self) {
        if self.standing == Standing::Authorized && self.progress.is_none() {
            self.standing = Standing::Canceled;
            self.ours = true;
        }
    }

    /// What can happen to a cancel request.
    pub(crate) fn cancel_fates(&self) -> Vec<Fate> {
        use Answer::{
            Blocked, Cut, Garbage, Lost, NotFound, NotSent, OtherReference, ServerError, Throttled,
            Truth,
        };
        let fates = |effect, answers: &[Answer]| -> Vec<Fate> {
            answers
                .iter()
                .map(|&answer| Fate { effect, answer })
                .collect()
        };
        let mut all = fates(Effect::Nowhere, &[NotSent]);
        all.extend(fates(
            Effect::Skip,
            &[
                Lost,
                ServerError,
                Throttled,
                Blocked,
                NotFound,
                Garbage,
                OtherReference,
            ],
        ));
        all.extend(fates(
            Effect::Apply,
            &[Truth, Lost, Cut, Garbage, ServerError, OtherReference],
        ));
        all.extend(fates(Effect::ApplyAndDuplicate, &[Truth, Lost]));
        all.extend(fates(Effect::Late, &[Lost, ServerError]));
        if self.standing == Standing::Authorized && self.progress.is_none() {
            for (succeeds, shown_canceled) in
                [(true, true), (true, false), (false, true), (false, false)]
            {
                let progress = Progress {
                    queries_left: 1,
                    succeeds,
                    shown_canceled,
                };
                all.extend(fates(Effect::Begin(progress), &[Truth, Lost]));
            }
        }
        all
    }

    /// What can happen to a query.
    pub(crate) fn query_fates() -> Vec<Fate> {
        let reached = [
            Answer::Truth,
            Answer::Lost,
            Answer::Cut,
            Answer::OtherReference,
            Answer::ServerError,
            Answer::NotFound,
        ];
        let mut all: Vec<Fate> = reached
            .into_iter()
            .map(|answer| Fate {
                effect: Effect::Skip,
                answer,
            })
            .collect();
        all.push(Fate {
            effect: Effect::Nowhere,
            answer: Answer::NotSent,
        });
        all
    }

    pub(crate) fn cancel(&mut self, fate: Fate) -> Result<Response<Vec<u8>>, Delivery> {
        self.received |= fate.effect != Effect::Nowhere;
        let truth = match fate.effect {
            Effect::Apply | Effect::ApplyAndDuplicate => {
                let allowed = self.standing == Standing::Authorized;
                let blocked = self.progress.is_some();
                self.apply();
                if fate.effect == Effect::ApplyAndDuplicate {
                    self.late += 1;
                }
                if blocked {
                    problem(409, "payment_operation_blocked")
                } else if allowed {
                    self.shown()
                } else {
                    problem(422, "invalid_payment_state_transition")
                }
            }
            Effect::Begin(progress) => {
                self.progress = Some(progress);
                self.shown()
            }
            Effect::Late => {
                self.late += 1;
                self.shown()
            }
            Effect::Nowhere | Effect::Skip => self.shown(),
        };
        answered(fate.answer, truth)
    }

    pub(crate) fn query(&mut self, fate: Fate) -> Result<Response<Vec<u8>>, Delivery> {
        self.received |= fate.effect != Effect::Nowhere;
        let truth = self.shown();
        if fate.answer == Answer::Truth {
            self.progress_by_one();
        }
        answered(fate.answer, truth)
    }

    fn progress_by_one(&mut self) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        if progress.queries_left > 0 {
            progress.queries_left -= 1;
            return;
        }
        let succeeds = progress.succeeds;
        self.progress = None;
        if succeeds {
            self.apply();
        }
    }

    /// The payment as the API shows it: without what the back office did.
    fn shown(&self) -> Response<Vec<u8>> {
        let shown_canceled = self
            .progress
            .is_some_and(|progress| progress.shown_canceled);
        let state = match self.standing {
            _ if shown_canceled => "Canceled",
            Standing::Authorized => "Authorized",
            Standing::Canceled => "Canceled",
            Standing::Captured => "Captured",
            Standing::Expired => "Authorization Expired",
        };
        payment(REFERENCE, state, self.progress.is_some())
    }
}

fn answered(answer: Answer, truth: Response<Vec<u8>>) -> Result<Response<Vec<u8>>, Delivery> {
    Ok(match answer {
        Answer::Truth => truth,
        Answer::NotSent => return Err(Delivery::NotSent),
        Answer::Lost => return Err(Delivery::Unknown),
        Answer::Cut => {
            let whole = payment(REFERENCE, "Canceled", false).into_body();
            response(200, whole[..whole.len() - 1].to_vec())
        }
        Answer::Garbage => response(200, b"<html>OK</html>".to_vec()),
        Answer::OtherReference => payment("ANOTHER", "Canceled", false),
        Answer::ServerError => response(503, b"<html>503</html>".to_vec()),
        Answer::Throttled => response(429, Vec::new()),
        Answer::Blocked => problem(409, "payment_operation_blocked"),
        Answer::NotFound => problem(404, "payment_not_found"),
    })
}

pub(crate) fn payment(reference: &str, state: &str, in_progress: bool) -> Response<Vec<u8>> {
    let body = format!(
        r#"{{"payment":"{reference}","state":"{state}","operationInProgress":{in_progress},"amount":100}}"#
    );
    response(200, body.into_bytes())
}

pub(crate) fn problem(status: u16, name: &str) -> Response<Vec<u8>> {
    let body = format!(
        r#"{{"type":"https://api.bambora.com/definitions/payments/{name}","title":"","detail":"","status":{status}}}"#
    );
    response(status, body.into_bytes())
}

fn response(status: u16, body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body).unwrap()
}
