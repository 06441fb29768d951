//! The least that a program does with core alone: it builds a request, and reads a response.

use bambora_core::{Api, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken, OperationExt as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::new(Credentials::new(
        MerchantNumber::new("123456789")?,
        MerchantToken::new("abcdefg")?,
        MerchantSecret::new("7AQu7FGB2Kwm")?,
    ));
    let cancel = CancelPayment::new("ORDER-1001".parse()?);
    let request = api.request(&cancel);
    println!("{}", request.uri());
    let response = std::env::args().nth(1).unwrap_or_default();
    println!("{}", cancel.parse(&http::Response::new(response))?.state);
    Ok(())
}
