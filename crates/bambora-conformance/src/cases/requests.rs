//! What arrives is what was given, and nothing more.

use http::Method;

use crate::case::{AUTHORIZATION, Call, Case, Expect, Place, Sight, Step};
use crate::script::{Act, answer, reply};
use crate::wire_log::{Saw, SeenRequest};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        checked("empty_post_framing", Call::cancel(1), |request| {
            one(request, "content-length", "0")?;
            none(request, "transfer-encoding")
        }),
        checked("auth_once", Call::cancel(1), |request| {
            one(request, "authorization", AUTHORIZATION)
        }),
        checked("host_header", Call::cancel(1), |request| {
            match request.header("host").as_slice() {
                [host] if host.starts_with("127.0.0.1:") => Ok(()),
                hosts => Err(format!("the host header is {hosts:?}")),
            }
        }),
        checked("nothing_added", Call::cancel(1), nothing_added),
        ipv6_literal_host(),
        no_cookies(),
    ];
    for path in [
        "/gateway/v2/payments/ORDER-1/cancel/",
        "/payments/%2F%25%2E%20%C3%B6/",
        "/payments/A/?merchant=a%26b",
    ] {
        let mut call = Call::cancel(1);
        call.path = path.to_owned();
        let name = match path {
            "/gateway/v2/payments/ORDER-1/cancel/" => "path_unchanged/prefix",
            "/payments/A/?merchant=a%26b" => "path_unchanged/query",
            _ => "path_unchanged/escapes",
        };
        cases.push(checked(name, call, move |request| {
            if request.target() == path {
                Ok(())
            } else {
                Err(format!("the target arrived as {:?}", request.target()))
            }
        }));
    }
    for length in [1, 1_000, 100_000] {
        cases.push(body_framing(length));
    }
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        cases.push(method_unchanged(method));
    }
    cases
}

/// A call that is answered with 200, and a judgement of the request that arrived.
fn checked(
    name: impl Into<String>,
    call: Call,
    check: impl Fn(&SeenRequest) -> Result<(), String> + Send + Sync + 'static,
) -> Case {
    let script = vec![reply(answer("200 OK", &[], b"{}"))];
    let check = move |saw: &Saw| check(saw.requests.first().ok_or("no request arrived")?);
    Case::new(name, script, Expect::ok("{}"))
        .steps(vec![Step::Call(call, Expect::ok("{}"))])
        .saw(vec![Sight::Requests(1), Sight::Anything(Box::new(check))])
}

fn one(request: &SeenRequest, name: &str, value: &str) -> Result<(), String> {
    let values = request.header(name);
    if values == [value] {
        return Ok(());
    }
    Err(format!(
        "{name} arrived {} times, or as something else",
        values.len()
    ))
}

fn none(request: &SeenRequest, name: &str) -> Result<(), String> {
    if request.header(name).is_empty() {
        Ok(())
    } else {
        Err(format!("{name} was added"))
    }
}

fn nothing_added(request: &SeenRequest) -> Result<(), String> {
    let given = [
        "authorization",
        "api-version",
        "accept",
        "content-length",
        "host",
        "user-agent",
    ];
    let names = request
        .lines
        .iter()
        .skip(1)
        .filter_map(|line| line.split_once(':'));
    let added: Vec<_> = names
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| !given.contains(&name.as_str()))
        .collect();
    if added.is_empty() {
        return Ok(());
    }
    Err(format!("headers that nobody gave: {added:?}"))
}

fn ipv6_literal_host() -> Case {
    let case = checked(
        "ipv6_literal_host",
        Call::cancel(1),
        |request| match request.header("host").as_slice() {
            [host] if host.starts_with("[::1]:") => Ok(()),
            hosts => Err(format!("the host header is {hosts:?}")),
        },
    );
    case.at(Place::ServerOnIpv6)
}

/// A cookie and a challenge must change nothing about the next request.
fn no_cookies() -> Case {
    let headers = [
        "Set-Cookie: session=EVIL; Path=/",
        "WWW-Authenticate: Basic realm=\"x\"",
    ];
    let first = answer("200 OK", &headers, b"{}");
    let second = || Expect::that(|got| got.as_ref().map(|_| ()).map_err(ToString::to_string));
    let check = |saw: &Saw| {
        let request = saw.requests.last().ok_or("no request arrived")?;
        none(request, "cookie")?;
        one(request, "authorization", AUTHORIZATION)
    };
    let script = vec![
        vec![Act::Read, Act::Send(first), Act::Serve],
        vec![Act::Serve],
    ];
    Case::new("no_cookies_no_added_auth", script, Expect::ok("{}"))
        .steps(vec![
            Step::Call(Call::cancel(1), Expect::ok("{}")),
            Step::Call(Call::cancel(2), second()),
        ])
        .saw(vec![Sight::Requests(2), Sight::Anything(Box::new(check))])
}

fn with_body(method: Method, body: Vec<u8>) -> Call {
    let mut call = Call::cancel(1);
    call.method = method;
    for (name, value) in &mut call.headers {
        if name == "content-length" {
            *value = body.len().to_string().into_bytes();
        }
    }
    call.headers
        .push(("content-type".to_owned(), b"application/json".to_vec()));
    call.body = body;
    call
}

fn body_framing(length: usize) -> Case {
    // Every byte value, so that nothing that looks like text is touched.
    let body: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    let expected = body.clone();
    checked(
        format!("body_framing/{length}"),
        with_body(Method::POST, body),
        move |request| {
            one(request, "content-length", &length.to_string())?;
            one(request, "content-type", "application/json")?;
            none(request, "transfer-encoding")?;
            if request.body == expected {
                Ok(())
            } else {
                Err(format!(
                    "{} bytes of the body arrived, or others",
                    request.body.len()
                ))
            }
        },
    )
}

fn method_unchanged(method: Method) -> Case {
    let call = match method {
        Method::GET => {
            let mut call = Call::cancel(1);
            call.method = method.clone();
            call
        }
        _ => with_body(method.clone(), b"{}".to_vec()),
    };
    let name = format!("method_unchanged/{}", method.as_str().to_ascii_lowercase());
    checked(name, call, move |request| {
        let line = request.lines.first().map_or("", String::as_str);
        if line.split(' ').next() == Some(method.as_str()) {
            Ok(())
        } else {
            Err(format!("the request line is {line:?}"))
        }
    })
}
