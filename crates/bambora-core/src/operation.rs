//! What an operation of the API is, and the one way in which every answer is read.

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Method, Response, StatusCode};

use crate::payment::{Payment, PaymentState};
use crate::response_error::{Doubt, Reason, ResponseError, Unreadable};
use crate::{MerchantNumber, PaymentReference, Problem, json_object, payment_reading};

/// How many bytes of an answer's body are accepted unless something else is said: 1 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// One operation of the API on one payment: what to ask, and what counts as having worked.
///
/// A value of a type that implements it is an operation ready to be sent: [`Api::request`](crate::Api::request) builds the
/// request, [`parse`](Operation::parse) reads the answer. Every operation of the API can be described by these few parts, so
/// one that this crate does not have takes some twenty lines:
///
/// ```
/// use bambora_core::{Amount, Doubt, Operation, Payment, PaymentReference, PaymentState};
/// use http::{Method, StatusCode};
///
/// struct CapturePayment {
///     reference: PaymentReference,
///     amount: Amount,
/// }
///
/// impl Operation for CapturePayment {
///     const NAME: &'static str = "capture_payment";
///     const METHOD: Method = Method::POST;
///     const ACTION: Option<&'static str> = Some("capture");
///     const SUCCESS: StatusCode = StatusCode::CREATED;
///
///     fn reference(&self) -> &PaymentReference {
///         &self.reference
///     }
///
///     fn body(&self) -> Vec<u8> {
///         format!(r#"{{"amount":{}}}"#, self.amount.minor_units()).into_bytes()
///     }
///
///     fn doubt(&self, payment: &Payment) -> Option<Doubt> {
///         (payment.state != PaymentState::Captured).then_some(Doubt::State)
///     }
/// }
/// ```
pub trait Operation {
    /// The API's operation id, `cancel_payment` for example.
    const NAME: &'static str;
    /// The method of the request.
    const METHOD: Method;
    /// The path segment after the reference: 1 to 64 bytes, and not `.` or `..` (another one does not compile).
    const ACTION: Option<&'static str>;
    /// The one status that means success. Any other is an error.
    const SUCCESS: StatusCode;

    /// The payment that the operation is about.
    fn reference(&self) -> &PaymentReference;

    /// The request's body: JSON, or empty for none.
    fn body(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The `merchant` query parameter: another merchant of the same corporate hierarchy.
    fn merchant(&self) -> Option<&MerchantNumber> {
        None
    }

    /// What keeps `payment` from proving that the operation worked; `None` where it is the proof.
    ///
    /// It is a whole payment object for the reference asked for: that was checked before.
    fn doubt(&self, payment: &Payment) -> Option<Doubt>;

    /// Reads an answer, with a body of at most [`DEFAULT_BODY_LIMIT`] bytes.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] for everything that is not the proof of success; it keeps the whole answer.
    fn parse<B: AsRef<[u8]>>(&self, response: &Response<B>) -> Result<Payment, ResponseError> {
        self.parse_within(response, DEFAULT_BODY_LIMIT)
    }

    /// Reads an answer, with a body of at most `limit` bytes.
    ///
    /// The order of the checks: size, content coding, status, payment object, its reference, and then the operation's own
    /// [`doubt`](Operation::doubt). The media type that a server puts on a body is not looked at, its content is.
    ///
    /// # Errors
    ///
    /// [`ResponseError`] for everything that is not the proof of success; it keeps the whole answer.
    fn parse_within<B: AsRef<[u8]>>(
        &self,
        response: &Response<B>,
        limit: usize,
    ) -> Result<Payment, ResponseError> {
        read(self, response, limit).map_err(|reason| ResponseError::new(response, reason))
    }
}

fn read<O: Operation + ?Sized, B: AsRef<[u8]>>(
    operation: &O,
    response: &Response<B>,
    limit: usize,
) -> Result<Payment, Reason> {
    let body = response.body().as_ref();
    if body.len() > limit {
        return Err(Reason::Unreadable(Unreadable::TooLarge { limit }));
    }
    if let Some(coding) = content_coding(response.headers()) {
        return Err(Reason::Unreadable(Unreadable::ContentCoding { coding }));
    }
    if response.status() != O::SUCCESS {
        return Err(Problem::read(body).map_or(Reason::Status, Reason::Problem));
    }
    let payment = payment_reading::read(body).map_err(|error| {
        let detail = json_object::what_is_wrong(&error);
        Reason::Unreadable(Unreadable::NotAPayment { detail })
    })?;
    let doubt = if payment.payment == operation.reference().as_str() {
        operation.doubt(&payment)
    } else {
        Some(Doubt::OtherReference)
    };
    match doubt {
        None => Ok(payment),
        Some(doubt) => Err(Reason::Unproven {
            payment: Box::new(payment),
            doubt,
        }),
    }
}

/// The codings that a body has; `None` where it is plain.
fn content_coding(headers: &HeaderMap) -> Option<String> {
    let codings: Vec<_> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let coded = codings
        .iter()
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"));
    coded.then(|| codings.join(", "))
}

/// The doubt that operations with a known end state share: another state, or something still going on.
pub(crate) fn unless_settled_in(state: &PaymentState, payment: &Payment) -> Option<Doubt> {
    if payment.operation_in_progress {
        Some(Doubt::OperationInProgress)
    } else {
        (payment.state != *state).then_some(Doubt::State)
    }
}
