//! The settings of a builder, for tests of what they are given to.

use bambora_client::{BuildClient, BuildError, ClientBuilder, Settings};
use bambora_core::{Api, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

pub(crate) struct Given(Settings);

impl BuildClient for Given {
    fn build_client(_: Api, settings: Settings) -> Result<Self, BuildError> {
        Ok(Self(settings))
    }
}

pub(crate) fn given(builder: ClientBuilder<Given>) -> Settings {
    let number = MerchantNumber::new("123456789").unwrap();
    let (token, secret) = (MerchantToken::new("t").unwrap(), MerchantSecret::new("s").unwrap());
    builder.build(Api::new(Credentials::new(number, token, secret))).unwrap().0
}
