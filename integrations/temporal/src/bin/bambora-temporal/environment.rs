//! The merchant, the credentials and the engine, from the environment. No message has a part of the credentials.

use std::env;
use std::error::Error;

use bambora_core::{Api, BaseUrl, Credentials, Merchant, MerchantNumber, MerchantSecret, MerchantToken};
use temporalio_client::envconfig::LoadClientConfigProfileOptions;
use temporalio_client::{Client, ClientOptions, Connection};

const NUMBER: &str = "BAMBORA_MERCHANT_NUMBER";
const TOKEN: &str = "BAMBORA_MERCHANT_TOKEN";
const SECRET: &str = "BAMBORA_MERCHANT_SECRET";
const BASE_URL: &str = "BAMBORA_BASE_URL";

/// Reads whose payments are meant. The token and the secret are not looked at.
pub(crate) fn merchant() -> Result<Merchant, Box<dyn Error>> {
    let base_url = match variable(BASE_URL)? {
        Some(text) => BaseUrl::new(&text).map_err(|error| format!("{BASE_URL}: {error}"))?,
        None => BaseUrl::beta(),
    };
    Ok(Merchant::new(base_url, MerchantNumber::new(required(NUMBER)?)?))
}

/// Reads the API with the merchant's credentials.
pub(crate) fn api() -> Result<Api, Box<dyn Error>> {
    let Merchant { base_url, number, .. } = merchant()?;
    let token = MerchantToken::new(required(TOKEN)?)?;
    let secret = MerchantSecret::new(required(SECRET)?)?;
    Ok(Api::new(Credentials::new(number, token, secret)).with_base_url(base_url))
}

fn required(name: &str) -> Result<String, String> {
    variable(name)?.ok_or_else(|| format!("{name} is not set: set it"))
}

fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8 text: set it again")),
    }
}

/// Connects to the engine.
pub(crate) async fn connect() -> Result<Client, Box<dyn Error>> {
    let (connection, client) = ClientOptions::load_from_config(LoadClientConfigProfileOptions::default())?;
    let target = connection.target.to_string();
    let connection = Connection::connect(connection).await;
    let connection = connection.map_err(|error| format!("cannot connect to Temporal at {target}: {error}"))?;
    Ok(Client::new(connection, client)?)
}
