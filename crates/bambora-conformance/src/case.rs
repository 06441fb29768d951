//! A case: a script for the server, the steps of the caller, and what the server must see.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderValue, Request};

use crate::capability::Capability;
use crate::expect::{Check, Expect};
use crate::latch::Latch;
use crate::proxied::Proxied;
use crate::server::nowhere::Nowhere;
use crate::server::script::{Script, ServerAction};
#[cfg(feature = "tls")]
use crate::server::tls_server::{Certificate, ClientAuthority};
use crate::server::wire_log::Seen;
use crate::transport::Settings;

/// Credentials that must not show up in any message: `PLANTED@1:SECRET`.
pub(crate) const CREDENTIALS: &str = "Basic UExBTlRFREAxOlNFQ1JFVA==";

/// How much longer than its timeout a call may take, since the machine may be busy. A connect timeout has less, so that waiting
/// for the total timeout instead is noticed.
pub(crate) const SLACK: Duration = Duration::from_secs(4);
const SLACK_TO_CONNECT: Duration = Duration::from_millis(2_500);

/// A request whose URI is a path. The base URL is added when it is sent.
pub(crate) type Call = Request<Vec<u8>>;

/// Where requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Server,
    ServerOnIpv6,
    /// A server on port 80 of a loopback address of its own.
    ServerOnDefaultPort,
    /// A TLS server with this certificate, which sends these bytes with its part of the handshake.
    #[cfg(feature = "tls")]
    TlsServer(Certificate, &'static [u8]),
    /// A TLS server that accepts only clients with a certificate of this authority.
    #[cfg(feature = "tls")]
    MutualTlsServer(ClientAuthority),
    /// A server in clear text behind an `https` URL.
    PlainServerAsTls,
    /// A server in clear text behind an `http` URL, for a transport that must insist on TLS.
    PlainServerForTlsOnly,
    Nowhere(Nowhere),
}

/// One step of the caller.
pub(crate) enum Step {
    /// Makes a call and checks what came of it.
    Call(Call, Expect),
    /// Makes a call and drops it when the latch opens.
    Drop(Call, Latch),
    /// Waits for a latch that the server opens. The text says what is wrong if it does not.
    Await(Latch, &'static str),
    /// Opens a latch that the server waits for.
    Open(Latch),
    /// Makes many calls at once, as many as the suite says.
    Race,
    /// Makes a call from a process whose environment names proxies.
    CallWithProxies,
}

/// Which connections the requests of a case must use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connections {
    Any,
    OneForEachRequest,
    /// One for all if the suite claims to reuse connections, and otherwise one for each request.
    AsClaimed,
}

/// What the server must have seen.
pub(crate) type ServerCheck = Check<Seen>;

/// One case.
pub(crate) struct Case {
    /// `group` or `group/variant`.
    pub(crate) name: String,
    pub(crate) needs: Vec<Capability>,
    pub(crate) target: Target,
    /// The proxy in front of the target, if there is one.
    pub(crate) proxied: Option<Proxied>,
    pub(crate) settings: Settings,
    /// The time that a call may take.
    pub(crate) at_most: Duration,
    pub(crate) script: Script,
    pub(crate) steps: Vec<Step>,
    /// The number of requests that the server must see, if it is certain.
    pub(crate) requests: Option<usize>,
    pub(crate) connections: Connections,
    pub(crate) check: ServerCheck,
}

impl Case {
    /// One cancel request to a server that performs `actions` on its first connection and serves on all others.
    pub(crate) fn new(name: impl Into<String>, actions: Vec<ServerAction>, expect: Expect) -> Self {
        Self::of(name, actions, vec![Step::Call(cancel(1), expect)])
    }

    pub(crate) fn of(name: impl Into<String>, actions: Vec<ServerAction>, steps: Vec<Step>) -> Self {
        let settings = Settings::default();
        let is_call = |step: &&Step| !matches!(step, Step::Await(..) | Step::Open(_));
        Self {
            name: name.into(),
            needs: Vec::new(),
            target: Target::Server,
            proxied: None,
            at_most: settings.total_timeout + SLACK,
            settings,
            script: vec![actions, vec![ServerAction::Serve]],
            requests: Some(steps.iter().filter(is_call).count()),
            steps,
            connections: Connections::Any,
            check: Box::new(|_| Ok(())),
        }
    }

    /// Adds a second cancel request.
    pub(crate) fn then(mut self, expect: Expect) -> Self {
        self.steps.push(Step::Call(cancel(2), expect));
        self.requests = self.requests.map(|requests| requests + 1);
        self
    }

    pub(crate) fn needs(mut self, capability: Capability) -> Self {
        self.needs.push(capability);
        self
    }

    pub(crate) fn target(mut self, target: Target) -> Self {
        self.settings.https_only = match target {
            Target::PlainServerForTlsOnly | Target::PlainServerAsTls => true,
            #[cfg(feature = "tls")]
            Target::TlsServer(..) | Target::MutualTlsServer(_) => true,
            _ => false,
        };
        self.target = target;
        self
    }

    /// Sends the requests to a TLS server with a good certificate.
    #[cfg(feature = "tls")]
    pub(crate) fn inside_tls(self) -> Self {
        let server = Target::TlsServer(Certificate::Good, b"");
        self.target(server).needs(Capability::Tls)
    }

    /// Sets timeouts that are short, for a case that waits for the total timeout.
    pub(crate) fn impatient(mut self) -> Self {
        self.settings.connect_timeout = Duration::from_millis(800);
        self.settings.total_timeout = Duration::from_millis(900);
        self.at_most = self.settings.total_timeout + SLACK;
        self
    }

    /// Sets a short connect timeout and a total timeout that would take too long.
    pub(crate) fn impatient_to_connect(mut self) -> Self {
        self.settings.connect_timeout = Duration::from_millis(300);
        self.settings.total_timeout = Duration::from_secs(5);
        self.at_most = self.settings.connect_timeout + SLACK_TO_CONNECT;
        self
    }

    /// The server must not see a request.
    pub(crate) fn nothing_arrives(mut self) -> Self {
        self.requests = Some(0);
        self
    }

    pub(crate) fn connections(mut self, connections: Connections) -> Self {
        self.connections = connections;
        self
    }

    pub(crate) fn check(mut self, check: impl Fn(&Seen) -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.check = Box::new(check);
        self
    }
}

/// The cancel request with this number, as core builds it.
pub(crate) fn cancel(number: usize) -> Call {
    let mut authorization = HeaderValue::from_static(CREDENTIALS);
    authorization.set_sensitive(true);
    let call = Request::post(crate::expect::own_body(number))
        .header(AUTHORIZATION, authorization)
        .header("api-version", "1")
        .header(ACCEPT, "*/*")
        .header(CONTENT_LENGTH, "0");
    // All of it is valid.
    call.body(Vec::new()).unwrap_or_default()
}

/// Sends a call to another path, which must be a valid one.
pub(crate) fn at_path(mut call: Call, path: &str) -> Call {
    *call.uri_mut() = path.parse().unwrap_or_default();
    call
}

/// Returns the group of the case with this name.
pub(crate) fn group(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}
