//! A small model of the API and the network, from the published facts alone.
//!
//! The payment has room for three postings of the amount, so nothing but the flow keeps it from posting twice.

use bambora_core::flow::Connection;
use bambora_core::posting::PostingKind;

use super::flow_under_test::Feed;
use super::responses::{FOREIGN, OTHER_AMOUNT, OURS, PARTIAL, REFERENCE, foreign_problem, payment, problem, response};

/// What the payment truly is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    kind: PostingKind,
    standing: Standing,
    /// How many posting requests of the flows took effect.
    pub(crate) effects: u8,
    /// Whether one took effect by voiding the payment.
    voided: bool,
    /// Whether an earlier flow, which has ended, posted.
    pub(crate) already: bool,
    /// How many more postings of the amount the payment has room for.
    room: u8,
    /// Posting requests that are still on their way, and may yet take effect.
    late: u8,
    /// Copies of a request that took effect, which a gateway repeats by itself.
    copies: u8,
    /// An operation that is being carried out.
    progress: Option<Progress>,
    /// Somebody else posted the amount, without the key.
    foreign: bool,
    /// Somebody else posted a part, with another key.
    partial: bool,
    /// Somebody else used the key, for another amount.
    pub(crate) other_amount: bool,
    /// Comments are not returned, or the back office changed ours.
    pub(crate) hides_comments: bool,
    /// How many more things may happen that no flow has a part in.
    events: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Standing {
    /// There is no such payment.
    Missing,
    None,
    Authorized,
    Expired,
    Voided,
    Captured,
    Refunded,
    Canceled,
}

/// A posting that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Progress {
    queries_left: u8,
    succeeds: bool,
    /// Whether the posting is shown meanwhile. No document says.
    is_shown: bool,
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
    /// The server acts on it, and a copy is still on its way.
    ApplyAndCopy,
    /// It is still on its way.
    Late,
    /// The server begins to act on it.
    Begin { succeeds: bool, is_shown: bool },
    /// The server moves the amount by voiding the payment, so that no list shows the posting. No document rules it out.
    Void,
}

/// What the flow gets to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    /// What the API says.
    Truth,
    /// The payment as it was before the posting.
    Stale,
    NotSent,
    Lost,
    /// The success status and half an object.
    Cut,
    /// The success status and no JSON.
    Garbage,
    /// The success status and another payment, with the posting.
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
    Payment(Server, Connection),
}

/// The request that a payment object is the response to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Success {
    Query,
    Post,
}

/// What happens by itself, or by others.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    LateArrives,
    LateIsLost,
    CopyArrives,
    Becomes(Standing),
    Foreign,
    Partial,
    KeyUsed,
    CommentsChange,
}

const STATUSES: [u16; 12] = [400, 401, 402, 403, 404, 405, 409, 410, 422, 429, 500, 503];
/// With these, and a problem document of the API, a request had no effect.
const WITHOUT_EFFECT: [u16; 8] = [400, 401, 402, 403, 404, 409, 422, 429];
const IN_VAIN: [Reply; 4] = [Reply::Lost, Reply::Cut, Reply::Garbage, Reply::OtherReference];

impl Server {
    fn new(kind: PostingKind, standing: Standing, events: u8) -> Self {
        Self {
            kind,
            standing,
            effects: 0,
            voided: false,
            already: false,
            room: 3,
            late: 0,
            copies: 0,
            progress: None,
            foreign: false,
            partial: false,
            other_amount: false,
            hides_comments: false,
            events,
        }
    }

    /// Everything that a flow can find.
    pub(crate) fn beginnings(kind: PostingKind, events: u8) -> Vec<Self> {
        use Standing::{Authorized, Canceled, Captured, Expired, Missing, None, Refunded, Voided};
        let mut all: Vec<_> = [Missing, None, Expired, Voided, Canceled, Refunded]
            .map(|standing| Self::new(kind, standing, events))
            .into();
        let open = match kind {
            PostingKind::Capture => Self::new(kind, Authorized, events),
            PostingKind::Refund => Self::new(kind, Captured, events),
        };
        let mut hidden = open;
        hidden.hides_comments = true;
        let (mut already, mut foreign, mut used) = (open, open, open);
        already.after_a_posting();
        already.already = true;
        foreign.others_post(|server| &mut server.foreign);
        used.others_post(|server| &mut server.other_amount);
        all.extend([open, hidden, already, foreign, used]);
        all
    }

