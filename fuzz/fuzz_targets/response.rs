//! Any response to any operation. What it may be taken for is judged by a reader of its own.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use bambora_core::errors::{Mismatch, ResponseErrorKind};
use bambora_core::flow::{Confirmation, Connection, RequestKind, Step};
use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
use bambora_core::posting::{PostingFlow, PostingKey, PostingOrder, PostingOutcome, PostingPolicy, PostingRequestKind};
use bambora_core::{
    Amount, BaseUrl, CancelFlow, CancelPayment, CancelPolicy, CapturePayment, Checkpoint, Merchant, MerchantNumber,
    Operation, OperationExt as _, Outcome, PaymentReference, QueryPayment, RefundPayment,
};
use bambora_fuzz::message;
use bambora_fuzz::reading::{Payment, Posting, Reading};
use http::Response;
use libfuzzer_sys::fuzz_target;

const REFERENCE: &str = "ORDER-1001";
const AMOUNT: i64 = 100;
const KEY: &str = "INVOICE-7";
/// The statuses with which a problem document refuses a cancel request by itself.
const REFUSING: [u16; 4] = [400, 401, 403, 404];

fuzz_target!(|input: &[u8]| {
    if let Some(response) = message::response(input) {
        let reading = Reading::of(&response);
        OPERATIONS.check(&response, &reading);
        for connection in [Connection::Fresh, Connection::Reused] {
            check_cancel(&response, &reading, connection);
            check_cancel_in_doubt(&response, &reading, connection);
            check_capture(&response, &reading, connection);
        }
    }
});

static OPERATIONS: LazyLock<Operations> = LazyLock::new(Operations::new);

struct Operations {
    merchant: Merchant,
    reference: PaymentReference,
    order: PostingOrder,
    cancel: CancelPayment,
    query: QueryPayment,
    authorize: AuthorizeTokenPayment,
    capture: CapturePayment,
    refund: RefundPayment,
}

impl Operations {
    fn new() -> Self {
        let reference: PaymentReference = REFERENCE.parse().unwrap();
        let amount = Amount::from_minor_units(AMOUNT).unwrap();
        let token = CardToken::new("a-card-token").unwrap();
        let of = || reference.clone();
        Self {
            merchant: Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap()),
            order: PostingOrder::capture(of(), amount, PostingKey::new(KEY).unwrap()),
            cancel: CancelPayment::new(of()),
            query: QueryPayment::new(of()),
            authorize: AuthorizeTokenPayment::new(of(), "EUR".parse().unwrap(), amount, token),
            capture: CapturePayment::new(of(), amount).with_comment(KEY.parse().unwrap()),
            refund: RefundPayment::new(of(), amount),
            reference,
        }
    }

    fn check(&self, response: &Response<&[u8]>, reading: &Reading) {
        let in_state = |state: &'static str| {
            move |payment: &Payment| match payment {
                payment if payment.is_in_progress => Err(Mismatch::OperationInProgress),
                payment if payment.state == state => Ok(()),
                _ => Err(Mismatch::State),
            }
        };
        let posted = |payment: &Payment, is_posted: bool| match is_posted {
            _ if payment.is_in_progress => Err(Mismatch::OperationInProgress),
            true => Ok(()),
            false => Err(Mismatch::NoPosting),
        };
        check(&self.cancel, &[200], in_state("Canceled"), response, reading);
        check(&self.query, &[200], |_| Ok(()), response, reading);
        check(&self.authorize, &[201], in_state("Authorized"), response, reading);
        let captured = |payment: &Payment| posted(payment, payment.captures.iter().any(is_ours));
        check(&self.capture, &[201], captured, response, reading);
        let has_amount = |posting: &Posting| posting.amount == Some(AMOUNT);
        let refunded = |payment: &Payment| posted(payment, payment.refunds.iter().any(has_amount));
        check(&self.refund, &[201, 200], refunded, response, reading);
    }
}

fn is_ours(posting: &Posting) -> bool {
    posting.amount == Some(AMOUNT) && posting.comment.as_deref() == Some(KEY)
}

