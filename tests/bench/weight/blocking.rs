//! The least that a program does with the blocking client: it cancels a payment.

use bambora_blocking::Client;
use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Api::new(Credentials::new(
        MerchantNumber::new("123456789")?,
        MerchantToken::new("abcdefg")?,
        MerchantSecret::new("7AQu7FGB2Kwm")?,
    )));
    println!("{}", client.cancel(&"ORDER-1001".parse()?));
    Ok(())
}
