//! What must survive a crash for a cancel to go on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base_url::{BaseUrl, InvalidBaseUrl};
use crate::credential_parts::{InvalidCredentials, MerchantNumber};
use crate::merchant::Merchant;
use crate::reference::{InvalidReference, PaymentReference};
use crate::text_type::stored_as_text;
use crate::{ascii_json, strict_json};

/// States that a request to cancel a payment may have reached the server. No credentials.
///
/// A checkpoint may be old, copied, or resumed by two processes at once: what a resumed flow claims stays true. Store its text
/// (`to_string()`) **before** a request leaves, and delete it when the outcome is not [`Unknown`](crate::Outcome::Unknown).
/// It names merchant and base URL, so that it cannot be resumed for another merchant's payment of the same reference.
///
/// ```
/// use std::time::Duration;
/// use bambora_core::{BaseUrl, CancelFlow, CancelPolicy, Checkpoint, Merchant, MerchantNumber};
///
/// let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789")?);
/// let mut flow = CancelFlow::new(merchant, "ORDER-1001".parse()?, CancelPolicy::default(), 7);
/// assert_eq!(flow.checkpoint(), None); // nothing was sent yet
///
/// let _send = flow.step(Duration::ZERO);
/// let stored: String = flow.checkpoint().expect("a request is about to leave").to_string();
/// let restored: Checkpoint = stored.parse()?;
/// assert_eq!(restored.reference().as_str(), "ORDER-1001");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(try_from = "String", into = "String"))]
pub struct Checkpoint {
    /// Boxed, since outcomes and errors that carry a checkpoint are returned by value.
    merchant: Box<Merchant>,
    reference: PaymentReference,
    cancels: u32,
}

impl Checkpoint {
    /// The checkpoint of a payment for which `cancels` requests were handed out.
    ///
    /// Flows make theirs themselves; this is for a program that knows by other means that a request may have reached the
    /// server.
    #[must_use]
    pub fn new(merchant: Merchant, reference: PaymentReference, cancels: u32) -> Self {
        Self { merchant: Box::new(merchant), reference, cancels }
    }

    /// Returns the payment's reference.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    /// Returns the merchant whose payment it is.
    #[must_use]
    pub fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// Returns how many cancel requests were handed out so far, including those that could not be sent.
    #[must_use]
    pub fn cancels(&self) -> u32 {
        self.cancels
    }

    /// Checks that the checkpoint belongs to `merchant`: another merchant's payment may have the same reference.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] names the merchant that it belongs to.
    pub fn check_merchant(&self, merchant: &Merchant) -> Result<(), MerchantMismatch> {
        MerchantMismatch::check(self.merchant(), merchant)
    }
}

/// The version of the text. A program that meets another one must not guess.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    base_url: String,
    merchant_number: String,
    reference: String,
    cancels: u32,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl fmt::Display for Checkpoint {
    /// Writes one line of JSON in ASCII.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ascii_json::write(
            f,
            &Record {
                version: VERSION,
                base_url: self.merchant.base_url.to_string(),
                merchant_number: self.merchant.number.as_str().to_owned(),
                reference: self.reference.as_str().to_owned(),
                cancels: self.cancels,
            },
        )
    }
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = |detail| InvalidCheckpoint::Unreadable { detail };
        let version: Version = strict_json::read(text.as_bytes()).map_err(unreadable)?;
        if version.version != VERSION {
            return Err(InvalidCheckpoint::OtherVersion { version: version.version });
        }
        let record: Record = strict_json::read(text.as_bytes()).map_err(unreadable)?;
        // The flow that wrote it was allowed to speak to this address.
        let base_url = BaseUrl::dangerously_allow_cleartext_credentials(&record.base_url)?;
        Ok(Self::new(
            Merchant::new(base_url, MerchantNumber::new(record.merchant_number)?),
            PaymentReference::new(record.reference)?,
            record.cancels,
        ))
    }
}

stored_as_text!(Checkpoint);

/// Why a text is not a [`Checkpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCheckpoint {
    /// It is cut, or something else altogether.
    #[error("this is not a checkpoint, or only a part of one ({detail}): query the payment to learn its state")]
    #[non_exhaustive]
    Unreadable {
        /// What is wrong with it, and where.
        detail: String,
    },
    /// Another version of this library wrote it.
    #[error(
        "the checkpoint has version {version}, and this program knows version 2 only: resume it with the program that wrote it"
    )]
    #[non_exhaustive]
    OtherVersion {
        /// The version in the text.
        version: u32,
    },
    /// Its reference is not valid.
    #[error("the checkpoint's reference is not valid: {0}")]
    Reference(#[from] InvalidReference),
    /// Its merchant number is not valid.
    #[error("the checkpoint's merchant number is not valid: {0}")]
    MerchantNumber(#[from] InvalidCredentials),
    /// Its base URL is not valid.
    #[error("the checkpoint's base URL is not valid: {0}")]
    BaseUrl(#[from] InvalidBaseUrl),
}

/// A flow or a checkpoint belongs to another merchant, or to another address of the API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the cancel belongs to {expected}, and this client is of {found}: go on with that merchant's credentials and base URL"
)]
#[non_exhaustive]
pub struct MerchantMismatch {
    /// Whose payment it is. Boxed, so that results with this error stay small.
    pub expected: Box<Merchant>,
    /// Whose credentials were given.
    pub found: Box<Merchant>,
}

impl MerchantMismatch {
    pub(crate) fn check(expected: &Merchant, found: &Merchant) -> Result<(), Self> {
        if expected == found {
            return Ok(());
        }
        Err(Self { expected: Box::new(expected.clone()), found: Box::new(found.clone()) })
    }
}
