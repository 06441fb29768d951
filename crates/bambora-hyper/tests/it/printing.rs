//! What a client shows of itself.

use std::time::Duration;

use bambora_hyper::Client;
use bambora_sandbox::Sandbox;

#[tokio::test]
async fn a_client_shows_its_merchant_and_no_secret() {
    let sandbox = Sandbox::builder().accept_credentials("123456789", "TOKENPLANTED", "SECRETPLANTED").start().unwrap();
    let client = Client::new(sandbox.api());
    let mut cancel = client.cancel(&"A".parse().unwrap());
    for (shown, name) in [(format!("{client:?}"), "Client {"), (format!("{cancel:?}"), "Running(Driver {")] {
        assert!(shown.starts_with(name) && shown.contains("123456789"), "{shown}");
        assert!(!shown.contains("PLANTED"), "{shown}");
    }
    // Neither before it was begun nor afterwards.
    let _ = (&mut cancel).await;
    assert!(!format!("{cancel:?}").contains("PLANTED"));
}

/// A program that gives up a lost exchange after a while of its own must know how long one may take.
#[test]
fn a_client_tells_its_total_timeout() {
    let api = Sandbox::start().unwrap().api();
    assert_eq!(Client::new(api.clone()).total_timeout(), Duration::from_secs(30));
    let client = Client::builder().total_timeout(Duration::from_secs(12)).build(api).unwrap();
    assert_eq!(client.total_timeout(), Duration::from_secs(12));
}
