//! The API, or a sandbox inside this process.

use std::error::Error;

use bambora_core::Api;
use bambora_sandbox::Sandbox;
use clap::Args;

use super::endpoint::{Endpoint, sandbox_builder};

#[derive(Args, Debug)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    /// Run against a sandbox inside this process, in which the named payments are made first; needs no credentials
    #[arg(long, help_heading = "Trying it out", conflicts_with = "base_url")]
    pub(crate) sandbox: bool,
}

impl Target {
    /// Returns the API. A sandbox is prepared first, and runs until this process ends.
    pub(crate) fn api(&self, prepare: impl FnOnce(&Sandbox)) -> Result<Api, Box<dyn Error>> {
        if !self.sandbox {
            return self.endpoint.api();
        }
        let sandbox = Box::leak(Box::new(sandbox_builder(self.endpoint.credentials.as_deref())?.start()?));
        prepare(sandbox);
        Ok(sandbox.api())
    }
}
