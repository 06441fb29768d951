//! Nothing of a response's body and no credentials in what the engine stores.

use std::fs;
use std::path::Path;

use bambora_core::Outcome;
use bambora_core::posting::PostingKind;

use crate::support::fixture::{Fixture, order, reference, soon};

/// Returns whether one of the files in the folder has these bytes.
fn is_stored(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_credentials_nor_bodies_are_stored() {
    let fixture = Fixture::set().await;
    for name in ["ORDER-1", "ORDER-2"] {
        fixture.sandbox.authorize(name);
        // It stands in the body of every response about the payment.
        assert!(fixture.sandbox.capture(name, 60, Some("CUSTOMER-DATA")));
    }
    let cancel = fixture.payments.cancel(&reference("ORDER-1")).await.unwrap();
    let refund = fixture.payments.post(&order(PostingKind::Refund, "ORDER-2", 10, "INVOICE-2")).await.unwrap();
    let _worker = fixture.worker();
    assert!(matches!(soon("the outcome", cancel.outcome()).await, Ok(Outcome::Refused(_))));
    soon("the outcome", refund.outcome()).await.unwrap().into_result().unwrap();

    let credentials = fixture.sandbox.api().credentials().authorization().to_str().unwrap().to_owned();
    let encoded = credentials.trim_start_matches("Basic ");
    let folder = fixture.engine.folder();
    for stored in ["ORDER-1", "INVOICE-2", "invalid_payment_state_transition", "123456789"] {
        assert!(is_stored(folder, stored), "{stored}");
    }
    for secret in ["abcdefg", "7AQu7FGB2Kwm", encoded, "CUSTOMER-DATA"] {
        assert!(!is_stored(folder, secret), "{secret}");
    }
}
