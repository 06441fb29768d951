//! The API, and how it is reached.

use std::error::Error;
use std::path::Path;

use bambora_core::Api;
use bambora_hyper::{BuildError, Client};
use clap::Args;

use super::endpoint::Endpoint;
use super::hints::Hints;
use super::network::Network;
use super::run_options::RunOptions;
use crate::shell_word::file_word;

#[derive(Args, Debug)]
pub(crate) struct Connection {
    #[command(flatten)]
    pub(crate) endpoint: Endpoint,
    #[command(flatten)]
    network: Network,
}

impl Connection {
    /// Returns a client of the API. Only one that knows when it must not may use a connection again.
    pub(crate) fn client(&self, api: Api, reuse_connections: bool) -> Result<Client, Box<dyn Error>> {
        let builder = self.network.client_builder()?.reuse_connections(reuse_connections);
        builder.build(api).map_err(|error| match error {
            BuildError::ZeroTimeout | BuildError::LongTimeout | BuildError::ConnectTimeout => {
                format!("--connect-timeout, --timeout: {error}").into()
            }
            BuildError::CleartextToProxy => format!("--base-url, --proxy: {error}").into(),
            BuildError::SystemRoots { .. } => format!("--system-roots: {error}").into(),
            error => error.into(),
        })
    }

    /// Returns what to advise if a request of the client fails.
    pub(crate) fn hints(&self, client: &Client) -> Hints {
        self.network.hints(client.api().base_url().is_https())
    }

    /// Returns a command that goes on with a file at the same API, and sends no more than this one does.
    pub(crate) fn resume_command(&self, run: &RunOptions, file: &Path) -> String {
        let (endpoint, network, run) = (self.endpoint.arguments(), self.network.arguments(), run.arguments());
        format!("bambora resume{endpoint}{network}{run} {}", file_word(file))
    }
}
