//! What a client shows of itself.

use bambora_blocking::Client;
use bambora_sandbox::Sandbox;

#[test]
fn a_client_shows_its_merchant_and_no_secret() {
    let sandbox = Sandbox::builder().accept_credentials("123456789", "TOKENPLANTED", "SECRETPLANTED").start().unwrap();
    let shown = format!("{:?}", Client::new(sandbox.api()));
    assert!(shown.starts_with("Client {") && shown.contains("123456789"), "{shown}");
    assert!(!shown.contains("PLANTED"), "{shown}");
}
