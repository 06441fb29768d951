//! No value and no error chain shows the secret or the encoded credentials.

use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use bambora_core::operations::AuthorizeCardPayment;
use bambora_core::operations::{EncryptedCard, EncryptedSessionKey};
use bambora_core::{
    Amount, Api, BaseUrl, CancelFlow, CancelPayment, CancelPolicy, Credentials, Error as ApiError, MerchantNumber,
    MerchantSecret, MerchantToken, Operation as _, OperationExt as _, QueryPayment, TransportError,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use proptest::prelude::*;

struct Secrets {
    kept: Vec<String>,
}

impl Secrets {
    fn assert_kept_by(&self, text: &str) {
        for secret in &self.kept {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
    }

    fn assert_kept_by_debug(&self, value: &dyn Debug) {
        self.assert_kept_by(&format!("{value:?}"));
        self.assert_kept_by(&format!("{value:#?}"));
    }

    fn assert_kept_by_error(&self, error: &(dyn Error + 'static)) {
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.assert_kept_by_debug(&error);
            self.assert_kept_by(&error.to_string());
            cause = error.source();
        }
    }
}

proptest! {
    #[test]
    fn nothing_shows_them(secret in "SECRET[ -~]{4,20}", token in "TOKEN[!-9;-?A-~]{4,20}") {
        let encoded = STANDARD.encode(format!("{token}@123456789:{secret}"));
        let secrets = Secrets { kept: vec![secret.clone(), token.clone(), encoded] };
        let token = MerchantToken::new(token).unwrap();
        let secret = MerchantSecret::new(secret).unwrap();
        secrets.assert_kept_by_debug(&token);
        secrets.assert_kept_by_debug(&secret);
        let credentials = Credentials::new(MerchantNumber::new("123456789").unwrap(), token, secret);
        secrets.assert_kept_by_debug(&credentials);
        secrets.assert_kept_by_debug(&credentials.authorization());
        let api = Api::new(credentials).with_base_url(BaseUrl::new("https://h.example/p").unwrap());
        secrets.assert_kept_by_debug(&api);
        let cancel = CancelPayment::new("A".parse().unwrap());
        secrets.assert_kept_by_debug(&api.request(&cancel));
        secrets.assert_kept_by_debug(&api.request(&QueryPayment::new("A".parse().unwrap())));

        let mut flow = CancelFlow::new(api.merchant().clone(), "A".parse().unwrap(), CancelPolicy::default(), 0);
        secrets.assert_kept_by_debug(&flow.step(Duration::ZERO));
        flow.on_failure(&TransportError::unknown("reset"));
        secrets.assert_kept_by_debug(&flow);
        secrets.assert_kept_by_debug(&flow.checkpoint());
        secrets.assert_kept_by(&flow.checkpoint().unwrap().to_string());
        let outcome = flow.stop();
        secrets.assert_kept_by_debug(&outcome);
        secrets.assert_kept_by(&outcome.to_string());
        secrets.assert_kept_by_error(&outcome.into_result().unwrap_err());
    }
}

proptest! {
    /// Encrypted card data is as good as the card's to anybody who has the key.
    #[test]
    fn nothing_shows_an_encrypted_card(planted in prop::array::uniform5("PLANTED[ -~]{4,20}"), echoes: bool) {
        let [number, cvc, month, year, session_key] = planted.clone();
        let secrets = Secrets { kept: planted.to_vec() };
        let card = EncryptedCard::new(number, cvc, month, year);
        let key = EncryptedSessionKey::new("a fingerprint", session_key);
        secrets.assert_kept_by_debug(&card);
        secrets.assert_kept_by_debug(&key);
        let reference = || "A".parse().unwrap();
        let authorize = AuthorizeCardPayment::new(reference(), "EUR".parse().unwrap(), Amount::from(1), card, key.clone())
            .with_session_key(key);
        secrets.assert_kept_by_debug(&authorize);
        // The request has to have them. Its body is bytes, so a log that prints it shows no text.
        let body = authorize.body();
        for kept in &planted {
            let quoted = serde_json::to_string(kept).unwrap();
            prop_assert!(String::from_utf8_lossy(&body).contains(&quoted));
        }
        // A server that echoes the request.
        let echo = match echoes {
            true => body,
            false => format!(r#"{{"type":"about:blank","title":{0},"detail":{0},"status":400"#,
                serde_json::to_string(&planted[0]).unwrap()).into_bytes(),
        };
        for status in [200, 201, 400, 500] {
            let response = Response::builder().status(status).body(echo.clone()).unwrap();
            let error = authorize.parse(&response).unwrap_err();
            secrets.assert_kept_by_error(&error);
            secrets.assert_kept_by_error(&ApiError::from(error));
        }
    }
}

#[test]
fn a_body_that_cannot_be_parsed_is_not_quoted() {
    let planted = "4111111111111111";
    let secrets = Secrets { kept: vec![planted.to_owned()] };
    for body in [
        format!(r#"{{"payment": "A", "state": "Canceled", "region": {planted}}}"#),
        format!(r#"{{"payment": "A", "state": "Canceled", "captures": "{planted}"}}"#),
        format!(r#"{{"payment": "A", "state": "Canceled", "captures": [[{planted}]]}}"#),
        format!(r#"{{"payment": "A", "state": "Canceled", "operationInProgress": {planted}}}"#),
        format!(r#"{{"payment": "A", "state": {planted}}}"#),
        format!(r#"{{"payment": "A", "state": "Canceled", "card": {planted}{planted}.}}"#),
        planted.to_owned(),
    ] {
        let response = Response::new(&body);
        let error = CancelPayment::new("A".parse().unwrap()).parse(&response).unwrap_err();
        secrets.assert_kept_by_error(&error);
        assert_eq!(error.body(), body.as_bytes());
    }
    let card =
        format!(r#"{{"payment": "A", "state": "Canceled", "card": {{"cardNumber": {planted}, "cardType": "Visa"}}}}"#);
    let payment = CancelPayment::new("A".parse().unwrap()).parse(&Response::new(card)).unwrap();
    assert_eq!(payment.card.as_ref().unwrap().card_number.as_deref(), Some(planted));
    secrets.assert_kept_by_debug(&payment);
    assert!(format!("{payment:?}").contains(r#"Card { card_type: Some("Visa"), "#), "{payment:?}");
}

#[test]
fn a_response_that_echoes_them_is_kept_and_not_printed() {
    let secrets = Secrets { kept: vec!["7AQu7FGB2Kwm".to_owned()] };
    let echo =
        Response::builder().status(500).header("x-echo", "7AQu7FGB2Kwm").body("<html>7AQu7FGB2Kwm</html>").unwrap();
    let error = CancelPayment::new("A".parse().unwrap()).parse(&echo).unwrap_err();
    assert_eq!(error.body(), b"<html>7AQu7FGB2Kwm</html>");
    secrets.assert_kept_by_error(&error);
    secrets.assert_kept_by_error(&ApiError::from(error));
    secrets.assert_kept_by_error(&TransportError::unknown(std::io::Error::other("reset")));
}

#[test]
fn a_secret_says_that_it_is_one() {
    let token = MerchantToken::new("TOKEN").unwrap();
    assert_eq!(format!("{token:?}"), "MerchantToken([redacted])");
    let secret = MerchantSecret::new("SECRET").unwrap();
    assert_eq!(format!("{secret:?}"), "MerchantSecret([redacted])");
    let card = bambora_core::operations::CardToken::new("CARD").unwrap();
    assert_eq!(format!("{card:?}"), "CardToken([redacted])");
}
