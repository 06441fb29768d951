//! What a client shows of itself.

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
