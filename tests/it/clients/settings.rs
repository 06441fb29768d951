//! What the builder takes, and what it refuses.

use std::time::Duration;

use bambora_core::{BuildError, ClientBuilder};
use bambora_sandbox::Sandbox;

use crate::clients::{AnyClient, for_each_client};

fn settings_that_cannot_work_are_refused_by_name<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let second = Duration::from_secs(1);
    let build = |builder: ClientBuilder<C>| builder.build(sandbox.api()).unwrap_err();
    assert_eq!(
        build(ClientBuilder::<C>::new().connect_timeout(Duration::ZERO)),
        BuildError::ZeroTimeout
    );
    assert_eq!(
        build(
            ClientBuilder::<C>::new()
                .connect_timeout(second)
                .total_timeout(second)
        ),
        BuildError::ConnectTimeout
    );
    assert_eq!(
        build(ClientBuilder::<C>::new().total_timeout(Duration::MAX)),
        BuildError::LongTimeout
    );
    assert_eq!(
        build(ClientBuilder::<C>::new().body_limit(0)),
        BuildError::ZeroBodyLimit
    );
    assert_eq!(
        build(ClientBuilder::<C>::new().user_agent("a\r\nb: c")),
        BuildError::UserAgent
    );
    assert_eq!(
        build(ClientBuilder::<C>::new().user_agent(" ")),
        BuildError::UserAgent
    );
    let certificate = build(ClientBuilder::<C>::new().add_root_certificate(*b"no certificate"));
    assert!(
        matches!(certificate, BuildError::RootCertificate { number: 1, .. }),
        "{certificate}"
    );
}

fn the_user_agent_is_the_crate_s_or_the_caller_s<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let own = C::with_defaults(sandbox.api());
    let named = ClientBuilder::<C>::new()
        .user_agent("shop/7")
        .build(sandbox.api())
        .unwrap();
    own.query(&"A".parse().unwrap()).unwrap();
    named.query(&"A".parse().unwrap()).unwrap();
    let agents: Vec<_> = sandbox
        .requests()
        .iter()
        .flat_map(|request| {
            request
                .header("user-agent")
                .map(<[u8]>::to_vec)
                .collect::<Vec<_>>()
        })
        .collect();
    let own = format!("{}/{}", C::CRATE, env!("CARGO_PKG_VERSION"));
    assert_eq!(agents, [own.as_bytes(), b"shop/7"]);
}

fn a_body_over_the_limit_is_no_answer<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = ClientBuilder::<C>::new()
        .body_limit(20)
        .build(sandbox.api())
        .unwrap();
    let error = client.query(&"A".parse().unwrap()).unwrap_err();
    assert_eq!(error.kind(), bambora_core::ErrorKind::NoAnswer, "{error:?}");
}

for_each_client! {
    settings_that_cannot_work_are_refused_by_name,
    the_user_agent_is_the_crate_s_or_the_caller_s,
    a_body_over_the_limit_is_no_answer,
}
