//! What must survive a crash for a cancel to go on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, EvidenceRecord};
use super::table::Rejection;
use crate::{Api, InvalidReference, PaymentReference, Printable, Problem, json_object};

/// Everything that another process, or the same one tomorrow, needs to go on with a cancel. No credentials.
///
/// Store its text (`to_string()`) **before** a request leaves, and drop it when the outcome is not
/// [`Unknown`](crate::Outcome::Unknown). It names the merchant and the base URL, so that it cannot be resumed against
/// another merchant's payment of the same reference.
///
/// ```
/// use bambora_core::Checkpoint;
///
/// # use bambora_core::{Api, CancelFlow, CancelPolicy, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
/// # let api = Api::new(Credentials::new(
/// #     MerchantNumber::new("123456789")?, MerchantToken::new("abcdefg")?, MerchantSecret::new("7AQu7FGB2Kwm")?));
/// # let flow = CancelFlow::new(api, "ORDER-1001".parse()?, CancelPolicy::default(), 7);
/// let stored: String = flow.checkpoint().to_string();
/// let restored: Checkpoint = stored.parse()?;
/// assert_eq!(restored, flow.checkpoint());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub(super) base_url: String,
    pub(super) merchant_number: String,
    pub(super) reference: PaymentReference,
    pub(super) cancels: u32,
    pub(super) reached: bool,
    pub(super) doubt: bool,
    pub(super) evidence: Evidence,
    /// Apart, since errors that carry a checkpoint are to stay small.
    pub(super) rejection: Option<Box<RejectionRecord>>,
}

/// What is kept of a 402 or 422 that answered the last cancel request: no text of the server's but the problem's type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RejectionRecord {
    status: u16,
    #[serde(rename = "type")]
    type_uri: String,
}

impl From<&Rejection> for RejectionRecord {
    fn from(rejection: &Rejection) -> Self {
        Self {
            status: rejection.status,
            type_uri: rejection.problem.type_uri.clone(),
        }
    }
}

impl From<RejectionRecord> for Rejection {
    fn from(record: RejectionRecord) -> Self {
        Self {
            status: record.status,
            problem: Problem::of_type(record.type_uri, record.status),
        }
    }
}

impl Checkpoint {
    /// The payment to cancel.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    /// Where the API was.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Whose payment it is.
    #[must_use]
    pub fn merchant_number(&self) -> &str {
        &self.merchant_number
    }

    /// How many cancel requests were made so far, those that could not be sent included.
    #[must_use]
    pub fn cancels(&self) -> u32 {
        self.cancels
    }

    /// The last thing that was learned.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Whether `api` is the one that this checkpoint belongs to.
    pub(super) fn belongs_to(&self, api: &Api) -> Result<(), ResumeError> {
        if self.merchant_number != api.credentials().merchant_number().as_str() {
            Err(ResumeError::OtherMerchant {
                merchant_number: self.merchant_number.clone(),
            })
        } else if self.base_url != api.base_url().to_string() {
            Err(ResumeError::OtherBaseUrl {
                base_url: self.base_url.clone(),
            })
        } else {
            Ok(())
        }
    }
}

/// The text's version. A program that meets another one must not guess.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    version: u32,
    base_url: String,
    merchant_number: String,
    reference: String,
    cancels: u32,
    reached: bool,
    doubt: bool,
    evidence: EvidenceRecord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rejection: Option<Box<RejectionRecord>>,
}

impl fmt::Display for Checkpoint {
    /// One line of JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&Record {
            version: VERSION,
            base_url: self.base_url.clone(),
            merchant_number: self.merchant_number.clone(),
            reference: self.reference.as_str().to_owned(),
            cancels: self.cancels,
            reached: self.reached,
            doubt: self.doubt,
            evidence: self.evidence.clone().into(),
            rejection: self.rejection.clone(),
        })
        .map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = |error: serde_json::Error| InvalidCheckpoint::Unreadable {
            detail: json_object::what_is_wrong(&error),
        };
        let version: Version = json_object::read(text.as_bytes()).map_err(unreadable)?;
        if version.version != VERSION {
            return Err(InvalidCheckpoint::OtherVersion {
                version: version.version,
            });
        }
        let record: Record = json_object::read(text.as_bytes()).map_err(unreadable)?;
        let evidence = Evidence::from(record.evidence);
        Ok(Self {
            base_url: record.base_url,
            merchant_number: record.merchant_number,
            reference: PaymentReference::new(record.reference)?,
            cancels: record.cancels,
            // Whatever else the text says: a doubt, or an answer, comes of a request that may have arrived.
            reached: record.reached || record.doubt || evidence.is_of_a_server(),
            doubt: record.doubt,
            evidence,
            rejection: record.rejection,
        })
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Why a text is not a [`Checkpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCheckpoint {
    /// It is cut, or something else altogether.
    #[error(
        "this is not a checkpoint, or only a part of one ({detail}): query the payment to learn how it stands"
    )]
    #[non_exhaustive]
    Unreadable {
        /// What is wrong with it, and where.
        detail: String,
    },
    /// Another version of this library wrote it.
    #[error(
        "the checkpoint has version {version}, and this program knows version 1 only: resume it with the program that wrote it"
    )]
    #[non_exhaustive]
    OtherVersion {
        /// The version it says it has.
        version: u32,
    },
    /// It names a reference that cannot be one.
    #[error("the checkpoint's reference cannot be one: {0}")]
    Reference(#[from] InvalidReference),
}

/// Why a [`Checkpoint`] cannot be resumed here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The credentials are of another merchant.
    #[error(
        "the checkpoint belongs to merchant {}: resume it with that merchant's credentials", Printable(.merchant_number)
    )]
    #[non_exhaustive]
    OtherMerchant {
        /// The merchant number in the checkpoint.
        merchant_number: String,
    },
    /// The API is somewhere else.
    #[error("the checkpoint belongs to the API at {}: resume it with that base URL", Printable(.base_url))]
    #[non_exhaustive]
    OtherBaseUrl {
        /// The base URL in the checkpoint.
        base_url: String,
    },
}
