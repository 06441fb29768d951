//! A small model of the API and the network, from the published facts alone.

use bambora_core::flow::Connection;

use super::flow_under_test::Feed;
use super::responses::{REFERENCE, foreign_problem, payment, payment_in, problem, response};

/// Which flow made a request: the one that was started, or one that was resumed from a checkpoint of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Original,
    Resumed,
}

/// What the payment truly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) standing: Standing,
    /// Whose request released the amount, if one of a flow did.
    pub(crate) released_by: Option<Who>,
    /// Cancel requests of the flows that are still on their way, and may yet take effect.
    late: [u8; 2],
    /// An operation that is being carried out.
    progress: Option<Progress>,
    /// Canceled in the web back office, which the API does not show.
    back_office: bool,
    /// Whether any request of the flow that was started reached the server.
    pub(crate) received: bool,
    /// How many more things may happen that no flow has a part in.
    events: u8,
    /// How many more 404 problems may come that are not true of the payment: misrouted, or of another request.
    ///
    /// At most one until a query of the flow that was started shows the payment. The rule "a 404 on a reused connection, confirmed by
    /// the 404 of a query on a fresh connection, is a refusal" rests on that: two untrue ones in a row would be believed.
    untrue_not_found: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    /// There is no such payment.
    Missing,
    None,
    Authorized,
    Expired,
    Declined,
    /// In which a cancel may end, for all that is documented.
    Voided,
    Captured,
    Canceled,
    /// A state that no document mentions.
    OnHold,
}

impl Standing {
    pub(crate) const ALL: [Self; 9] = [
        Self::Authorized,
        Self::Missing,
        Self::None,
        Self::Expired,
        Self::Declined,
        Self::Voided,
        Self::Captured,
        Self::Canceled,
        Self::OnHold,
    ];

    /// Returns `true` if a query of a server without faults settles the cancel.
    pub(crate) fn is_decisive(self) -> bool {
        matches!(self, Self::Authorized | Self::Expired | Self::Declined | Self::Captured | Self::Canceled)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Missing => "",
            Self::None => "None",
            Self::Authorized => "Authorized",
            Self::Expired => "Authorization Expired",
            Self::Declined => "Declined",
            Self::Voided => "Voided",
            Self::Captured => "Captured",
            Self::Canceled => "Canceled",
            Self::OnHold => "On Hold",
        }
    }
}

/// A cancel of a flow's that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Progress {
    by: Who,
    queries_left: u8,
    succeeds: bool,
    /// Whether the payment is shown as canceled meanwhile. No document says how it is shown.
    shown_canceled: bool,
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fate {
    pub(crate) effect: Effect,
    pub(crate) reply: Reply,
    pub(crate) connection: Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// It does not reach the server.
    Nowhere,
    /// It reaches something that does not act on it.
    Skip,
    /// The server acts on it.
    Apply,
    /// The server acts on it, and the payment ends in `Voided`.
    Void,
    /// The server acts on it, and a duplicate is still on its way.
    ApplyAndDuplicate,
    /// It is still on its way.
    Late,
    /// The server begins to act on it.
    Begin { succeeds: bool, shown_canceled: bool },
}

/// What the flow gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    /// What the API says.
    Truth,
    /// What the API says if it confirms the cancel of a payment that is canceled already. No document says whether it does.
    ConfirmedAgain,
    NotSent,
    Lost,
    /// 200 and half an object.
    Cut,
    /// 200 and no JSON.
    Garbage,
    /// 200 and another payment, canceled.
    OtherReference,
    /// A problem document of the API.
    Problem(u16),
    /// A problem document of something else.
    ForeignProblem(u16),
    /// No body.
    Bare(u16),
}

/// A response as the flow gets it, which decides what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    Reply(Reply, Connection),
    Payment { standing: Standing, in_progress: bool, connection: Connection },
}

