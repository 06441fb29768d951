//! Where the API is, and whose payments it is asked about.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_sandbox::{Sandbox, SandboxBuilder};
use clap::Args;

use super::credential_source::{NAMES, find};
use crate::shell_word::{file_word, shell_word};

#[derive(Args, Debug)]
#[command(next_help_heading = "The API")]
pub(crate) struct Endpoint {
    #[arg(
        long,
        value_name = "URL",
        help = "Where the API is: https, or http for a loopback address [env: BAMBORA_BASE_URL] \
                [default: https://api-beta.bambora.com]"
    )]
    pub(crate) base_url: Option<String>,
    /// Read the credentials from this file: lines of NAME=value, named as in the environment
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
}

impl Endpoint {
    /// Returns the API with the merchant's credentials.
    pub(crate) fn api(&self) -> Result<Api, Box<dyn Error>> {
        let texts = find(self.credentials.as_deref())?.ok_or_else(|| {
            let names = NAMES.join(", ");
            format!(
                "there are no credentials: set {names}, name a file with --credentials FILE, or try it out with \
                 --sandbox"
            )
        })?;
        let [number, token, secret] = texts.each_ref().map(|text| text.as_str());
        let credentials =
            Credentials::new(MerchantNumber::new(number)?, MerchantToken::new(token)?, MerchantSecret::new(secret)?);
        Ok(Api::new(credentials).with_base_url(self.base_url()?))
    }

    fn base_url(&self) -> Result<BaseUrl, Box<dyn Error>> {
        Ok(match (&self.base_url, env::var("BAMBORA_BASE_URL")) {
            (Some(text), _) => BaseUrl::new(text)?,
            (None, Ok(text)) => BaseUrl::new(&text).map_err(|error| format!("BAMBORA_BASE_URL: {error}"))?,
            (None, Err(env::VarError::NotPresent)) => BaseUrl::beta(),
            (None, Err(env::VarError::NotUnicode(_))) => {
                return Err("BAMBORA_BASE_URL is not UTF-8 text: set it again".into());
            }
        })
    }

    /// Returns these options as they are typed.
    pub(super) fn arguments(&self) -> String {
        let base_url = self.base_url.iter().map(|url| format!(" --base-url {}", shell_word(url)));
        let credentials = self.credentials.iter().map(|path| format!(" --credentials {}", file_word(path)));
        base_url.chain(credentials).collect()
    }
}

/// Returns the builder of a sandbox that accepts the credentials that are set, or else those of the published example.
pub(crate) fn sandbox_builder(credentials: Option<&Path>) -> Result<SandboxBuilder, Box<dyn Error>> {
    let Some(texts) = find(credentials)? else {
        return Ok(Sandbox::builder());
    };
    let [number, token, secret] = texts.each_ref().map(|text| text.as_str());
    Ok(Sandbox::builder().accept_credentials(number, token, secret))
}

/// Starts a sandbox that is prepared and then runs until this process ends, and returns its API.
pub(crate) fn embedded_sandbox(
    credentials: Option<&Path>,
    prepare: impl FnOnce(&Sandbox),
) -> Result<Api, Box<dyn Error>> {
    let sandbox = Box::leak(Box::new(sandbox_builder(credentials)?.start()?));
    prepare(sandbox);
    Ok(sandbox.api())
}
