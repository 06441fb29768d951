//! The capture or refund that is to be made.

use std::fmt;

use super::key::PostingKey;
use crate::escaped::Escaped;
use crate::money::Amount;
use crate::operations::{CapturePayment, Operation as _, RefundPayment};
use crate::payment::{Payment, PostingMatch};
use crate::reference::PaymentReference;
use crate::text_type::display_as_str;

/// Capture or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "the API has these two kinds of posting")]
pub enum PostingKind {
    /// `capture_payment`.
    Capture,
    /// `refund_payment`.
    Refund,
}

impl PostingKind {
    /// Returns the name used in JSON: `capture` or `refund`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Refund => "refund",
        }
    }

    /// Returns the API's operation id.
    #[must_use]
    pub fn operation_id(self) -> &'static str {
        match self {
            Self::Capture => CapturePayment::NAME,
            Self::Refund => RefundPayment::NAME,
        }
    }

    /// Returns what was done: `captured` or `refunded`.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::Capture => "captured",
            Self::Refund => "refunded",
        }
    }
}

display_as_str!(PostingKind);

/// The capture or refund that is to be made: of which payment, how much, and by which key.
///
/// ```
/// use bambora_core::posting::{PostingKey, PostingOrder};
/// use bambora_core::Amount;
///
/// let order = PostingOrder::capture(
///     "ORDER-1001".parse()?,
///     Amount::from(1_000), // 10.00 EUR
///     PostingKey::new("INVOICE-7")?,
/// );
/// assert_eq!(order.to_string(), "capture of 1000 minor units of ORDER-1001 by key INVOICE-7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PostingOrder {
    /// Capture or refund.
    pub kind: PostingKind,
    /// The payment's reference.
    pub reference: PaymentReference,
    /// The amount, in minor currency units.
    pub amount: Amount,
    /// The key.
    pub key: PostingKey,
}

impl PostingOrder {
    /// Creates a capture of `amount`, in minor currency units.
    #[must_use]
    pub fn capture(reference: PaymentReference, amount: Amount, key: PostingKey) -> Self {
        Self::new(PostingKind::Capture, reference, amount, key)
    }

    /// Creates a refund of `amount`, in minor currency units.
    #[must_use]
    pub fn refund(reference: PaymentReference, amount: Amount, key: PostingKey) -> Self {
        Self::new(PostingKind::Refund, reference, amount, key)
    }

    /// Creates a posting of this kind.
    #[must_use]
    pub fn new(kind: PostingKind, reference: PaymentReference, amount: Amount, key: PostingKey) -> Self {
        Self { kind, reference, amount, key }
    }

    pub(super) fn capture_payment(&self) -> CapturePayment {
        CapturePayment::new(self.reference.clone(), self.amount).with_comment(self.key.comment().clone())
    }

    pub(super) fn refund_payment(&self) -> RefundPayment {
        RefundPayment::new(self.reference.clone(), self.amount).with_comment(self.key.comment().clone())
    }

    /// Looks for the posting in a payment object.
    #[must_use]
    pub fn find_in(&self, payment: &Payment) -> PostingMatch {
        let postings = match self.kind {
            PostingKind::Capture => &payment.captures,
            PostingKind::Refund => &payment.refunds,
        };
        let mut with_key =
            postings.iter().filter(|posting| posting.comment.as_deref() == Some(self.key.as_str())).peekable();
        if postings.is_empty() {
            PostingMatch::Absent
        } else if with_key.peek().is_none() {
            PostingMatch::OtherKeys
        } else if with_key.any(|posting| posting.amount == Some(self.amount)) {
            PostingMatch::Found
        } else {
            PostingMatch::OtherAmount
        }
    }
}

impl fmt::Display for PostingOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, reference, amount, key } = self;
        let (reference, key) = (Escaped(reference), Escaped(key.as_str()));
        write!(f, "{kind} of {amount} minor units of {reference} by key {key}")
    }
}