    /// Returns `true` if the payment has the posting.
    pub(crate) fn has_posting(&self) -> bool {
        self.effects > 0 || self.already
    }

    /// Returns `true` if a request of a flow took effect, or still can.
    pub(crate) fn is_or_may_be_posted(&self) -> bool {
        let in_progress = self.progress.is_some_and(|progress| progress.succeeds);
        self.effects > 0 || self.voided || in_progress || (self.late > 0 && self.allows())
    }

    /// Returns `true` if a posting can take effect.
    fn allows(&self) -> bool {
        use Standing::{Authorized, Captured};
        let is_open = match self.kind {
            PostingKind::Capture => matches!(self.standing, Authorized | Captured),
            PostingKind::Refund => self.standing == Captured,
        };
        is_open && self.room > 0
    }

    pub(crate) fn is_impossible(&self) -> bool {
        use Standing::{Canceled, Expired, Voided};
        matches!(self.standing, Canceled | Expired | Voided)
    }

    /// What may happen next without the flows. Events that nobody ordered are counted.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        if self.late > 0 {
            events.extend([Event::LateArrives, Event::LateIsLost]);
        }
        if self.copies > 0 {
            events.push(Event::CopyArrives);
        }
        if self.events > 0 && self.progress.is_none() {
            use Standing::{Authorized, Canceled, Expired, Voided};
            if self.allows() {
                events.extend([Expired, Voided].map(Event::Becomes));
                events.extend([Event::Foreign, Event::Partial, Event::KeyUsed]);
            }
            if self.standing == Authorized {
                events.push(Event::Becomes(Canceled));
            }
            // Before the first query of a flow, that would be outside of what can be promised.
            if self.effects > 0 && !self.already && !self.hides_comments {
                events.push(Event::CommentsChange);
            }
        }
        events
    }

    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::LateArrives => self.late -= 1,
            Event::LateIsLost => self.late -= 1,
            Event::CopyArrives => self.copies -= 1,
            Event::Becomes(standing) => self.standing = standing,
            Event::Foreign => self.others_post(|server| &mut server.foreign),
            Event::Partial => self.others_post(|server| &mut server.partial),
            Event::KeyUsed => self.others_post(|server| &mut server.other_amount),
            Event::CommentsChange => self.hides_comments = true,
        }
        match event {
            Event::LateArrives => self.apply(),
            Event::CopyArrives => self.room = self.room.saturating_sub(1),
            Event::LateIsLost => {}
            _ => self.events -= 1,
        }
    }

    fn others_post(&mut self, which: fn(&mut Self) -> &mut bool) {
        *which(self) = true;
        self.after_a_posting();
    }

    fn after_a_posting(&mut self) {
        self.room -= 1;
        self.standing = match self.kind {
            PostingKind::Refund if self.room == 0 => Standing::Refunded,
            _ => Standing::Captured,
        };
    }

    fn apply(&mut self) {
        if self.allows() && self.progress.is_none() {
            self.effects += 1;
            self.after_a_posting();
        }
    }

    /// A new process begins with the same order, after the one before has ended.
    pub(crate) fn begin_anew(&mut self) {
        self.already |= self.effects > 0;
        self.effects = 0;
        self.voided = false;
    }

    /// What can happen to a posting request.
    pub(crate) fn post_fates(&self, is_reused: bool, most_late: u8) -> Vec<Fate> {
        let mut all = Vec::new();
        let mut add = |effect, connection, replies: Vec<Reply>| {
            all.extend(replies.into_iter().map(|reply| Fate { effect, reply, connection }));
        };
        let foreign = STATUSES
            .into_iter()
            .filter(|status| *status != 429)
            .flat_map(|status| [Reply::ForeignProblem(status), Reply::Bare(status)]);
        let undocumented = STATUSES.into_iter().filter(|status| !WITHOUT_EFFECT.contains(status)).map(Reply::Problem);
        let in_doubt: Vec<_> = foreign.chain(IN_VAIN).chain(undocumented).collect();
        let told = vec![Reply::Truth, Reply::Lost];
        let throttled = [Reply::Bare(429), Reply::ForeignProblem(429)];
        let refusals = STATUSES.into_iter().map(Reply::Problem).chain(throttled);
        let any: Vec<_> = refusals.chain(in_doubt.clone()).collect();
        let fresh = Connection::Fresh;

        add(Effect::Nowhere, fresh, vec![Reply::NotSent]);
        add(Effect::Skip, fresh, any.clone());
        add(Effect::Apply, fresh, in_doubt.clone());
        add(Effect::Apply, fresh, vec![Reply::Truth, Reply::Stale]);
        let may_be_late = self.late + self.copies < most_late;
        if self.allows() && self.progress.is_none() {
            for (succeeds, is_shown) in [(true, true), (true, false), (false, true), (false, false)] {
                let begin = Effect::Begin { succeeds, is_shown };
                add(begin, fresh, told.clone());
            }
            if may_be_late && self.room > 1 {
                add(Effect::ApplyAndCopy, fresh, told.clone());
            }
            add(Effect::Void, fresh, told);
        }
        if may_be_late {
            add(Effect::Late, fresh, in_doubt);
        }
        if is_reused {
            // A response that a server or gateway owes to another request, whatever becomes of this one.
            let reused = Connection::Reused;
            add(Effect::Skip, reused, any.clone());
            add(Effect::Apply, reused, any.clone());
            add(Effect::Apply, reused, vec![Reply::Truth]);
            if may_be_late {
                add(Effect::Late, reused, any);
            }
        }
        all
    }

    /// What can happen to a query. `may_be_stale`: it may show the payment as it was before the posting.
    pub(crate) fn query_fates(&self, is_reused: bool, may_be_stale: bool) -> Vec<Fate> {
        let fate = |reply, connection| Fate { effect: Effect::Skip, reply, connection };
        let problems = STATUSES
            .into_iter()
            .flat_map(|status| [Reply::Problem(status), Reply::ForeignProblem(status), Reply::Bare(status)]);
        let replies: Vec<_> = problems.chain(IN_VAIN).chain([Reply::Truth]).collect();
        let mut all = vec![fate(Reply::NotSent, Connection::Fresh)];
        all.extend(replies.iter().map(|reply| fate(*reply, Connection::Fresh)));
        if is_reused {
            all.extend(replies.iter().map(|reply| fate(*reply, Connection::Reused)));
        }
        if may_be_stale && self.has_posting() && !self.is_impossible() {
            all.push(fate(Reply::Stale, Connection::Fresh));
        }
        all
    }

    pub(crate) fn post(&mut self, fate: Fate) -> Shown {
        let refusal = match self.standing {
            Standing::Missing => 404,
            _ if self.progress.is_some() => 409,
            _ if self.room == 0 => 402,
            _ => 422,
        };
        let is_allowed = self.allows() && self.progress.is_none();
        match fate.effect {
            Effect::Apply | Effect::ApplyAndCopy => self.apply(),
            Effect::Begin { succeeds, is_shown } => {
                self.progress = Some(Progress { queries_left: 1, succeeds, is_shown });
            }
            Effect::Void => {
                self.standing = Standing::Voided;
                self.voided = true;
            }
            Effect::Nowhere | Effect::Skip | Effect::Late => {}
        }
        self.late += u8::from(fate.effect == Effect::Late);
        self.copies += u8::from(fate.effect == Effect::ApplyAndCopy);
        match fate.reply {
            Reply::Truth | Reply::Stale if !is_allowed => Shown::Reply(Reply::Problem(refusal), fate.connection),
            Reply::Truth => self.shown(fate.connection),
            Reply::Stale => self.before().shown(fate.connection),
            reply => Shown::Reply(reply, fate.connection),
        }
    }

    pub(crate) fn query(&mut self, fate: Fate) -> Shown {
        match fate.reply {
            Reply::Truth => {
                let shown = self.shown(fate.connection);
                self.progress_by_one();
                shown
            }
            Reply::Stale => self.before().shown(fate.connection),
            reply => Shown::Reply(reply, fate.connection),
        }
    }

    fn before(&self) -> Self {
        Self { effects: 0, already: false, progress: None, ..*self }
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

    fn shown(&self, connection: Connection) -> Shown {
        if self.standing == Standing::Missing {
            return Shown::Reply(Reply::Problem(404), connection);
        }
        // What does not show makes no difference.
        let shown = Self { room: 0, late: 0, copies: 0, events: 0, voided: false, ..*self };
        Shown::Payment(shown, connection)
    }

    fn state(&self) -> &'static str {
        match self.standing {
            Standing::Missing => "",
            Standing::None => "None",
            Standing::Authorized => "Authorized",
            Standing::Expired => "Authorization Expired",
            Standing::Voided => "Voided",
            Standing::Captured => "Captured",
            Standing::Refunded => "Refunded",
            Standing::Canceled => "Canceled",
        }
    }

    fn postings(&self) -> Vec<&'static str> {
        let is_shown = self.progress.is_some_and(|progress| progress.is_shown);
        let ours = self.has_posting() || is_shown;
        let own = if self.hides_comments { FOREIGN } else { OURS };
        [(self.foreign, FOREIGN), (self.partial, PARTIAL), (self.other_amount, OTHER_AMOUNT), (ours, own)]
            .into_iter()
            .filter_map(|(is_there, posting)| is_there.then_some(posting))
            .collect()
    }
}

