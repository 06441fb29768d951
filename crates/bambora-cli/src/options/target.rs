//! The API, or a sandbox inside this process.

use std::error::Error;

use bambora_core::Api;
use bambora_sandbox::Sandbox;
use clap::Args;

use super::connection::Connection;
use super::endpoint::embedded_sandbox;

#[derive(Args, Debug)]
pub(crate) struct Target {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Run against a sandbox inside this process, in which the named payments are made first; needs no credentials
    #[arg(long, help_heading = "Trying it out", conflicts_with_all = ["base_url", "proxy"])]
    pub(crate) sandbox: bool,
}

impl Target {
    /// Returns the API. A sandbox is prepared first.
    pub(crate) fn api(&self, prepare: impl FnOnce(&Sandbox)) -> Result<Api, Box<dyn Error>> {
        match self.sandbox {
            true => embedded_sandbox(self.connection.endpoint.credentials.as_deref(), prepare),
            false => self.connection.api(),
        }
    }
}
