//! The least that a program does with the API client of another payment service: it cancels a payment intent.

use stripe::{CancelPaymentIntent, Client, PaymentIntent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new("sk_test_123");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let cancel = PaymentIntent::cancel(&client, "pi_1001", CancelPaymentIntent::default());
    println!("{:?}", runtime.block_on(cancel)?.status);
    Ok(())
}