impl Shown {
    /// `success` is the kind of request that it is the response to.
    pub(crate) fn feed(self, kind: PostingKind, success: Success) -> Feed {
        let status = match (success, kind) {
            (Success::Post, PostingKind::Capture) => 201,
            // As the prose has it; the tables are executed with both.
            (Success::Post, PostingKind::Refund) | (Success::Query, _) => 200,
        };
        let (reply, connection) = match self {
            Self::Reply(reply, connection) => (reply, connection),
            Self::Payment(server, connection) => {
                let in_progress = server.progress.is_some();
                let (state, postings) = (server.state(), server.postings());
                let response = payment(status, kind, REFERENCE, state, in_progress, &postings);
                return Feed::Response(response, connection);
            }
        };
        let response = match reply {
            Reply::NotSent => return Feed::NotSent,
            Reply::Lost | Reply::Truth | Reply::Stale => return Feed::NoResponse,
            Reply::Cut => {
                let whole = payment(status, kind, REFERENCE, "Captured", false, &[OURS]);
                let mut cut = whole.into_body();
                cut.pop();
                response(status, cut)
            }
            Reply::Garbage => response(status, "<html>OK</html>"),
            Reply::OtherReference => payment(status, kind, "ANOTHER", "Captured", false, &[OURS]),
            Reply::Problem(status) => problem(status, "a_problem"),
            Reply::ForeignProblem(status) => foreign_problem(status),
            Reply::Bare(status) => response(status, ""),
        };
        Feed::Response(response, connection)
    }
}

impl Fate {
    /// Returns `true` if the fate leaves the one who asked without knowing whether the posting request had an effect.
    pub(crate) fn leaves_unresolved(self) -> bool {
        match self.reply {
            Reply::NotSent => false,
            Reply::Truth => matches!(self.effect, Effect::Begin { .. } | Effect::Void),
            _ if self.connection == Connection::Reused => true,
            Reply::Problem(status) => !WITHOUT_EFFECT.contains(&status),
            Reply::Bare(status) | Reply::ForeignProblem(status) => status != 429,
            Reply::Stale | Reply::Lost | Reply::Cut | Reply::Garbage | Reply::OtherReference => true,
        }
    }
}
