//! A case: data, and two judgements, of what the server saw and of what the caller got.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bambora_core::Delivery;
use http::{Method, Request};

use crate::script::{Script, Turn};
use crate::subject::Exchange;
use crate::wire_log::Saw;

/// Something that a transport can lack, so that it may leave cases out by name and with a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// TLS, with root certificates that can be set.
    Tls,
    /// A connect timeout of its own.
    ConnectTimeout,
    /// A limit on bodies.
    BodyLimit,
    /// A limit on heads.
    HeaderLimit,
    /// Calls that can be dropped in the middle: asynchronous ones.
    DroppedCalls,
    /// Refusing requests in clear text.
    HttpsOnly,
}

impl FromStr for Capability {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [
            Self::Tls,
            Self::ConnectTimeout,
            Self::BodyLimit,
            Self::HeaderLimit,
            Self::DroppedCalls,
            Self::HttpsOnly,
        ];
        let named = all
            .into_iter()
            .find(|capability| format!("{capability:?}") == name);
        named.ok_or_else(|| format!("{name:?} is no capability; there are {all:?}"))
    }
}

/// How a transport does with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// More than anything takes.
    Ample,
    /// So little that a case which waits for it is over soon.
    Short,
    /// Little for a connection, and ample for all else: who waits for the latter is found out.
    ShortToConnect,
}

/// Where requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A scripted server.
    Server,
    /// The same, behind IPv6.
    ServerOnIpv6,
    /// The same, behind TLS.
    #[cfg(feature = "tls")]
    TlsServer(crate::tls_server::Certificate),
    /// A scripted server in clear text, of which the caller believes that it speaks TLS.
    PlainServerAsTls,
    /// A scripted server in clear text, that a caller which insists on TLS is sent to.
    PlainServerForTlsOnly,
    /// A port on which nobody listens.
    Nobody,
    /// A host that does not exist.
    NoSuchHost,
    /// A port that swallows connections.
    Blackhole,
}

/// What a caller does, one after the other.
#[derive(Debug)]
pub(crate) enum Step {
    Call(Call, Expect),
    /// A call that is dropped when the gate opens.
    BeginAndDrop(Call, Turn),
    Await(Turn),
    Open(Turn),
}

/// A request, but for where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// Finds fault, or none.
pub(crate) type Judge<T> = Box<dyn Fn(&T) -> Result<(), String> + Send + Sync>;

/// What a caller must get.
pub(crate) enum Expect {
    /// This answer, with these headers among its own.
    Answer {
        status: u16,
        headers: Vec<(&'static str, Vec<u8>)>,
        body: Vec<u8>,
    },
    /// A failure of this delivery.
    Failure(Delivery),
    /// Whatever this finds nothing amiss with.
    Anything(Judge<Exchange>),
}

/// What the server must have seen.
pub(crate) enum Sight {
    /// Exactly so many requests.
    Requests(usize),
    /// No connection was made to the trap.
    TrapUntouched,
    /// Whatever this finds nothing amiss with.
    Anything(Judge<Saw>),
}

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// `group`, or `group/variant`.
    pub(crate) name: String,
    pub(crate) needs: Vec<Capability>,
    pub(crate) place: Place,
    pub(crate) time: Time,
    pub(crate) body_limit: usize,
    pub(crate) script: Script,
    pub(crate) steps: Vec<Step>,
    pub(crate) sights: Vec<Sight>,
}

impl Case {
    /// One cancel request to a scripted server, and ample time.
    pub(crate) fn new(name: impl Into<String>, script: Script, expect: Expect) -> Self {
        Self {
            name: name.into(),
            needs: Vec::new(),
            place: Place::Server,
            time: Time::Ample,
            body_limit: 1024 * 1024,
            script,
            steps: vec![Step::Call(Call::cancel(1), expect)],
            sights: vec![Sight::Requests(1)],
        }
    }

