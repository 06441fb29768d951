//! An HTTP proxy in front of a case's server, and what must hold for it in any case.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::expect::Check;
use crate::server::nowhere::Nowhere;
use crate::server::script::{Script, ServerAction};
use crate::server::wire_log::Seen;
use crate::transport::ProxySettings;

/// What the proxy must be told. Neither may show up in any message.
const USER: &str = "PLANTED";
const PASSWORD: &str = "PROXYSECRET";

/// The proxy of a case.
pub(crate) struct Proxied {
    /// Where transports are told that the proxy is, if that is not where it is.
    pub(crate) place: Option<Nowhere>,
    /// What the proxy does.
    pub(crate) script: Script,
    /// The authority of the case's URLs, if it is not the server's address. Only the proxy can know where it is.
    pub(crate) authority: Option<&'static str>,
    /// What the proxy must have seen.
    pub(crate) check: Check<Seen>,
}

impl Proxied {
    /// A proxy that does this on each connection.
    pub(crate) fn new(actions: Vec<ServerAction>) -> Self {
        Self { place: None, script: vec![actions], authority: None, check: Box::new(|_| Ok(())) }
    }

    /// A proxy that opens each tunnel that it is asked for.
    pub(crate) fn tunnels() -> Self {
        Self::new(vec![ServerAction::Read, ServerAction::Write(ESTABLISHED.into()), ServerAction::Tunnel(0)])
    }

    pub(crate) fn check(mut self, check: impl Fn(&Seen) -> Result<(), String> + Send + Sync + 'static) -> Self {
        self.check = Box::new(check);
        self
    }
}

pub(crate) const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// The proxy at this authority, with its credentials.
pub(crate) fn settings(authority: &str) -> ProxySettings {
    ProxySettings { url: format!("http://{authority}"), user: USER.to_owned(), password: PASSWORD.to_owned() }
}

/// Returns what of the proxy's credentials may not show up in any message.
pub(crate) fn secrets() -> [String; 2] {
    [PASSWORD.to_owned(), pair()]
}

fn pair() -> String {
    STANDARD.encode(format!("{USER}:{PASSWORD}"))
}

/// Returns what is wrong with what the proxy and the server saw, if the requests go to `base_url`.
pub(crate) fn check(proxy: &Seen, server: &Seen, base_url: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let authority = &match base_url.split_once("://") {
        Some((_, authority)) if authority.contains(':') => authority.to_owned(),
        Some((_, host)) => format!("{host}:443"),
        None => base_url.to_owned(),
    };
    let tunnels: Vec<_> = proxy.requests.iter().filter(|request| request.method() == "CONNECT").collect();
    for request in &tunnels {
        if request.target() != authority || request.header("host") != [authority] {
            faults.push(format!("asked for a tunnel to {:?} instead of {authority}", request.lines));
        }
        if request.header("proxy-authorization") != [format!("Basic {}", pair())] {
            faults.push("the proxy's credentials are not in the request for a tunnel, or not once".to_owned());
        }
        if !request.header("authorization").is_empty() {
            faults.push("the proxy was told the credentials of the API".to_owned());
        }
    }
    if server.connections > tunnels.len() {
        faults.push(format!("{} connections for {} tunnels", server.connections, tunnels.len()));
    }
    let told = |seen: &Seen| seen.requests.iter().any(|request| !request.header("proxy-authorization").is_empty());
    if told(server) {
        faults.push("the server was told the proxy's credentials".to_owned());
    }
    faults
}
