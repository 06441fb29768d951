//! Requests through an HTTP proxy that is asked for a tunnel by `CONNECT`.

use std::time::Duration;

use crate::capability::Capability;
use crate::case::{Case, Connections, SLACK, Step, cancel};
use crate::expect::{not_sent, own, unknown};
use crate::proxied::{ESTABLISHED, Proxied};
use crate::server::nowhere::Nowhere;
use crate::server::script::ServerAction::{self, Drip, Fin, Flood, Read, Reset, Serve, Swallow, Write};
use crate::server::script::response;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = tunnels();
    cases.extend(refusals());
    cases.extend(bad_proxies());
    cases.extend(broken_tunnels());
    cases
}

fn through(mut case: Case, proxied: Proxied) -> Case {
    case.proxied = Some(proxied);
    case.needs(Capability::Proxy)
}

fn tunnels() -> Vec<Case> {
    let two_calls =
        || Case::new("proxy_tunnel/clear", vec![Serve], own(1)).then(own(2)).connections(Connections::AsClaimed);
    let head = "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    let drip = vec![Read, Write(b"HTTP/1.1 200".to_vec()), Drip(b"\r\n\r\n".to_vec()), ServerAction::Tunnel(0)];
    let cases = vec![
        through(two_calls(), Proxied::tunnels()),
        through(
            Case::new("proxy_tunnel/headers", vec![Serve], own(1)),
            Proxied::new(vec![Read, Write(head.into()), ServerAction::Tunnel(0)]),
        ),
        through(Case::new("proxy_tunnel/drip", vec![Serve], own(1)), Proxied::new(drip)),
    ];
    #[cfg(feature = "tls")]
    let cases = cases.into_iter().chain(tls_tunnels()).collect();
    cases
}

#[cfg(feature = "tls")]
fn tls_tunnels() -> [Case; 2] {
    use crate::case::Target;
    use crate::server::tls_server::Certificate;

    let two_calls = Case::new("proxy_tunnel/tls", vec![Serve], own(1)).then(own(2)).connections(Connections::AsClaimed);
    // No resolver knows this name, and the certificate is for no other.
    let elsewhere = Proxied { authority: Some("payments.example"), ..Proxied::tunnels() };
    let named = Case::new("proxy_resolves", vec![Serve], own(1));
    let named = named.target(Target::TlsServer(Certificate::WrongHost, b"")).needs(Capability::Tls);
    [through(two_calls.inside_tls(), Proxied::tunnels()), through(named, elsewhere)]
}

/// The proxy's response is no response to the request, and there is no way around the proxy.
fn refusals() -> Vec<Case> {
    let canceled = r#"{"payment": "ORDER-1", "state": "Canceled"}"#;
    let refusals = [
        ("301", response("301 Moved Permanently", &["Location: /"], "{}")),
        ("403", response("403 Forbidden", &["Content-Type: application/json"], canceled)),
        ("407", response("407 Proxy Authentication Required", &["Proxy-Authenticate: Basic realm=\"x\""], "")),
        ("502", response("502 Bad Gateway", &["Retry-After: 0"], "")),
    ];
    refusals.map(|(variant, refusal)| refused(format!("proxy_refuses/{variant}"), vec![Read, Write(refusal)])).into()
}

fn refused(name: impl Into<String>, actions: Vec<ServerAction>) -> Case {
    let proxied = Proxied::new(actions).check(|seen| match (seen.requests.len(), seen.unexpected.len()) {
        (1, 0) => Ok(()),
        (requests, bytes) => Err(format!("the proxy saw {requests} requests, not 1, and {bytes} more bytes")),
    });
    let mut case = through(Case::new(name, vec![Serve], not_sent()).nothing_arrives(), proxied);
    // For a transport that waits for what never comes.
    case.settings.total_timeout = Duration::from_secs(6);
    case.at_most = case.settings.total_timeout + SLACK;
    case
}

/// The connect timeout is the reason, so the proxy may see nothing on a machine that is busy.
fn late(variant: &str, actions: Vec<ServerAction>) -> Case {
    let case = Case::new(format!("proxy_late/{variant}"), vec![Serve], not_sent());
    let case = case.nothing_arrives().impatient_to_connect();
    through(case, Proxied::new(actions)).needs(Capability::ConnectTimeout)
}

fn bad_proxies() -> Vec<Case> {
    let evil = [ESTABLISHED.as_bytes(), &response("200 OK", &[], "EVIL")].concat();
    let unreachable = |variant: &str, place| {
        let case = Case::new(format!("proxy_unreachable/{variant}"), vec![Serve], not_sent());
        let case = case.nothing_arrives().impatient_to_connect();
        through(case, Proxied { place: Some(place), ..Proxied::new(vec![Swallow]) }).needs(Capability::ConnectTimeout)
    };
    // Longer than any limit, and too fast for the connect timeout to be the reason.
    let mut endless = refused(
        "proxy_breaks/endless_head",
        vec![Read, Write(b"HTTP/1.1 200 OK\r\n".to_vec()), Flood(b"x-filler: 0123456789\r\n".repeat(1_000))],
    );
    endless.settings.connect_timeout = Duration::from_secs(12);
    endless.settings.total_timeout = Duration::from_secs(15);
    endless.at_most = Duration::from_secs(8);
    vec![
        refused("proxy_breaks/fin", vec![Read, Fin]),
        refused("proxy_breaks/reset", vec![Read, Reset]),
        refused("proxy_breaks/half_a_head", vec![Read, Write(b"HTTP/1.1 200 OK\r\n".to_vec()), Fin]),
        refused("proxy_breaks/not_http", vec![Read, Write(b"\x05\x00\r\n\r\n".to_vec())]),
        refused("proxy_breaks/surplus", vec![Read, Write(evil), Swallow]),
        endless,
        late("stall", vec![Read, Swallow]),
        late("drip", vec![Read, Drip(format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(200)).into())]),
        unreachable("refused", Nowhere::RefusingPort),
        unreachable("dns", Nowhere::NoSuchHost),
        unreachable("blackhole", Nowhere::BlackHole),
    ]
}

/// Bytes of the request have left, so nobody knows how far they came.
fn broken_tunnels() -> Vec<Case> {
    let established = || Write(ESTABLISHED.into());
    let mut cases = Vec::new();
    for (variant, end) in [("fin", Fin), ("reset", Reset)] {
        let mut case =
            Case::of(format!("proxy_tunnel_breaks/{variant}"), vec![Serve], vec![Step::Call(cancel(1), unknown())]);
        case.requests = Some(0);
        let proxied = Proxied::new(vec![Read, established(), Read, end]).check(|seen| match seen.requests.len() {
            2 => Ok(()),
            requests => Err(format!("{requests} requests for a tunnel and in it, not 2")),
        });
        cases.push(through(case, proxied));
    }
    let case = Case::new("proxy_tunnel_breaks/server", vec![Read, Fin], unknown());
    cases.push(through(case, Proxied::tunnels()));
    #[cfg(feature = "tls")]
    cases.push(through(
        Case::new("proxy_tunnel_breaks/tls", vec![Read, Reset], unknown()).inside_tls(),
        Proxied::tunnels(),
    ));
    cases
}
