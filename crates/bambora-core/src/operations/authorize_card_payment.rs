//! `authorize_card_payment`: reserves an amount on a card whose data was encrypted on the customer's device.

use std::fmt;

use http::{Method, StatusCode};
use serde::Serialize;
use zeroize::Zeroizing;

use super::operation::{Operation, json_body, verify_state};
use crate::comment::Comment;
use crate::credential_parts::MerchantNumber;
use crate::money::{Amount, Currency};
use crate::payment::{Payment, PaymentState};
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;

/// Card data as the vendor's mobile SDK encrypted it: four texts that are passed on as they are.
///
/// `Debug` shows none of them, and they are erased from memory when dropped.
#[derive(Clone)]
pub struct EncryptedCard {
    card_number: Zeroizing<String>,
    cvc_code: Zeroizing<String>,
    expiry_month: Zeroizing<String>,
    expiry_year: Zeroizing<String>,
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
        Self {
            card_number: Zeroizing::new(card_number.into()),
            cvc_code: Zeroizing::new(cvc_code.into()),
            expiry_month: Zeroizing::new(expiry_month.into()),
            expiry_year: Zeroizing::new(expiry_year.into()),
        }
    }
}

impl fmt::Debug for EncryptedCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptedCard([redacted])")
    }
}

/// The key that card data was encrypted with, itself encrypted for the certificate with this fingerprint.
///
/// `Debug` shows the fingerprint only.
#[derive(Clone)]
pub struct EncryptedSessionKey {
    fingerprint: String,
    session_key: Zeroizing<String>,
}

impl EncryptedSessionKey {
    /// Takes a certificate's fingerprint and the session key that was encrypted for it.
    #[must_use]
    pub fn new(fingerprint: impl Into<String>, session_key: impl Into<String>) -> Self {
        Self { fingerprint: fingerprint.into(), session_key: Zeroizing::new(session_key.into()) }
    }
}

impl fmt::Debug for EncryptedSessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedSessionKey")
            .field("fingerprint", &self.fingerprint)
            .field("session_key", &format_args!("[redacted]"))
            .finish()
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
/// use bambora_core::{Amount, AuthorizeCardPayment};
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
    encrypted_card: Card<'a>,
    encrypted_session_keys: Vec<SessionKey<'a>>,
    token: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Card<'a> {
    card_number: &'a str,
    cvc_code: &'a str,
    expiry_month: &'a str,
    expiry_year: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionKey<'a> {
    fingerprint: &'a str,
    session_key: &'a str,
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
            encrypted_card: Card {
                card_number: &self.card.card_number,
                cvc_code: &self.card.cvc_code,
                expiry_month: &self.card.expiry_month,
                expiry_year: &self.card.expiry_year,
            },
            encrypted_session_keys: self
                .session_keys
                .iter()
                .map(|key| SessionKey { fingerprint: &key.fingerprint, session_key: &key.session_key })
                .collect(),
            token: self.token,
            comment: self.comment.as_ref().map(Comment::as_str),
            merchant: self.merchant.as_ref().map(MerchantNumber::as_str),
        })
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        verify_state(payment, &PaymentState::Authorized)
    }
}