/// Checks that `operation` takes the response for what it is, and that nothing of it is lost.
fn check<O: Operation>(
    operation: &O,
    success: &[u16],
    confirms: impl Fn(&Payment) -> Result<(), Mismatch>,
    response: &Response<&[u8]>,
    reading: &Reading,
) {
    let error = match operation.parse(response) {
        Ok(payment) => {
            let shown = reading.shown(success).expect("a response without a payment object counts as a success");
            assert_eq!(confirms(shown), Ok(()), "{} is taken for a success", O::NAME);
            assert_same(&payment, shown);
            assert_eq!(payment.payment, REFERENCE, "another payment is taken for the one that was asked for");
            return;
        }
        Err(error) => error,
    };
    assert_eq!(error.status(), response.status());
    assert_eq!(error.headers(), response.headers());
    assert_eq!(error.body(), *response.body());
    assert!(!error.to_string().chars().any(char::is_control), "{error} has control characters");
    match error.kind() {
        ResponseErrorKind::Problem(problem) => {
            let is_one = reading.is_problem && !reading.is_coded && !success.contains(&reading.status);
            assert!(is_one, "taken for a problem document: {problem:?}");
            assert_eq!(problem.status, reading.status);
        }
        ResponseErrorKind::Status => {
            assert!(!reading.is_coded && !success.contains(&reading.status));
            assert!(!reading.is_problem, "a problem document is overlooked");
        }
        ResponseErrorKind::Unreadable { .. } => {
            assert_eq!(reading.shown(success), None, "a payment object is overlooked: {error}");
            assert!(reading.is_coded || success.contains(&reading.status));
        }
        ResponseErrorKind::Unconfirmed { payment, mismatch, .. } => {
            let shown = reading.shown(success).expect("a payment object is seen where there is none");
            assert_same(payment, shown);
            let expected = if shown.reference == REFERENCE { confirms(shown) } else { Err(Mismatch::OtherReference) };
            assert_eq!(Err(*mismatch), expected);
        }
        other => panic!("an unknown kind: {other:?}"),
    }
}

fn assert_same(payment: &bambora_core::Payment, shown: &Payment) {
    let postings = |postings: &[bambora_core::payment::Posting]| -> Vec<Posting> {
        let read = postings.iter().map(|posting| Posting {
            amount: posting.amount.map(Amount::minor_units),
            comment: posting.comment.clone(),
        });
        read.collect()
    };
    let read = Payment {
        reference: payment.payment.clone(),
        state: payment.state.as_str().to_owned(),
        is_in_progress: payment.operation_in_progress,
        captures: postings(&payment.captures),
        refunds: postings(&payment.refunds),
    };
    assert_eq!(read, *shown);
}

/// The payment with nothing in progress, if the response shows it with one of these statuses.
fn settled<'a>(reading: &'a Reading, success: &[u16]) -> Option<&'a Payment> {
    reading.shown(success).filter(|payment| payment.reference == REFERENCE && !payment.is_in_progress)
}

/// The first response that a cancel gets.
fn check_cancel(response: &Response<&[u8]>, reading: &Reading, connection: Connection) {
    let (merchant, reference) = (OPERATIONS.merchant.clone(), OPERATIONS.reference.clone());
    let mut flow = CancelFlow::new(merchant, reference, CancelPolicy::default(), 0);
    assert_eq!(flow.step(Duration::ZERO), Step::Send(RequestKind::Cancel));
    flow.on_response(response, connection);
    let retry_after = retry_after(response);
    let Step::Done(outcome) = flow.step(Duration::ZERO) else {
        let result = RequestKind::Cancel.judge(&OPERATIONS.reference, response, connection);
        assert_eq!(result.retry_after, retry_after);
        return;
    };
    match outcome {
        Outcome::Canceled(canceled) => {
            assert_eq!(canceled.confirmation, Confirmation::Response);
            assert!(settled(reading, &[200]).is_some_and(|payment| payment.state == "Canceled"), "{canceled}");
        }
        Outcome::Refused(refused) => {
            let is_one = reading.is_problem && !reading.is_coded && REFUSING.contains(&reading.status);
            assert!(is_one && connection == Connection::Fresh, "{refused}");
        }
        // The server asks for more time than there is.
        Outcome::Unknown(_) => assert!(retry_after.is_some()),
        Outcome::NotSent(not_sent) => panic!("{not_sent}, and there was a response"),
    }
}