    pub(crate) fn needing(mut self, capability: Capability) -> Self {
        self.needs.push(capability);
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn hasty(mut self) -> Self {
        self.time = Time::Short;
        self
    }

    pub(crate) fn hasty_to_connect(mut self) -> Self {
        self.time = Time::ShortToConnect;
        self
    }

    pub(crate) fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    pub(crate) fn steps(mut self, steps: Vec<Step>) -> Self {
        self.steps = steps;
        self
    }

    pub(crate) fn saw(mut self, sights: Vec<Sight>) -> Self {
        self.sights = sights;
        self
    }
}

impl Call {
    /// The `number`-th cancel request of a case, as core builds them.
    pub(crate) fn cancel(number: usize) -> Self {
        Self {
            method: Method::POST,
            path: format!("/payments/ORDER-{number}/cancel/"),
            headers: [
                ("authorization", AUTHORIZATION),
                ("api-version", "1"),
                ("accept", "*/*"),
                ("content-length", "0"),
            ]
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .into(),
            body: Vec::new(),
        }
    }

    pub(crate) fn request(&self, base_url: &str) -> Result<Request<Vec<u8>>, http::Error> {
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(format!("{base_url}{}", self.path));
        for (name, value) in &self.headers {
            let mut value = http::HeaderValue::from_bytes(value)?;
            value.set_sensitive(name == "authorization");
            request = request.header(name, value);
        }
        request.body(self.body.clone())
    }
}

/// Credentials that must not come out anywhere: `PLANTED@1:SECRET`.
pub(crate) const AUTHORIZATION: &str = "Basic UExBTlRFREAxOlNFQ1JFVA==";

/// So much longer than its time a call may take: the machine may have other things to do. A connection has less, since what it
/// must not wait for comes sooner.
pub(crate) const SLACK: Duration = Duration::from_secs(4);
pub(crate) const SLACK_TO_CONNECT: Duration = Duration::from_millis(2_500);

impl Expect {
    /// 200 with this body.
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn that(
        check: impl Fn(&Exchange) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self::Anything(Box::new(check))
    }

    /// An answer with this body, or no answer. Never another.
    pub(crate) fn own_answer_or_unknown(body: &'static str) -> Self {
        Self::that(move |got| match got {
            Ok(response) if response.body() == body.as_bytes() => Ok(()),
            Err(error) if error.delivery() == Delivery::Unknown => Ok(()),
            other => Err(format!("got {}, which is not its own answer", shown(other))),
        })
    }

    pub(crate) fn check(&self, got: &Exchange) -> Result<(), String> {
        match (self, got) {
            (Self::Anything(check), got) => check(got),
            (Self::Failure(expected), Err(error)) if error.delivery() == *expected => Ok(()),
            (
                Self::Answer {
                    status,
                    headers,
                    body,
                },
                Ok(response),
            ) => {
                if response.status().as_u16() != *status || response.body() != body {
                    return Err(format!("expected {self:?}, got {}", shown(got)));
                }
                let missing = headers.iter().find(|(name, value)| {
                    let mut values = response.headers().get_all(*name).iter();
                    !values.any(|found| found.as_bytes() == value.as_slice())
                });
                match missing {
                    None => Ok(()),
                    Some((name, _)) => Err(format!("the header {name} of the answer is lost")),
                }
            }
            _ => Err(format!("expected {self:?}, got {}", shown(got))),
        }
    }
}

impl fmt::Debug for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, body, .. } => {
                write!(f, "{status} with {} bytes: {}", body.len(), excerpt(body))
            }
            Self::Failure(delivery) => write!(f, "no answer, delivery {delivery}"),
            Self::Anything(_) => f.write_str("something else"),
        }
    }
}

impl fmt::Debug for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests(requests) => write!(f, "{requests} requests"),
            Self::TrapUntouched => f.write_str("no connection to the trap"),
            Self::Anything(_) => f.write_str("something else"),
        }
    }
}

/// What a caller got, for people.
pub(crate) fn shown(got: &Exchange) -> String {
    match got {
        Ok(response) => format!(
            "{} with {} bytes: {}",
            response.status().as_u16(),
            response.body().len(),
            excerpt(response.body())
        ),
        Err(error) => {
            let cause = std::error::Error::source(error).map_or(String::new(), ToString::to_string);
            format!("no answer, delivery {} ({cause})", error.delivery())
        }
    }
}

fn excerpt(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().take(60).collect();
    format!("{text:?}")
}