/// What happens by itself, or by others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    LateArrives(Who),
    LateIsLost(Who),
    Becomes(Standing),
    BackOffice,
}

const STATUSES: [u16; 12] = [400, 401, 402, 403, 404, 405, 409, 410, 422, 429, 500, 503];
/// With these, and a problem document of the API, a request had no effect.
const WITHOUT_EFFECT: [u16; 8] = [400, 401, 402, 403, 404, 409, 422, 429];

impl Server {
    pub(crate) fn new(standing: Standing, events: u8) -> Self {
        Self {
            standing,
            released_by: None,
            late: [0; 2],
            progress: None,
            back_office: false,
            received: false,
            events,
            untrue_not_found: 1,
        }
    }

    /// Returns `true` if the reserved amount was released.
    pub(crate) fn is_canceled(&self) -> bool {
        self.standing == Standing::Canceled || self.back_office || self.released_by.is_some()
    }

    /// Returns `true` if a request of `who` released the amount, or still can.
    pub(crate) fn may_yet_be_released_by(&self, who: Who) -> bool {
        let in_progress = self.progress.is_some_and(|progress| progress.succeeds && progress.by == who);
        let late = self.late[who as usize] > 0 && self.standing == Standing::Authorized;
        self.released_by == Some(who) || in_progress || late
    }

    pub(crate) fn is_in_progress(&self) -> bool {
        self.progress.is_some()
    }

