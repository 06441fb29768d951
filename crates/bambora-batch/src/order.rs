//! What is to be done with a payment.

use std::fmt;

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentReference};

/// What a row asks for: a payment to be canceled, or an amount of it to be captured or refunded.
///
/// Two orders are the same if payment and operation are the same, and the key of captures and refunds: the journal has one row
/// for both.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// Cancel the payment of this reference.
    Cancel(PaymentReference),
    /// Capture or refund an amount of a payment, by a key.
    Posting(PostingOrder),
}

impl Order {
    /// Returns the payment's reference.
    #[must_use]
    pub fn reference(&self) -> &PaymentReference {
        match self {
            Self::Cancel(reference) => reference,
            Self::Posting(posting) => &posting.reference,
        }
    }

    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Cancel(_) => Operation::Cancel,
            Self::Posting(posting) => posting.kind.into(),
        }
    }

    /// Returns the amount to capture or refund, in minor currency units.
    #[must_use]
    pub fn amount(&self) -> Option<Amount> {
        match self {
            Self::Cancel(_) => None,
            Self::Posting(posting) => Some(posting.amount),
        }
    }

    /// Returns the key of the capture or refund.
    #[must_use]
    pub fn key(&self) -> Option<&PostingKey> {
        match self {
            Self::Cancel(_) => None,
            Self::Posting(posting) => Some(&posting.key),
        }
    }
}

impl From<PaymentReference> for Order {
    fn from(reference: PaymentReference) -> Self {
        Self::Cancel(reference)
    }
}

impl From<PostingOrder> for Order {
    fn from(posting: PostingOrder) -> Self {
        Self::Posting(posting)
    }
}

/// `cancel of ORDER-1`, `capture of 1000 minor units of ORDER-1 by key INVOICE-7`.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancel(reference) => write!(f, "cancel of {reference}"),
            Self::Posting(posting) => posting.fmt(f),
        }
    }
}

/// Cancel, capture or refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `cancel_payment`.
    Cancel,
    /// `capture_payment`.
    Capture,
    /// `refund_payment`.
    Refund,
}

impl Operation {
    /// Returns the word that the journal has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Capture => PostingKind::Capture.as_str(),
            Self::Refund => PostingKind::Refund.as_str(),
        }
    }
}

impl From<PostingKind> for Operation {
    fn from(kind: PostingKind) -> Self {
        match kind {
            PostingKind::Capture => Self::Capture,
            PostingKind::Refund => Self::Refund,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
