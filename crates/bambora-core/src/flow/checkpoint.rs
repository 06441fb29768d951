//! What must survive a crash for a cancel to go on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::checkpoint_text::{self, InvalidCheckpoint, valid};
use crate::merchant::{Merchant, MerchantMismatch};
use crate::reference::PaymentReference;
use crate::text_type::stored_as_text;

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
pub struct Checkpoint {
    /// Boxed, since outcomes and errors that carry a checkpoint are returned by value.
    merchant: Box<Merchant>,
    reference: PaymentReference,
    cancels: u32,
}

impl Checkpoint {
    /// Creates the checkpoint of a payment for which `cancels` requests were handed out.
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

impl fmt::Display for Checkpoint {
    /// Writes one line of JSON in ASCII.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = Record {
            version: VERSION,
            base_url: self.merchant.base_url.to_string(),
            merchant_number: self.merchant.number.to_string(),
            reference: self.reference.to_string(),
            cancels: self.cancels,
        };
        checkpoint_text::write(f, &record)
    }
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let record: Record = checkpoint_text::read(text, "version", VERSION)?;
        let merchant = checkpoint_text::merchant(&record.base_url, record.merchant_number)?;
        let reference = valid("reference", PaymentReference::new(record.reference))?;
        Ok(Self::new(merchant, reference, record.cancels))
    }
}

stored_as_text!(Checkpoint);
