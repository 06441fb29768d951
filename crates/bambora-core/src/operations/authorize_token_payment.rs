//! `authorize_token_payment`: reserves an amount on a card that a token stands for.

use http::{Method, StatusCode};
use serde::Serialize;

use super::card_token::CardToken;
use super::comment::Comment;
use super::operation::{Operation, json_body, verify_state};
use crate::credential_parts::MerchantNumber;
use crate::money::{Amount, Currency};
use crate::payment::{Payment, PaymentState};
use crate::reference::PaymentReference;
use crate::response_error::Mismatch;
use crate::secret::Secret;

/// Reserves an amount on a card that a token stands for, and gives the payment its reference.
///
/// `POST /payments/{reference}/card_token_authorization/` with currency, amount and token. Only an authorized payment
/// can be canceled.
///
/// A response counts as a success only if it is a 201, a whole payment object, for this reference, in state `Authorized`
/// and without an operation in progress.
///
/// ```
/// use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
/// use bambora_core::{Amount, Operation};
///
/// let authorize = AuthorizeTokenPayment::new(
///     "ORDER-1001".parse()?,
///     "EUR".parse()?,
///     Amount::from(1_250), // 12.50 EUR
///     CardToken::new("a-card-token")?,
/// );
/// assert_eq!(
///     String::from_utf8(authorize.body())?,
///     r#"{"currency":"EUR","amount":1250,"token":"a-card-token"}"#
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizeTokenPayment {
    reference: PaymentReference,
    currency: Currency,
    amount: Amount,
    token: CardToken,
    comment: Option<Comment>,
    merchant: Option<MerchantNumber>,
}

impl AuthorizeTokenPayment {
    /// Reserves `amount` of `currency` on the card that `token` stands for.
    #[must_use]
    pub fn new(reference: PaymentReference, currency: Currency, amount: Amount, token: CardToken) -> Self {
        Self { reference, currency, amount, token, comment: None, merchant: None }
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
struct Body<'a> {
    currency: &'a str,
    amount: i64,
    token: &'a Secret,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<&'a str>,
}

impl Operation for AuthorizeTokenPayment {
    const NAME: &'static str = "authorize_token_payment";
    const METHOD: Method = Method::POST;
    const ACTION: Option<&'static str> = Some("card_token_authorization");
    const SUCCESS: &'static [StatusCode] = &[StatusCode::CREATED];

    fn reference(&self) -> &PaymentReference {
        &self.reference
    }

    fn body(&self) -> Vec<u8> {
        json_body(&Body {
            currency: self.currency.as_str(),
            amount: self.amount.minor_units(),
            token: &self.token.0,
            comment: self.comment.as_ref().map(Comment::as_str),
            merchant: self.merchant.as_ref().map(MerchantNumber::as_str),
        })
    }

    fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
        verify_state(payment, &PaymentState::Authorized)
    }
}
