//! What the builder accepts, and what it rejects.

use std::time::Duration;

use bambora_client::{BuildClient, BuildError, ClientBuilder, Settings};
use bambora_core::{Api, Delivery, Error};
use bambora_sandbox::Sandbox;

use crate::clients::{AnyClient, for_each_client};

fn settings_that_cannot_work_are_rejected_by_name<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let second = Duration::from_secs(1);
    let build = |builder: ClientBuilder<C>| builder.build(sandbox.api()).unwrap_err();
    assert_eq!(build(ClientBuilder::<C>::new().connect_timeout(Duration::ZERO)), BuildError::ZeroTimeout);
    assert_eq!(
        build(ClientBuilder::<C>::new().connect_timeout(second).total_timeout(second)),
        BuildError::ConnectTimeout
    );
    assert_eq!(build(ClientBuilder::<C>::new().total_timeout(Duration::MAX)), BuildError::LongTimeout);
    assert_eq!(build(ClientBuilder::<C>::new().body_limit(0)), BuildError::ZeroBodyLimit);
    assert_eq!(build(ClientBuilder::<C>::new().user_agent("a\r\nb: c")), BuildError::UserAgent);
    assert_eq!(build(ClientBuilder::<C>::new().user_agent(" ")), BuildError::UserAgent);
    let certificate = build(ClientBuilder::<C>::new().add_root_certificate(*b"no certificate"));
    assert!(matches!(certificate, BuildError::RootCertificate { number: 1, .. }), "{certificate}");
}

fn the_user_agent_is_the_crates_or_the_callers<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let own = C::with_defaults(sandbox.api());
    let named = ClientBuilder::<C>::new().user_agent("shop/7").build(sandbox.api()).unwrap();
    own.query(&"A".parse().unwrap()).unwrap();
    named.query(&"A".parse().unwrap()).unwrap();
    let agents: Vec<_> = sandbox
        .requests()
        .iter()
        .flat_map(|request| request.header("user-agent").map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect();
    let own = format!("{}/{}", C::CRATE, env!("CARGO_PKG_VERSION"));
    assert_eq!(agents, [own.as_bytes(), b"shop/7"]);
}

fn a_body_over_the_limit_is_no_response<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = ClientBuilder::<C>::new().body_limit(20).build(sandbox.api()).unwrap();
    let error = client.query(&"A".parse().unwrap()).unwrap_err();
    let Error::Transport(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.delivery(), Delivery::Unknown);
}

/// A client that changes its settings after they were checked.
struct Changed<C>(std::marker::PhantomData<C>);

impl<C: AnyClient> BuildClient for Changed<C> {
    fn build_client(api: Api, mut settings: Settings) -> Result<Self, BuildError> {
        settings.connect_timeout = Duration::MAX;
        settings.total_timeout = Duration::MAX;
        let client = C::build_client(api, settings)?;
        let _ = client.query(&"A".parse().unwrap());
        Ok(Self(std::marker::PhantomData))
    }
}

fn settings_are_checked_wherever_they_come_from<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let built = ClientBuilder::<Changed<C>>::new().build(sandbox.api());
    assert_eq!(built.err(), Some(BuildError::LongTimeout));
}

fn extreme_settings_do_not_panic<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let (nanosecond, day) = (Duration::from_nanos(1), Duration::from_secs(24 * 60 * 60));
    for (connect_timeout, total_timeout) in [(nanosecond, 2 * nanosecond), (nanosecond, day), (day - nanosecond, day)] {
        let client = ClientBuilder::<C>::new()
            .connect_timeout(connect_timeout)
            .total_timeout(total_timeout)
            .body_limit(usize::MAX)
            .user_agent("a".repeat(60_000))
            .build(sandbox.api())
            .unwrap();
        let result = client.query(&"A".parse().unwrap());
        // The sandbox may find the head too long, which is a response all the same.
        let has_response = matches!(result, Ok(_) | Err(Error::Response(_)));
        assert!(has_response || connect_timeout == nanosecond, "{result:?}");
    }
}

for_each_client! {
    settings_that_cannot_work_are_rejected_by_name,
    the_user_agent_is_the_crates_or_the_callers,
    a_body_over_the_limit_is_no_response,
    settings_are_checked_wherever_they_come_from,
    extreme_settings_do_not_panic,
}
