//! Shop code that can be tested without a network: a trait of your own around the cancel, and a fake of it.
//!
//! `cargo run -p bambora-core --example fake_payments`

use std::collections::BTreeMap;

use bambora_core::errors::InvalidReference;
use bambora_core::flow::{Canceled, Confirmation, NotSent, Refused, Unknown};
use bambora_core::{BaseUrl, Checkpoint, Merchant, MerchantNumber, Outcome, PaymentReference, PaymentState, Problem};

/// What the shop needs of payments. In production, a client implements it: `fn cancel(…) { self.client.cancel(reference) }`.
trait Payments {
    fn cancel(&self, reference: &PaymentReference) -> Outcome;
}

/// What became of an order.
#[derive(Debug, PartialEq, Eq)]
enum Order {
    /// The customer is told that the amount was released.
    Canceled,
    /// Somebody has to look at the payment.
    NeedsAttention(String),
    /// Nothing happened yet: cancel it again later.
    CancelAgain,
    /// Resume from this text later, and tell the customer nothing until then.
    Resume(String),
}

/// The shop's own code, which is to be tested.
fn cancel_order(payments: &impl Payments, number: &str) -> Result<Order, InvalidReference> {
    let reference: PaymentReference = number.parse()?;
    Ok(match payments.cancel(&reference) {
        Outcome::Canceled(_) => Order::Canceled,
        Outcome::Refused(refused) => Order::NeedsAttention(refused.to_string()),
        Outcome::NotSent(_) => Order::CancelAgain,
        Outcome::Unknown(unknown) => Order::Resume(unknown.checkpoint.to_string()),
    })
}

/// Payments whose outcomes are written down beforehand.
struct FakePayments(BTreeMap<PaymentReference, Outcome>);

impl Payments for FakePayments {
    fn cancel(&self, reference: &PaymentReference) -> Outcome {
        let unheard_of = || {
            let problem = Problem::new(404, "payment_not_found");
            Outcome::Refused(Refused::by_problem(reference.clone(), problem))
        };
        self.0.get(reference).cloned().unwrap_or_else(unheard_of)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789")?);
    let paid: PaymentReference = "ORDER-1001".parse()?;
    let captured: PaymentReference = "ORDER-1002".parse()?;
    let offline: PaymentReference = "ORDER-1003".parse()?;
    let in_doubt: PaymentReference = "ORDER-1004".parse()?;
    let checkpoint = Checkpoint::new(merchant, in_doubt.clone(), 1);
    let outcomes = [
        Outcome::Canceled(Canceled::new(paid, Confirmation::Response)),
        Outcome::Refused(Refused::by_state(captured, PaymentState::Captured)),
        Outcome::NotSent(NotSent::new(offline)),
        Outcome::Unknown(Unknown::new(checkpoint.clone())),
    ];
    let payments = FakePayments(outcomes.into_iter().map(|outcome| (outcome.reference().clone(), outcome)).collect());

    assert_eq!(cancel_order(&payments, "ORDER-1001")?, Order::Canceled);
    assert!(matches!(
        cancel_order(&payments, "ORDER-1002")?,
        Order::NeedsAttention(why) if why.contains("Captured")
    ));
    assert_eq!(cancel_order(&payments, "ORDER-1003")?, Order::CancelAgain);
    assert_eq!(cancel_order(&payments, "ORDER-1004")?, Order::Resume(checkpoint.to_string()));
    assert!(matches!(
        cancel_order(&payments, "ORDER-1005")?,
        Order::NeedsAttention(why) if why.contains("payment_not_found")
    ));
    assert!(cancel_order(&payments, "..").is_err());
    println!("the shop handles each outcome");
    Ok(())
}

#[test]
fn the_shop_handles_each_outcome() -> Result<(), Box<dyn std::error::Error>> {
    main()
}
