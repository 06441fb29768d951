//! The least that a program does with the async client: it cancels a payment.

use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_hyper::Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Api::new(Credentials::new(
        MerchantNumber::new("123456789")?,
        MerchantToken::new("abcdefg")?,
        MerchantSecret::new("7AQu7FGB2Kwm")?,
    )));
    let reference = "ORDER-1001".parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{}", runtime.block_on(client.cancel(&reference)));
    Ok(())
}
