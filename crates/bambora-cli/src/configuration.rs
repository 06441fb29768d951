//! From options to the API that requests go to.

use std::env;
use std::error::Error;

use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken, PaymentReference};
use bambora_sandbox::{Operation, Sandbox, SandboxBuilder};

use crate::arguments::Options;
use crate::credential_source::{NAMES, find};

/// Returns the API of a command on these payments.
pub(crate) fn api(options: &Options, references: &[PaymentReference]) -> Result<Api, Box<dyn Error>> {
    if options.sandbox {
        return embedded_sandbox(options, references);
    }
    let base_url = match (&options.base_url, env::var("BAMBORA_BASE_URL")) {
        (Some(text), _) => BaseUrl::new(text)?,
        (None, Ok(text)) => BaseUrl::new(&text).map_err(|error| format!("BAMBORA_BASE_URL: {error}"))?,
        (None, Err(env::VarError::NotPresent)) => BaseUrl::beta(),
        (None, Err(env::VarError::NotUnicode(_))) => {
            return Err("BAMBORA_BASE_URL is not UTF-8 text: set it again".into());
        }
    };
    let texts = find(options.credentials.as_deref())?.ok_or_else(|| {
        let names = NAMES.join(", ");
        format!(
            "there are no credentials: set {names}, name a file with --credentials FILE, or try it out with --sandbox"
        )
    })?;
    let [number, token, secret] = texts.each_ref().map(|text| text.as_str());
    let credentials =
        Credentials::new(MerchantNumber::new(number)?, MerchantToken::new(token)?, MerchantSecret::new(secret)?);
    Ok(Api::new(credentials).with_base_url(base_url))
}

/// Starts a sandbox that runs until this process ends.
fn embedded_sandbox(options: &Options, references: &[PaymentReference]) -> Result<Api, Box<dyn Error>> {
    let is_named = |reference: &str| references.iter().any(|named| named.as_str() == reference);
    let mut states = options.sandbox_state.iter();
    if let Some((reference, _)) = states.find(|(reference, _)| !is_named(reference)) {
        return Err(format!(
            "--sandbox-state is about {reference}, which the command does not name: correct one of the two"
        )
        .into());
    }
    let sandbox = Box::leak(Box::new(sandbox_builder(options)?.start()?));
    for reference in references {
        sandbox.authorize(reference.as_str());
        for &fault in &options.sandbox_fault {
            sandbox.fault(Operation::Cancel, reference.as_str(), fault);
        }
    }
    for (reference, state) in &options.sandbox_state {
        sandbox.insert(reference, state.clone());
    }
    Ok(sandbox.api())
}

/// Returns the builder of a sandbox that accepts the credentials that are set, or else those of the published example.
pub(crate) fn sandbox_builder(options: &Options) -> Result<SandboxBuilder, Box<dyn Error>> {
    let Some(texts) = find(options.credentials.as_deref())? else {
        return Ok(Sandbox::builder());
    };
    let [number, token, secret] = texts.each_ref().map(|text| text.as_str());
    Ok(Sandbox::builder().accept_credentials(number, token, secret))
}