/// The response to the query of a cancel that was resumed.
fn check_cancel_in_doubt(response: &Response<&[u8]>, reading: &Reading, connection: Connection) {
    let checkpoint = Checkpoint::new(OPERATIONS.merchant.clone(), OPERATIONS.reference.clone(), 1);
    let mut flow = CancelFlow::resume(&checkpoint, CancelPolicy::default(), 0);
    assert_eq!(flow.step(Duration::ZERO), Step::Send(RequestKind::Query));
    flow.on_response(response, connection);
    let Step::Done(outcome) = flow.step(Duration::ZERO) else {
        return;
    };
    let state = settled(reading, &[200]).map_or("", |payment| payment.state.as_str());
    match outcome {
        Outcome::Canceled(canceled) => {
            assert_eq!(canceled.confirmation, Confirmation::Query);
            assert_eq!(state, "Canceled");
        }
        Outcome::Refused(refused) => {
            let is_terminal = ["Authorization Expired", "Declined", "Captured", "Refunded", "Settled"].contains(&state);
            assert!(is_terminal, "{refused}");
        }
        Outcome::Unknown(_) => assert!(retry_after(response).is_some()),
        Outcome::NotSent(not_sent) => panic!("{not_sent}, though it was resumed"),
    }
}

/// The response to a capture after a query that did not show it.
fn check_capture(response: &Response<&[u8]>, reading: &Reading, connection: Connection) {
    let (merchant, order) = (OPERATIONS.merchant.clone(), OPERATIONS.order.clone());
    let mut flow = PostingFlow::new(merchant, order, PostingPolicy::default(), 0);
    assert_eq!(flow.step(Duration::ZERO), Step::Send(PostingRequestKind::Query));
    let authorized = Response::new(br#"{"payment":"ORDER-1001","state":"Authorized"}"#);
    flow.on_response(&authorized, Connection::Fresh);
    assert_eq!(flow.step(Duration::ZERO), Step::Send(PostingRequestKind::Post));
    flow.on_response(response, connection);
    let is_known_to_be_without_effect = flow.checkpoint().is_none();
    let is_told = reading.is_problem && !reading.is_coded && connection == Connection::Fresh;
    match flow.step(Duration::ZERO) {
        Step::Done(PostingOutcome::Posted(posted)) => {
            let payment = settled(reading, &[201]).expect("a capture without a payment object counts as done");
            assert!(payment.captures.iter().any(is_ours), "{posted}");
        }
        Step::Done(PostingOutcome::Refused(refused)) => {
            assert!(is_told && [400, 401, 402, 403, 404, 422].contains(&reading.status), "{refused}");
        }
        Step::Done(PostingOutcome::NotSent(_)) | Step::Wait(_) | Step::Send(_) if is_known_to_be_without_effect => {
            let is_throttled = reading.status == 429 && connection == Connection::Fresh;
            assert!(
                is_throttled || (is_told && reading.status == 409),
                "a capture may have taken effect: {response:?}"
            );
        }
        step => assert_ne!(step, Step::Send(PostingRequestKind::Post), "a capture in doubt is sent again"),
    }
}

/// How long the server asks to be left alone: only if it says so in seconds.
fn retry_after(response: &Response<&[u8]>) -> Option<Duration> {
    let text = response.headers().get("retry-after")?.to_str().ok()?.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_heard = is_number && [429, 503].contains(&response.status().as_u16());
    let day = 24 * 60 * 60;
    // More digits than a number of 64 bits has are more than a day, too.
    is_heard.then(|| Duration::from_secs(text.parse::<u64>().map_or(day, |seconds| seconds.min(day))))
}
