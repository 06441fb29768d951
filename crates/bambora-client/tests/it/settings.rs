//! Which settings a client gets, and which none can have.

use std::time::Duration;

use bambora_client::{BuildError, Proxy, RootStore, Settings};
use bambora_core::posting::PostingPolicy;
use bambora_core::{BaseUrl, CancelPolicy};

use super::built::{Built, builder, built};
use super::certificates::{authority, client_certificate};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const NANOSECOND: Duration = Duration::from_nanos(1);

fn other_budgets() -> CancelPolicy {
    CancelPolicy::builder().queries(9).build().unwrap()
}

/// Every setting, each another than the default.
fn all() -> Settings {
    let builder = builder()
        .connect_timeout(2 * SECOND)
        .total_timeout(3 * SECOND)
        .body_limit(4)
        .root_store(RootStore::Empty)
        .add_root_certificate(authority())
        .client_certificate(client_certificate())
        .proxy(Proxy::new("http://proxy.example:3128").unwrap())
        .reuse_connections(true)
        .user_agent("shop/1")
        .cancel_policy(other_budgets())
        .posting_policy(PostingPolicy::new(other_budgets()));
    built(builder).unwrap()
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let settings = built(builder()).unwrap();
    assert_eq!((settings.connect_timeout, settings.total_timeout), (5 * SECOND, 30 * SECOND));
    assert_eq!(settings.body_limit, 1_048_576);
    assert_eq!((settings.root_store, settings.root_certificates.len()), (RootStore::WebPki, 0));
    assert!(settings.client_certificate.is_none() && settings.proxy.is_none() && settings.user_agent.is_none());
    assert!(!settings.reuse_connections);
    assert_eq!(settings.cancel_policy, CancelPolicy::default());
    assert_eq!(settings.posting_policy, PostingPolicy::default());
}

#[test]
fn each_setting_arrives_whatever_else_is_set() {
    let settings = all();
    assert_eq!((settings.connect_timeout, settings.total_timeout), (2 * SECOND, 3 * SECOND));
    assert_eq!(settings.body_limit, 4);
    assert_eq!((settings.root_store, settings.root_certificates), (RootStore::Empty, vec![authority()]));
    assert!(settings.client_certificate.is_some() && settings.reuse_connections);
    assert_eq!(settings.proxy.unwrap().to_string(), "http://proxy.example:3128");
    assert_eq!(settings.user_agent.as_deref(), Some("shop/1"));
    assert_eq!(settings.cancel_policy, other_budgets());
    assert_eq!(settings.posting_policy, PostingPolicy::new(other_budgets()));
}

#[test]
fn a_setting_shows_in_debug_unless_it_is_a_secret() {
    let shown = [format!("{:?}", all()), format!("{:?}", builder().body_limit(4))];
    assert!(shown[0].starts_with("Settings {") && shown[1].starts_with("ClientBuilder(Settings {"), "{shown:?}");
    assert!(shown.iter().all(|shown| shown.contains("body_limit: 4")), "{shown:?}");
    for setting in ["connect_timeout: 2s", "root_certificates: 1", "certificates: 1", "shop/1", "queries: 9"] {
        assert!(shown[0].contains(setting), "{setting} in {}", shown[0]);
    }
}

#[test]
fn timeouts_are_more_than_zero_and_at_most_a_day() {
    let with = |connect, total| built(builder().connect_timeout(connect).total_timeout(total)).map(|_| ());
    for (connect, total, expected) in [
        (NANOSECOND, 2 * NANOSECOND, Ok(())),
        (DAY - NANOSECOND, DAY, Ok(())),
        (SECOND, DAY + NANOSECOND, Err(BuildError::LongTimeout)),
        (Duration::ZERO, SECOND, Err(BuildError::ZeroTimeout)),
        (SECOND, Duration::ZERO, Err(BuildError::ZeroTimeout)),
        (SECOND, SECOND, Err(BuildError::ConnectTimeout)),
        (2 * SECOND, SECOND, Err(BuildError::ConnectTimeout)),
    ] {
        assert_eq!(with(connect, total), expected, "{connect:?} of {total:?}");
    }
}

#[test]
fn a_limit_of_nothing_and_a_header_that_cannot_be_sent_are_rejected() {
    assert!(built(builder().body_limit(1)).is_ok());
    assert_eq!(built(builder().body_limit(0)).unwrap_err(), BuildError::ZeroBodyLimit);
    for user_agent in ["shop/1", "a b", "~!"] {
        assert!(built(builder().user_agent(user_agent)).is_ok(), "{user_agent:?}");
    }
    for user_agent in ["", "  ", "a\tb", "a\r\nb", "ä", "a\u{7f}"] {
        let rejected = built(builder().user_agent(user_agent)).unwrap_err();
        assert_eq!(rejected, BuildError::UserAgent, "{user_agent:?}");
    }
}

#[test]
fn no_credentials_cross_a_network_to_a_proxy_in_clear_text() {
    let build = |base_url: BaseUrl, proxy: &str| -> Result<Built, BuildError> {
        builder().proxy(Proxy::new(proxy).unwrap()).build(crate::api().with_base_url(base_url))
    };
    let checked = |base_url: &str, proxy: &str| build(BaseUrl::new(base_url).unwrap(), proxy).map(|_| ());
    for base_url in ["http://127.0.0.1:8080", "http://[::1]", "http://localhost"] {
        for proxy in ["http://192.0.2.2:3128", "http://proxy.example:3128", "http://[2001:db8::1]:3128"] {
            assert_eq!(checked(base_url, proxy), Err(BuildError::CleartextToProxy), "{base_url} by {proxy}");
        }
        for proxy in ["http://127.0.0.1:3128", "http://[::1]:3128", "http://localhost:3128"] {
            assert_eq!(checked(base_url, proxy), Ok(()), "{base_url} by {proxy}");
        }
    }
    assert_eq!(checked("https://payments.example", "http://proxy.example:3128"), Ok(()));
    assert_eq!(checked("https://127.0.0.1", "http://proxy.example:3128"), Ok(()));
    let accepted = BaseUrl::dangerously_allow_cleartext_credentials("http://payments.example").unwrap();
    assert!(build(accepted, "http://proxy.example:3128").is_ok());
}
