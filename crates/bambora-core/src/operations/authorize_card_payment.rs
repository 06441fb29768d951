//! `authorize_card_payment`: reserves an amount on a card whose data was encrypted on the customer's device.

use http::{Method, StatusCode};
use serde::Serialize;

use super::comment::Comment;
use super::operation::{Operation, json_body, verify_state};
use crate::credential_parts::MerchantNumber;
use crate::money::{Amount, Currency};
use crate::payment::{Payment, PaymentState};
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;
use crate::secret::Secret;

/// Card data as the vendor's mobile SDK encrypted it: four texts that are passed on as they are.
///
/// `Debug` shows none of them, and they are erased from memory when dropped.
#[derive(Clone, Debug)]
pub struct EncryptedCard(CardTexts);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CardTexts {
    card_number: Secret,
    cvc_code: Secret,
    expiry_month: Secret,
    expiry_year: Secret,
}

impl EncryptedCard {
    /// Takes the four texts: the encrypted card number, CVC code, expiry month and expiry year.
    #[must_use]
    pub fn new(
        card_number: impl Into<String>,
        cvc_code: impl Into<String>,
        expiry_month: impl Into<String>,
        expiry_year: impl Into<String>,
    ) -> Self {
        Self(CardTexts {
            card_number: Secret::new(card_number),
            cvc_code: Secret::new(cvc_code),
            expiry_month: Secret::new(expiry_month),
            expiry_year: Secret::new(expiry_year),
        })
    }
}

/// The key that card data was encrypted with, itself encrypted for the certificate with this fingerprint.
///
/// `Debug` shows the fingerprint only.
#[derive(Clone, Debug)]
pub struct EncryptedSessionKey(SessionKeyTexts);

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionKeyTexts {
    fingerprint: String,
    session_key: Secret,
}

impl EncryptedSessionKey {
    /// Takes a certificate's fingerprint and the session key that was encrypted for it.
    #[must_use]
    pub fn new(fingerprint: impl Into<String>, session_key: impl Into<String>) -> Self {
        Self(SessionKeyTexts { fingerprint: fingerprint.into(), session_key: Secret::new(session_key) })
    }
}

/// Reserves an amount on a card whose data was encrypted on the customer's device.
///
/// `POST /payments/{reference}/encrypted_card_authorization/` with currency, amount, the encrypted card, and at least one
/// encrypted session key. With [`request_token`](AuthorizeCardPayment::request_token), the payment object in the response has a
/// token that stands for the card.
///
/// A response counts as a success only if it is a 201, a whole payment object, for this reference, in state `Authorized` and
/// without an operation in progress.
///
/// ```
/// use bambora_core::operations::{EncryptedCard, EncryptedSessionKey};
/// use bambora_core::operations::AuthorizeCardPayment;
/// use bambora_core::Amount;
///
/// let authorize = AuthorizeCardPayment::new(
///     "ORDER-1001".parse()?,
///     "EUR".parse()?,
///     Amount::from(1_250), // 12.50 EUR
///     EncryptedCard::new("bnVtYmVy", "Y3Zj", "bW9udGg=", "eWVhcg=="),
///     EncryptedSessionKey::new("a-fingerprint", "a2V5"),
/// );
/// assert!(!format!("{authorize:?}").contains("bnVtYmVy"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizeCardPayment {
    reference: PaymentReference,
    currency: Currency,
    amount: Amount,
    card: EncryptedCard,
    session_keys: Vec<EncryptedSessionKey>,
    token: bool,
    comment: Option<Comment>,
    merchant: Option<MerchantNumber>,
}

impl AuthorizeCardPayment {
    /// Reserves `amount` of `currency` on `card`.
    #[must_use]
    pub fn new(
        reference: PaymentReference,
        currency: Currency,
        amount: Amount,
        card: EncryptedCard,
        session_key: EncryptedSessionKey,
    ) -> Self {
        Self {
            reference,
            currency,
            amount,
            card,
            session_keys: vec![session_key],
            token: false,
            comment: None,
            merchant: None,
        }
    }

    /// Adds the session key for another certificate.
    #[must_use]
    pub fn with_session_key(mut self, session_key: EncryptedSessionKey) -> Self {
        self.session_keys.push(session_key);
        self
    }

    /// Asks for a token that stands for the card.
    #[must_use]
    pub fn request_token(mut self) -> Self {
        self.token = true;
        self
    }

    /// Adds the merchant's own note.
    #[must_use]
    pub fn with_comment(mut self, comment: Comment) -> Self {
        self.comment = Some(comment);
        self
    }

    /// Authorizes for another merchant of the same corporate hierarchy.
    #[must_use]
    pub fn for_merchant(mut self, merchant: MerchantNumber) -> Self {
        self.merchant = Some(merchant);
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    currency: &'a str,
    amount: i64,
    encrypted_card: &'a CardTexts,
    encrypted_session_keys: Vec<&'a SessionKeyTexts>,
    token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<&'a str>,
}

impl Operation for AuthorizeCardPayment {
    const NAME: &'static str = "authorize_card_payment";
    const METHOD: Method = Method::POST;
    const ACTION: Option<&'static str> = Some("encrypted_card_authorization");
    const SUCCESS: &'static [StatusCode] = &[StatusCode::CREATED];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn body(&self) -> Vec<u8> {
        json_body(&Body {
            currency: self.currency.as_str(),
            amount: self.amount.minor_units(),
            encrypted_card: &self.card.0,
            encrypted_session_keys: self.session_keys.iter().map(|key| &key.0).collect(),
            token: self.token,
            comment: self.comment.as_ref().map(Comment::as_str),
            merchant: self.merchant.as_ref().map(MerchantNumber::as_str),
        })
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        verify_state(payment, &PaymentState::Authorized)
    }
}
