//! From options to the API that requests go to.

use std::env;
use std::error::Error;

use bambora_core::{Api, BaseUrl, PaymentReference, PaymentState, Printable};
use bambora_sandbox::{Operation, Sandbox, SandboxBuilder};

use crate::arguments::Options;
use crate::credential_source::{CredentialTexts, NoCredentials};

/// The API, and the sandbox behind it where it is one of ours.
pub(crate) struct Configuration {
    pub(crate) api: Api,
    /// Runs as long as this lives.
    _sandbox: Option<Sandbox>,
}

impl Configuration {
    /// What the options say, for commands on these payments.
    pub(crate) fn new(
        options: &Options,
        references: &[PaymentReference],
    ) -> Result<Self, Box<dyn Error>> {
        if options.sandbox {
            let sandbox = embedded_sandbox(options, references)?;
            return Ok(Self {
                api: sandbox.api(),
                _sandbox: Some(sandbox),
            });
        }
        let base_url = match &options.base_url {
            Some(text) => Some(BaseUrl::new(text)?),
            None => match env::var("BAMBORA_BASE_URL") {
                Ok(text) => {
                    let of_variable = |error| format!("BAMBORA_BASE_URL: {error}");
                    Some(BaseUrl::new(&text).map_err(of_variable)?)
                }
                Err(env::VarError::NotPresent) => None,
                Err(env::VarError::NotUnicode(_)) => {
                    return Err("BAMBORA_BASE_URL is not UTF-8 text: set it again".into());
                }
            },
        };
        let credentials = CredentialTexts::find(options.credentials.as_deref())?.check()?;
        let api = Api::new(credentials);
        Ok(Self {
            api: match base_url {
                Some(base_url) => api.with_base_url(base_url),
                None => api,
            },
            _sandbox: None,
        })
    }
}

fn embedded_sandbox(
    options: &Options,
    references: &[PaymentReference],
) -> Result<Sandbox, Box<dyn Error>> {
    let states = options
        .sandbox_state
        .iter()
        .map(|text| payment_and_state(text).ok_or_else(|| not_a_state(text)))
        .collect::<Result<Vec<_>, _>>()?;
    let is_named = |reference: &str| references.iter().any(|named| named.as_str() == reference);
    if let Some((reference, _)) = states.iter().find(|(reference, _)| !is_named(reference)) {
        let reference = Printable(reference);
        return Err(format!("--sandbox-state is of {reference}, which the command does not name: correct the one or the other").into());
    }
    let sandbox = with_credentials(Sandbox::builder(), options)?.start()?;
    for reference in references {
        sandbox.authorize(reference.as_str());
        for &fault in &options.sandbox_fault {
            sandbox.fault(Operation::Cancel, reference.as_str(), fault);
        }
    }
    for (reference, state) in states {
        sandbox.insert(&reference, state);
    }
    Ok(sandbox)
}

/// The sandbox accepts the credentials that are given, and where there are none, the published example's.
pub(crate) fn with_credentials(
    builder: SandboxBuilder,
    options: &Options,
) -> Result<SandboxBuilder, NoCredentials> {
    match CredentialTexts::find(options.credentials.as_deref()) {
        Ok(texts) => {
            texts.check()?;
            let [number, token, secret] =
                [&texts.number, &texts.token, &texts.secret].map(|text| text.as_str());
            Ok(builder.accept_credentials(number, token, secret))
        }
        Err(NoCredentials::NotSet(missing)) if missing.len() == 3 => Ok(builder),
        Err(error) => Err(error),
    }
}

/// Reads `REF=STATE`, where the state is one that the API documents. The reference may hold a `=` itself.
pub(crate) fn payment_and_state(text: &str) -> Option<(String, PaymentState)> {
    let (reference, state) = text.rsplit_once('=')?;
    let state = PaymentState::from(state);
    let known = !matches!(state, PaymentState::Other(_));
    (known && PaymentReference::new(reference).is_ok()).then(|| (reference.to_owned(), state))
}

pub(crate) fn not_a_state(text: &str) -> String {
    format!(
        "{} is not REF=STATE: write for example ORDER-1002=Captured; states: None, Authorized, \
         \"Authorization Expired\", Declined, Voided, Captured, Refunded, Settled, Canceled",
        Printable(text)
    )
}

/// The references of a command, each checked before anything is sent, and none twice.
pub(crate) fn references(texts: &[String]) -> Result<Vec<PaymentReference>, Box<dyn Error>> {
    let mut references = Vec::with_capacity(texts.len());
    for text in texts {
        let reference: PaymentReference = text.parse()?;
        if references.contains(&reference) {
            return Err(format!("{reference} is named twice: name each payment once").into());
        }
        references.push(reference);
    }
    Ok(references)
}
