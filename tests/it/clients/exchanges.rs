//! Single exchanges: what comes back, what is lost, and what that means for the request.

use std::error::Error as _;
use std::time::Duration;

use bambora_client::ClientBuilder;
use bambora_core::errors::ResponseErrorKind;
use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
use bambora_core::{Amount, CancelPayment, Delivery, Error, PaymentReference, PaymentState, ProblemType};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::clients::{AnyClient, for_each_client};

fn reference(text: &str) -> PaymentReference {
    text.parse().unwrap()
}

fn cancel(text: &str) -> CancelPayment {
    CancelPayment::new(reference(text))
}

fn delivery(error: &Error) -> Delivery {
    match error {
        Error::Transport(error) => error.delivery(),
        other => panic!("{other}"),
    }
}

fn the_three_operations<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let client = C::with_defaults(sandbox.api());
    let authorize = AuthorizeTokenPayment::new(
        reference("A"),
        "EUR".parse().unwrap(),
        Amount::from(250),
        CardToken::new("token").unwrap(),
    );
    let authorized = client.send(&authorize).unwrap();
    assert_eq!(authorized.state, PaymentState::Authorized);
    let queried = client.query(&reference("A")).unwrap();
    assert_eq!(queried.amount.unwrap().minor_units(), 250);
    let canceled = client.send(&cancel("A")).unwrap();
    assert_eq!(canceled.state, PaymentState::Canceled);
    assert!(sandbox.is_canceled("A"));
    assert_eq!(sandbox.connections(), 3);
}

fn the_longest_and_ugliest_reference_is_canceled<C: AnyClient>() {
    let text: String = "/%🙂 ".chars().cycle().take(2000).collect();
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize(&text);
    let client = C::with_defaults(sandbox.api());
    client.send(&cancel(&text)).unwrap();
    assert!(sandbox.is_canceled(&text));
}

fn a_problem_is_kept_whole<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.insert("A", PaymentState::Captured);
    let client = C::with_defaults(sandbox.api());
    let Err(Error::Response(error)) = client.send(&cancel("A")) else {
        panic!("not refused");
    };
    assert_eq!(error.status(), 422);
    assert_eq!(error.problem().unwrap().kind(), ProblemType::InvalidPaymentStateTransition);
    assert_eq!(error.headers()["content-type"], "application/problem+json");
    assert!(error.body().starts_with(b"{"));
}

fn what_is_lost_on_the_way_is_unknown<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    let client = C::with_defaults(sandbox.api());
    for (text, response) in [("A", FaultResponse::Drop), ("B", FaultResponse::Reset)] {
        sandbox.authorize(text);
        sandbox.fault(Operation::Cancel, text, Fault::new(Effect::Apply, response));
        let error = client.send(&cancel(text)).unwrap_err();
        assert_eq!(delivery(&error), Delivery::Unknown, "{response:?}");
        assert!(sandbox.is_canceled(text));
    }
}

fn a_server_that_is_not_there_is_not_sent_to<C: AnyClient>() {
    let mut sandbox = Sandbox::start().unwrap();
    let client = C::with_defaults(sandbox.api());
    sandbox.stop();
    let error = client.send(&cancel("A")).unwrap_err();
    assert_eq!(delivery(&error), Delivery::NotSent);
}

fn a_response_that_does_not_come_is_unknown_within_the_total_timeout<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Ok).held());
    let client = ClientBuilder::<C>::new()
        .connect_timeout(Duration::from_millis(200))
        .total_timeout(Duration::from_millis(400))
        .build(sandbox.api())
        .unwrap();
    let error = client.send(&cancel("A")).unwrap_err();
    assert_eq!(delivery(&error), Delivery::Unknown);
    let cause = error.source().unwrap().to_string();
    assert!(cause.contains("timeout"), "{cause}");
}

fn half_a_response_is_no_response<C: AnyClient>() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Apply, FaultResponse::Cut));
    let client = C::with_defaults(sandbox.api());
    match client.send(&cancel("A")).unwrap_err() {
        Error::Transport(error) => assert_eq!(error.delivery(), Delivery::Unknown),
        Error::Response(error) => assert!(matches!(error.kind(), ResponseErrorKind::Unreadable { .. })),
        other => panic!("{other}"),
    }
}

fn connections_are_reused_only_if_that_is_asked_for<C: AnyClient>() {
    for (reuse, connections) in [(false, 5), (true, 1)] {
        let sandbox = Sandbox::start().unwrap();
        sandbox.authorize("A");
        let client = ClientBuilder::<C>::new().reuse_connections(reuse).build(sandbox.api()).unwrap();
        for _ in 0..5 {
            client.query(&reference("A")).unwrap();
        }
        assert_eq!(sandbox.connections(), connections);
    }
}

fn no_error_chain_shows_the_credentials<C: AnyClient>() {
    let mut sandbox =
        Sandbox::builder().accept_credentials("123456789", "TOKENPLANTED", "SECRETPLANTED").start().unwrap();
    let encoded = "VE9LRU5QTEFOVEVEQDEyMzQ1Njc4OTpTRUNSRVRQTEFOVEVE";
    let client = C::with_defaults(sandbox.api());
    sandbox.authorize("A");
    sandbox.fault(Operation::Cancel, "A", Fault::new(Effect::Skip, FaultResponse::Drop));
    let mut errors = vec![client.send(&cancel("A")).unwrap_err()];
    errors.push(client.send(&cancel("MISSING")).unwrap_err());
    sandbox.stop();
    errors.push(client.send(&cancel("A")).unwrap_err());
    let mut shown = format!("{client:?} {errors:?}");
    for error in &errors {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(error) = cause {
            shown += &format!("{error} {error:?}");
            cause = error.source();
        }
    }
    for planted in ["TOKENPLANTED", "SECRETPLANTED", encoded] {
        assert!(!shown.contains(planted), "{shown}");
    }
}

for_each_client! {
    the_three_operations,
    the_longest_and_ugliest_reference_is_canceled,
    a_problem_is_kept_whole,
    what_is_lost_on_the_way_is_unknown,
    a_server_that_is_not_there_is_not_sent_to,
    a_response_that_does_not_come_is_unknown_within_the_total_timeout,
    half_a_response_is_no_response,
    connections_are_reused_only_if_that_is_asked_for,
    no_error_chain_shows_the_credentials,
}
