//! What a value gives back of what it was made of, and how it is printed.

use std::error::Error as _;

use bambora_core::errors::{InvalidAmount, MerchantMismatch};
use bambora_core::{
    Amount, Api, BaseUrl, CancelFlow, CancelPolicy, Checkpoint, Credentials, Currency, Delivery, Merchant,
    MerchantNumber, MerchantSecret, MerchantToken, PaymentReference, TransportError,
};

fn number(text: &str) -> MerchantNumber {
    MerchantNumber::new(text).unwrap()
}

fn merchant(base_url: &str, text: &str) -> Merchant {
    Merchant::new(BaseUrl::new(base_url).unwrap(), number(text))
}

#[test]
fn an_api_gives_back_what_it_was_made_of() {
    let token = MerchantToken::new("abcdefg").unwrap();
    let credentials = Credentials::new(number("42"), token, MerchantSecret::new("7AQu7FGB2Kwm").unwrap());
    let base_url = BaseUrl::new("https://gateway.example/bambora").unwrap();
    let api = Api::new(credentials.clone()).with_base_url(base_url.clone());
    assert_eq!((api.base_url(), api.merchant()), (&base_url, &Merchant::new(base_url.clone(), number("42"))));
    assert_eq!(api.credentials().merchant_number(), &number("42"));
    assert_eq!(api.credentials().authorization(), credentials.authorization());
    assert_eq!(Api::new(credentials).base_url(), &BaseUrl::beta());
}

#[test]
fn a_merchant_is_named_by_its_number_and_its_address() {
    let one = merchant("https://h.example/a", "42");
    assert_eq!(one.to_string(), "merchant 42 at https://h.example/a");
    assert_eq!(number("42").to_string(), "42");
    assert_eq!(format!("{:>4}|{:<4}", number("42"), number("42")), "  42|42  ");
}

/// The same reference at another merchant, or at another address, is another payment.
#[test]
fn a_question_belongs_to_one_merchant_at_one_address() {
    let own = merchant("https://h.example", "42");
    let checkpoint = Checkpoint::new(own.clone(), "A".parse().unwrap(), 3);
    let flow = CancelFlow::new(own.clone(), "A".parse().unwrap(), CancelPolicy::default(), 1);
    assert_eq!((checkpoint.merchant(), checkpoint.cancels()), (&own, 3));
    assert_eq!((checkpoint.check_merchant(&own), flow.check_merchant(&own)), (Ok(()), Ok(())));
    for other in [merchant("https://h.example", "43"), merchant("https://h.example:8443", "42")] {
        for refused in [checkpoint.check_merchant(&other), flow.check_merchant(&other)] {
            let MerchantMismatch { expected, found, .. } = refused.unwrap_err();
            assert_eq!((*expected, *found), (own.clone(), other.clone()));
        }
    }
}

#[test]
fn a_reference_is_the_text_that_it_was_made_of() {
    let reference: PaymentReference = "ORDER-1001".parse().unwrap();
    assert_eq!(
        (reference.as_str(), reference.as_ref(), reference.to_string().as_str()),
        ("ORDER-1001", "ORDER-1001", "ORDER-1001")
    );
    assert_eq!(PaymentReference::try_from("ORDER-1001"), Ok(reference.clone()));
    assert_eq!(PaymentReference::try_from("ORDER-1001".to_owned()), Ok(reference.clone()));
    assert_eq!(String::from(reference), "ORDER-1001");
}

#[test]
fn an_amount_is_zero_or_more() {
    for minor_units in [0, 1, i64::MAX] {
        let amount = Amount::from_minor_units(minor_units).unwrap();
        assert_eq!((amount.minor_units(), i64::from(amount)), (minor_units, minor_units));
        assert_eq!(Amount::try_from(minor_units), Ok(amount));
        assert_eq!(amount.to_string(), minor_units.to_string());
    }
    let refused: InvalidAmount = Amount::from_minor_units(-1).unwrap_err();
    assert_eq!(refused.minor_units, -1);
    assert_eq!(format!("{:>5}", Amount::from(60)), "   60");
}

#[test]
fn a_currency_is_three_capital_letters() {
    assert_eq!(Currency::new("EUR").unwrap().as_str(), "EUR");
    for text in ["", "EU", "EURO", "eur", "EUr", "E1R", "ÄU"] {
        assert!(Currency::new(text).is_err(), "{text}");
    }
}

#[test]
fn a_delivery_has_its_name_and_a_failure_says_which_it_is() {
    assert_eq!([Delivery::NotSent, Delivery::Unknown].map(Delivery::as_str), ["not_sent", "unknown"]);
    for (failure, delivery, text) in [
        (TransportError::not_sent("refused"), Delivery::NotSent, "the request was not sent"),
        (
            TransportError::unknown("refused"),
            Delivery::Unknown,
            "no usable response; the request may have reached the server",
        ),
    ] {
        assert_eq!((failure.delivery(), failure.to_string().as_str()), (delivery, text));
        assert_eq!(failure.source().unwrap().to_string(), "refused");
    }
}
