//! What arrives is what the caller gave, and nothing else.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method};

use crate::case::{CREDENTIALS, Call, Case, Step, Target, at_path, cancel};
use crate::expect::{ok, own};
use crate::server::script::ServerAction::Serve;
use crate::server::script::{reply, reply_then, response};
use crate::server::wire_log::SeenRequest;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        checked("empty_post_framing", cancel(1), |request| {
            one(request, "content-length", &["0"])?;
            none(request, "transfer-encoding")
        }),
        checked("auth_once", cancel(1), |request| one(request, "authorization", &[CREDENTIALS])),
        checked("nothing_added", cancel(1), nothing_added),
        host("host_header/other_port", Target::Server),
        host("host_header/default_port", Target::ServerOnDefaultPort),
        host("ipv6_literal_host", Target::ServerOnIpv6),
        no_cookies(),
        Case::of("proxy_env_ignored", vec![Serve], vec![Step::CallWithProxies]),
    ];
    for (variant, path) in [
        ("prefix", "/gateway/v2/payments/ORDER-1/cancel/"),
        ("escapes", "/payments/%2F%25%2E%20%C3%B6/"),
        ("query", "/payments/A/?merchant=a%26b"),
    ] {
        let call = at_path(cancel(1), path);
        let name = format!("path_unchanged/{variant}");
        cases.push(checked(name, call, move |request| same("the target", request.target(), path)));
    }
    cases.extend([1, 1_000, 100_000].map(body_framing));
    let methods = [Method::GET, Method::PUT, Method::PATCH, Method::DELETE];
    cases.extend(methods.map(method_unchanged));
    cases
}

/// A call that gets a 200, and a check of the request that arrived.
fn checked(
    name: impl Into<String>,
    call: Call,
    check: impl Fn(&SeenRequest) -> Result<(), String> + Send + Sync + 'static,
) -> Case {
    let actions = reply(response("200 OK", &[], "{}"));
    let case = Case::of(name, actions, vec![Step::Call(call, ok("{}"))]);
    case.check(move |seen| check(seen.requests.first().ok_or("no request arrived")?))
}

fn same(what: &str, found: &str, expected: &str) -> Result<(), String> {
    let same = (found == expected).then_some(());
    same.ok_or_else(|| format!("{what} arrived as {found:?}"))
}

/// Demands that a header occurs once, with one of these values.
fn one(request: &SeenRequest, name: &str, allowed: &[&str]) -> Result<(), String> {
    match request.header(name)[..] {
        [value] if allowed.contains(&value) => Ok(()),
        // The values may be credentials.
        ref values => Err(format!("{name} arrived {} times or changed", values.len())),
    }
}

fn none(request: &SeenRequest, name: &str) -> Result<(), String> {
    let none = request.header(name).is_empty().then_some(());
    none.ok_or_else(|| format!("{name} was added"))
}

fn nothing_added(request: &SeenRequest) -> Result<(), String> {
    let given = cancel(1);
    let names = request.headers().map(|(name, _)| name.to_ascii_lowercase());
    names
        .filter(|name| !given.headers().contains_key(name))
        .filter(|name| !["host", "user-agent"].contains(&name.as_str()))
        .try_for_each(|name| Err(format!("the caller did not give the header {name}")))
}

/// The host header must name the authority of the URL, with or without a port that is the scheme's default.
fn host(name: &str, target: Target) -> Case {
    let case = checked(name, cancel(1), |request| {
        let authority = request.authority.as_str();
        let without = authority.strip_suffix(":80").unwrap_or(authority);
        one(request, "host", &[authority, without])
    });
    case.target(target)
}

/// A cookie and a challenge must not change the next request.
fn no_cookies() -> Case {
    let headers = ["Set-Cookie: session=EVIL; Path=/", "WWW-Authenticate: Basic realm=\"x\""];
    let actions = reply_then(response("200 OK", &headers, "{}"), [Serve]);
    Case::new("no_cookies_no_added_auth", actions, ok("{}")).then(own(2)).check(|seen| {
        let request = seen.requests.last().ok_or("no request arrived")?;
        none(request, "cookie")?;
        one(request, "authorization", &[CREDENTIALS])
    })
}

fn with_body(method: Method, body: Vec<u8>) -> Call {
    let mut call = cancel(1);
    *call.method_mut() = method;
    let headers = call.headers_mut();
    headers.insert(CONTENT_LENGTH, body.len().into());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *call.body_mut() = body;
    call
}

fn body_framing(length: usize) -> Case {
    // Every byte value, so that treating the body as text is noticed.
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    let call = with_body(Method::POST, body.clone());
    checked(format!("body_framing/{length}"), call, move |request| {
        one(request, "content-length", &[&length.to_string()])?;
        one(request, "content-type", &["application/json"])?;
        none(request, "transfer-encoding")?;
        let same = (request.body == body).then_some(());
        same.ok_or_else(|| "another body arrived".to_owned())
    })
}

fn method_unchanged(method: Method) -> Case {
    let mut call = cancel(1);
    match method {
        Method::GET => *call.method_mut() = Method::GET,
        _ => call = with_body(method.clone(), b"{}".to_vec()),
    }
    let name = format!("method_unchanged/{}", method.as_str().to_ascii_lowercase());
    checked(name, call, move |request| same("the method", request.method(), method.as_str()))
}