    /// What may happen next without the flows. Events that nobody ordered are counted.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for who in [Who::Original, Who::Resumed] {
            if self.late[who as usize] > 0 {
                events.extend([Event::LateArrives(who), Event::LateIsLost(who)]);
            }
        }
        if self.events > 0 && self.standing == Standing::Authorized && self.progress.is_none() {
            use Standing::{Canceled, Captured, Expired};
            events.extend([Canceled, Captured, Expired].map(Event::Becomes));
            if !self.back_office {
                events.push(Event::BackOffice);
            }
        }
        events
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::LateArrives(who) => {
                self.late[who as usize] -= 1;
                self.apply(who, Standing::Canceled);
                return;
            }
            Event::LateIsLost(who) => {
                self.late[who as usize] -= 1;
                return;
            }
            Event::Becomes(standing) => self.standing = standing,
            Event::BackOffice => self.back_office = true,
        }
        self.events -= 1;
    }

    fn apply(&mut self, who: Who, standing: Standing) {
        if self.standing == Standing::Authorized && self.progress.is_none() {
            self.standing = standing;
            self.released_by = Some(who);
        }
    }

    /// What can happen to a cancel request.
    pub(crate) fn cancel_fates(&self, may_be_reused: bool, most_late: u8) -> Vec<Fate> {
        let mut all = Vec::new();
        let mut add = |effect, connection, replies: &mut dyn Iterator<Item = Reply>| {
            all.extend(replies.map(|reply| Fate { effect, reply, connection }));
        };
        let fresh = Connection::Fresh;
        let in_vain = [Reply::Lost, Reply::Cut, Reply::Garbage, Reply::OtherReference];
        let foreign = || {
            let gateways = STATUSES.into_iter().filter(|status| *status != 429);
            gateways.flat_map(|status| [Reply::ForeignProblem(status), Reply::Bare(status)])
        };
        let with_effect = STATUSES.into_iter().filter(|status| !WITHOUT_EFFECT.contains(status));
        let after_effect = || foreign().chain(in_vain).chain(with_effect.clone().map(Reply::Problem));

        add(Effect::Nowhere, fresh, &mut [Reply::NotSent].into_iter());
        let problems = STATUSES.into_iter().map(Reply::Problem);
        let throttled = [Reply::Bare(429), Reply::ForeignProblem(429)];
        add(Effect::Skip, fresh, &mut problems.chain(foreign()).chain(throttled).chain(in_vain));
        add(Effect::Apply, fresh, &mut after_effect().chain([Reply::Truth, Reply::ConfirmedAgain]));
        let may_be_late = self.late.iter().sum::<u8>() < most_late;
        if self.standing == Standing::Authorized && self.progress.is_none() {
            let told = [Reply::Truth, Reply::Lost];
            if may_be_late {
                // A request that the API refuses has no duplicate: its refusal would say nothing then.
                add(Effect::ApplyAndDuplicate, fresh, &mut told.into_iter());
            }
            add(Effect::Void, fresh, &mut told.into_iter());
            for (succeeds, shown_canceled) in [(true, true), (true, false), (false, true), (false, false)] {
                let begin = Effect::Begin { succeeds, shown_canceled };
                add(begin, fresh, &mut told.into_iter());
            }
        }
        if may_be_late {
            add(Effect::Late, fresh, &mut after_effect());
        }
        if may_be_reused {
            // A response that a server or gateway owes to another request, whatever becomes of this one.
            for effect in [Effect::Skip, Effect::Apply, Effect::Late] {
                if effect != Effect::Late || may_be_late {
                    let owed = STATUSES
                        .into_iter()
                        .flat_map(|status| [Reply::Problem(status), Reply::Bare(status)])
                        .chain(in_vain);
                    add(effect, Connection::Reused, &mut owed.into_iter());
                }
            }
            let told = [Reply::Truth, Reply::ConfirmedAgain, Reply::NotSent];
            add(Effect::Apply, Connection::Reused, &mut told[..2].iter().copied());
            add(Effect::Nowhere, Connection::Reused, &mut told[2..].iter().copied());
        }
        all.retain(|fate| self.is_possible(*fate));
        all
    }

    /// What can happen to a query.
    pub(crate) fn query_fates(&self, may_be_reused: bool) -> Vec<Fate> {
        let untold = [Reply::Lost, Reply::Cut, Reply::Garbage, Reply::OtherReference];
        let statuses = STATUSES
            .into_iter()
            .flat_map(|status| [Reply::Problem(status), Reply::ForeignProblem(status), Reply::Bare(status)]);
        let replies: Vec<_> = statuses.chain(untold).chain([Reply::Truth]).collect();
        let mut all = vec![Fate { effect: Effect::Nowhere, reply: Reply::NotSent, connection: Connection::Fresh }];
        for connection in [Connection::Fresh, Connection::Reused] {
            if connection == Connection::Fresh || may_be_reused {
                all.extend(replies.iter().map(|&reply| Fate { effect: Effect::Skip, reply, connection }));
            }
        }
        all.retain(|fate| self.is_possible(*fate));
        all
    }

    fn is_possible(&self, fate: Fate) -> bool {
        match fate.reply {
            Reply::ConfirmedAgain => self.standing == Standing::Canceled && fate.effect == Effect::Apply,
            _ => !self.is_untrue_not_found(fate) || self.untrue_not_found > 0,
        }
    }

    fn is_untrue_not_found(&self, fate: Fate) -> bool {
        fate.reply == Reply::Problem(404) && self.standing != Standing::Missing
    }

    pub(crate) fn cancel(&mut self, who: Who, fate: Fate) -> Shown {
        self.note(who, fate);
        let refusal = match self.standing {
            Standing::Missing => 404,
            _ if self.progress.is_some() => 409,
            _ => 422,
        };
        let is_allowed = self.standing == Standing::Authorized && self.progress.is_none();
        match fate.effect {
            Effect::Apply | Effect::ApplyAndDuplicate => self.apply(who, Standing::Canceled),
            Effect::Void => self.apply(who, Standing::Voided),
            Effect::Begin { succeeds, shown_canceled } => {
                self.progress = Some(Progress { by: who, queries_left: 1, succeeds, shown_canceled });
            }
            Effect::Nowhere | Effect::Skip | Effect::Late => {}
        }
        if matches!(fate.effect, Effect::Late | Effect::ApplyAndDuplicate) {
            self.late[who as usize] += 1;
        }
        match fate.reply {
            Reply::Truth if is_allowed => self.shown(fate.connection),
            Reply::Truth => Shown::Reply(Reply::Problem(refusal), fate.connection),
            Reply::ConfirmedAgain => self.shown(fate.connection),
            reply => Shown::Reply(reply, fate.connection),
        }
    }

    pub(crate) fn query(&mut self, who: Who, fate: Fate) -> Shown {
        self.note(who, fate);
        if fate.reply != Reply::Truth {
            return Shown::Reply(fate.reply, fate.connection);
        }
        if who == Who::Original && self.standing != Standing::Missing {
            self.untrue_not_found = 1;
        }
        let shown = self.shown(fate.connection);
        self.progress_by_one();
        shown
    }

    fn note(&mut self, who: Who, fate: Fate) {
        self.received |= who == Who::Original && fate.effect != Effect::Nowhere;
        if self.is_untrue_not_found(fate) {
            self.untrue_not_found -= 1;
        }
    }

    fn progress_by_one(&mut self) {
        let Some(progress) = &mut self.progress else {
            return;
        };
        if progress.queries_left > 0 {
            progress.queries_left -= 1;
            return;
        }
        let Progress { by, succeeds, .. } = *progress;
        self.progress = None;
        if succeeds {
            self.apply(by, Standing::Canceled);
        }
    }

    /// The payment as the API shows it: without what the back office did.
    fn shown(&self, connection: Connection) -> Shown {
        let shown_canceled = self.progress.is_some_and(|progress| progress.shown_canceled);
        match self.standing {
            Standing::Missing => Shown::Reply(Reply::Problem(404), connection),
            standing => Shown::Payment {
                standing: if shown_canceled { Standing::Canceled } else { standing },
                in_progress: self.progress.is_some(),
                connection,
            },
        }
    }
}

