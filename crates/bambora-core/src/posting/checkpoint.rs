//! What must survive a crash for a capture or a refund to go on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::key::{InvalidPostingKey, PostingKey};
use super::order::{PostingKind, PostingOrder};
use crate::base_url::{BaseUrl, InvalidBaseUrl};
use crate::credential_parts::{InvalidCredentials, MerchantNumber};
use crate::flow::MerchantMismatch;
use crate::merchant::Merchant;
use crate::money::{Amount, InvalidAmount};
use crate::reference::{InvalidReference, PaymentReference};
use crate::text_type::stored_as_text;
use crate::{ascii_json, strict_json};

/// States that a request to capture or refund may have reached the server. No credentials.
///
/// As with a [`Checkpoint`](crate::Checkpoint) of a cancel: it may be old, copied, or resumed by two processes at once. Store its
/// text **before** a request leaves. A flow that is resumed from it queries, and never posts unless its policy opts for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize), serde(try_from = "String", into = "String"))]
pub struct PostingCheckpoint {
    merchant: Box<Merchant>,
    order: Box<PostingOrder>,
    posts: u32,
    has_posted_again: bool,
}

impl PostingCheckpoint {
    /// The checkpoint of an order for which `posts` requests were handed out.
    #[must_use]
    pub fn new(merchant: Merchant, order: PostingOrder, posts: u32) -> Self {
        Self { merchant: Box::new(merchant), order: Box::new(order), posts, has_posted_again: false }
    }

    pub(super) fn posted_again(mut self, has_posted_again: bool) -> Self {
        self.has_posted_again = has_posted_again;
        self
    }

    /// Returns the merchant whose payment it is.
    #[must_use]
    pub fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// Returns the capture or refund.
    #[must_use]
    pub fn order(&self) -> &PostingOrder {
        &self.order
    }

    /// Returns how many posting requests were handed out so far, including those that could not be sent.
    #[must_use]
    pub fn posts(&self) -> u32 {
        self.posts
    }

    /// Returns `true` if the one further request that
    /// [`dangerously_post_again_after`](super::PostingPolicy::dangerously_post_again_after) allows was handed out.
    #[must_use]
    pub fn has_posted_again(&self) -> bool {
        self.has_posted_again
    }

    /// Checks that the checkpoint belongs to `merchant`.
    ///
    /// # Errors
    ///
    /// [`MerchantMismatch`] names the merchant that it belongs to.
    pub fn check_merchant(&self, merchant: &Merchant) -> Result<(), MerchantMismatch> {
        MerchantMismatch::check(&self.merchant, merchant)
    }
}

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    posting_version: u32,
    base_url: String,
    merchant_number: String,
    kind: Kind,
    reference: String,
    amount: i64,
    key: String,
    posts: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    posted_again: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Capture,
    Refund,
}

#[derive(Deserialize)]
struct Version {
    posting_version: u32,
}

impl fmt::Display for PostingCheckpoint {
    /// Writes one line of JSON in ASCII.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ascii_json::write(
            f,
            &Record {
                posting_version: VERSION,
                base_url: self.merchant.base_url.to_string(),
                merchant_number: self.merchant.number.as_str().to_owned(),
                kind: match self.order.kind {
                    PostingKind::Capture => Kind::Capture,
                    PostingKind::Refund => Kind::Refund,
                },
                reference: self.order.reference.as_str().to_owned(),
                amount: self.order.amount.minor_units(),
                key: self.order.key.as_str().to_owned(),
                posts: self.posts,
                posted_again: self.has_posted_again,
            },
        )
    }
}

impl FromStr for PostingCheckpoint {
    type Err = InvalidPostingCheckpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = |detail| InvalidPostingCheckpoint::Unreadable { detail };
        let version: Version = strict_json::read(text.as_bytes()).map_err(unreadable)?;
        if version.posting_version != VERSION {
            return Err(InvalidPostingCheckpoint::OtherVersion { version: version.posting_version });
        }
        let record: Record = strict_json::read(text.as_bytes()).map_err(unreadable)?;
        let kind = match record.kind {
            Kind::Capture => PostingKind::Capture,
            Kind::Refund => PostingKind::Refund,
        };
        // The flow that wrote it was allowed to speak to this address.
        let base_url = BaseUrl::dangerously_allow_cleartext_credentials(&record.base_url)?;
        let merchant = Merchant::new(base_url, MerchantNumber::new(record.merchant_number)?);
        let order = PostingOrder::new(
            kind,
            PaymentReference::new(record.reference)?,
            Amount::from_minor_units(record.amount)?,
            PostingKey::new(record.key)?,
        );
        Ok(Self::new(merchant, order, record.posts).posted_again(record.posted_again))
    }
}

stored_as_text!(PostingCheckpoint);

/// Why a text is not a [`PostingCheckpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPostingCheckpoint {
    /// It is cut, or something else altogether.
    #[error(
        "this is not the checkpoint of a capture or refund, or only a part of one ({detail}): query the payment to learn its state"
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
        /// The version in the text.
        version: u32,
    },
    /// Its reference is not valid.
    #[error("the checkpoint's reference is not valid: {0}")]
    Reference(#[from] InvalidReference),
    /// Its amount is not valid.
    #[error("the checkpoint's amount is not valid: {0}")]
    Amount(#[from] InvalidAmount),
    /// Its key is not valid.
    #[error("the checkpoint's key is not valid: {0}")]
    Key(#[from] InvalidPostingKey),
    /// Its merchant number is not valid.
    #[error("the checkpoint's merchant number is not valid: {0}")]
    MerchantNumber(#[from] InvalidCredentials),
    /// Its base URL is not valid.
    #[error("the checkpoint's base URL is not valid: {0}")]
    BaseUrl(#[from] InvalidBaseUrl),
}
