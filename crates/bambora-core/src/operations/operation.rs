//! What an operation of the API is, and the one path on which every response is parsed.

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, Response, StatusCode};

use crate::credential_parts::MerchantNumber;
use crate::payment::{Payment, PaymentState, read_payment};
use crate::problem::Problem;
use crate::reference::PaymentReference;
use crate::response_error::{Mismatch, ResponseError, ResponseErrorKind};

/// One operation of the API on one payment: what to send, and which payment object confirms it.
///
/// [`Api::request`](crate::Api::request) builds the request, [`OperationExt::parse`] parses the response. An operation that
/// this crate does not have takes some twenty lines:
///
/// ```
/// use bambora_core::errors::Mismatch;
/// use bambora_core::{Amount, Operation, Payment, PaymentReference, PaymentState};
/// use http::{Method, StatusCode};
///
/// /// An operation that the API does not have.
/// struct SettlePayment {
///     reference: PaymentReference,
///     amount: Amount,
/// }
///
/// impl Operation for SettlePayment {
///     const NAME: &'static str = "settle_payment";
///     const METHOD: Method = Method::POST;
///     const ACTION: Option<&'static str> = Some("settle");
///     const SUCCESS: &'static [StatusCode] = &[StatusCode::CREATED];
///
///     fn reference(&self) -> &PaymentReference {
///         &self.reference
///     }
///
///     fn body(&self) -> Vec<u8> {
///         format!(r#"{{"amount":{}}}"#, self.amount.minor_units()).into_bytes()
///     }
///
///     fn verify(&self, payment: &Payment) -> Result<(), Mismatch> {
///         match payment.state {
///             PaymentState::Settled => Ok(()),
///             _ => Err(Mismatch::State),
///         }
///     }
/// }
/// ```
pub trait Operation {
    /// The API's operation id, `cancel_payment` for example.
    const NAME: &'static str;
    /// The method of the request.
    const METHOD: Method;
    /// The path segment after the reference: 1 to 64 letters, digits, `-` and `_` (anything else is a compile-time error).
    const ACTION: Option<&'static str>;
    /// The statuses that mean success: one, or several if documents disagree. Any other is an error.
    const SUCCESS: &'static [StatusCode];

    /// Returns the reference of the payment that the operation is about.
    fn reference(&self) -> &PaymentReference;

    /// Returns the request's body: JSON, or empty for none.
    fn body(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Returns the `merchant` query parameter: another merchant of the same corporate hierarchy.
    fn merchant(&self) -> Option<&MerchantNumber> {
        None
    }

    /// Checks that `payment` confirms the operation. It is a whole payment object of the reference asked for: that was
    /// checked before.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] if it does not confirm it.
    fn verify(&self, payment: &Payment) -> Result<(), Mismatch>;
}

/// Parses the response to an [`Operation`].
///
/// Every operation has it, and none can override it: there is one way to parse a response.
pub trait OperationExt: Operation {
    /// Parses a response to this operation.
    ///
    /// The checks, in order: content coding, status, payment object, its reference, and then the operation's own
    /// [`verify`](Operation::verify). The media type of the body is ignored; only its content counts. The body may have any
    /// length: limiting it is up to the transport.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] for every response that does not confirm the operation; it keeps the whole response.
    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Payment, ResponseError>;
}

impl<O: Operation + ?Sized> OperationExt for O {
    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Payment, ResponseError> {
        read(self, response).map_err(|kind| ResponseError::new(response, kind))
    }
}

fn read<O: Operation + ?Sized, B: AsRef<[u8]>>(
    operation: &O,
    response: &Response<B>,
) -> Result<Payment, ResponseErrorKind> {
    let body = response.body().as_ref();
    if let Some(coding) = content_coding(response.headers()) {
        let detail = format!("has the content coding \"{coding}\", which was not asked for");
        return Err(ResponseErrorKind::Unreadable { detail });
    }
    if !O::SUCCESS.contains(&response.status()) {
        return Err(
            Problem::read(response.status(), body).map_or(ResponseErrorKind::Status, ResponseErrorKind::Problem)
        );
    }
    let payment = read_payment(body)
        .map_err(|why| ResponseErrorKind::Unreadable { detail: format!("is not a payment object: {why}") })?;
    let verified = if payment.payment == operation.reference().as_str() {
        operation.verify(&payment)
    } else {
        Err(Mismatch::OtherReference)
    };
    match verified {
        Ok(()) => Ok(payment),
        Err(mismatch) => Err(ResponseErrorKind::Unconfirmed { payment: Box::new(payment), mismatch }),
    }
}

/// The codings of a body; `None` if it is plain.
fn content_coding(headers: &HeaderMap) -> Option<String> {
    let codings: Vec<_> =
        headers.get_all(CONTENT_ENCODING).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let coded = codings
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    coded.then(|| codings.join(", "))
}

/// Serializes the body of a request.
pub(crate) fn json_body(body: &impl serde::Serialize) -> Vec<u8> {
    #[allow(
        clippy::expect_used,
        reason = "serde_json fails only on a failing writer or a key that is not a string; here is neither"
    )]
    serde_json::to_vec(body).expect("texts and numbers always serialize")
}

/// Verifies an operation that leads to one state: nothing may be in progress in it.
pub(crate) fn verify_state(payment: &Payment, state: &PaymentState) -> Result<(), Mismatch> {
    if payment.operation_in_progress {
        Err(Mismatch::OperationInProgress)
    } else if payment.state != *state {
        Err(Mismatch::State)
    } else {
        Ok(())
    }
}
