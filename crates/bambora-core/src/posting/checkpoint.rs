//! What must survive a crash for a capture or a refund to go on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::key::PostingKey;
use super::order::{PostingKind, PostingOrder};
use crate::checkpoint_text::{self, InvalidCheckpoint, valid};
use crate::merchant::{Merchant, MerchantMismatch};
use crate::money::Amount;
use crate::reference::PaymentReference;
use crate::text_type::stored_as_text;

/// States that a request to capture or refund may have reached the server. No credentials.
///
/// As with a [`Checkpoint`](crate::Checkpoint) of a cancel: it may be old, copied, or resumed by two processes at once. Store its
/// text **before** a request leaves. A flow that is resumed from it queries, and never posts unless its policy opts for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingCheckpoint {
    merchant: Box<Merchant>,
    order: Box<PostingOrder>,
    posts: u32,
    has_posted_again: bool,
}

impl PostingCheckpoint {
    /// Creates the checkpoint of an order for which `posts` requests were handed out.
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
    kind: String,
    reference: String,
    amount: i64,
    key: String,
    posts: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    posted_again: bool,
}

impl fmt::Display for PostingCheckpoint {
    /// Writes one line of JSON in ASCII.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = Record {
            posting_version: VERSION,
            base_url: self.merchant.base_url.to_string(),
            merchant_number: self.merchant.number.to_string(),
            kind: self.order.kind.to_string(),
            reference: self.order.reference.to_string(),
            amount: self.order.amount.minor_units(),
            key: self.order.key.to_string(),
            posts: self.posts,
            posted_again: self.has_posted_again,
        };
        checkpoint_text::write(f, &record)
    }
}

impl FromStr for PostingCheckpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let record: Record = checkpoint_text::read(text, "posting_version", VERSION)?;
        let merchant = checkpoint_text::merchant(&record.base_url, record.merchant_number)?;
        let kind = [PostingKind::Capture, PostingKind::Refund].into_iter().find(|kind| kind.as_str() == record.kind);
        let order = PostingOrder::new(
            valid("kind", kind.ok_or("it is neither capture nor refund"))?,
            valid("reference", PaymentReference::new(record.reference))?,
            valid("amount", Amount::from_minor_units(record.amount))?,
            valid("key", PostingKey::new(record.key))?,
        );
        Ok(Self::new(merchant, order, record.posts).posted_again(record.posted_again))
    }
}

stored_as_text!(PostingCheckpoint);