impl Shown {
    pub(crate) fn feed(self) -> Feed {
        let (reply, connection) = match self {
            Self::Reply(reply, connection) => (reply, connection),
            Self::Payment { standing, in_progress, connection } => {
                let payment = payment(REFERENCE, standing.name(), in_progress);
                return Feed::Response(payment, connection);
            }
        };
        let response = match reply {
            Reply::NotSent => return Feed::NotSent,
            Reply::Lost | Reply::Truth | Reply::ConfirmedAgain => return Feed::NoResponse,
            Reply::Cut => {
                let mut whole = payment_in("Canceled").into_body();
                whole.pop();
                response(200, whole)
            }
            Reply::Garbage => response(200, "<html>OK</html>"),
            Reply::OtherReference => payment("ANOTHER", "Canceled", false),
            Reply::Problem(status) => problem(status, problem_name(status)),
            Reply::ForeignProblem(status) => foreign_problem(status),
            Reply::Bare(status) => response(status, ""),
        };
        Feed::Response(response, connection)
    }
}

fn problem_name(status: u16) -> &'static str {
    match status {
        402 => "cannot_cancel",
        404 => "payment_not_found",
        409 => "payment_operation_blocked",
        422 => "invalid_payment_state_transition",
        _ => "a_new_problem",
    }
}

impl Fate {
    /// Returns `true` if the fate leaves the one who asked without knowing whether the cancel request had an effect.
    pub(crate) fn leaves_unresolved(self) -> bool {
        match self.reply {
            Reply::NotSent => false,
            Reply::Truth => matches!(self.effect, Effect::Begin { .. } | Effect::Void),
            Reply::ConfirmedAgain => false,
            _ if self.connection == Connection::Reused => true,
            Reply::Problem(status) => !WITHOUT_EFFECT.contains(&status),
            Reply::Bare(status) | Reply::ForeignProblem(status) => status != 429,
            Reply::Lost | Reply::Cut | Reply::Garbage | Reply::OtherReference => true,
        }
    }
}
