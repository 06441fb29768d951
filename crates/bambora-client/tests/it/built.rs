//! A client that does nothing but show the settings that it was built with.

use bambora_client::{BuildClient, BuildError, ClientBuilder, Settings};
use bambora_core::Api;

use crate::api;

pub(crate) struct Built(Settings);

impl BuildClient for Built {
    fn build_client(_: Api, settings: Settings) -> Result<Self, BuildError> {
        Ok(Self(settings))
    }
}

pub(crate) fn builder() -> ClientBuilder<Built> {
    ClientBuilder::new()
}

pub(crate) fn built(builder: ClientBuilder<Built>) -> Result<Settings, BuildError> {
    builder.build(api()).map(|built| built.0)
}
