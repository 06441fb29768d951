//! Turns the blocking client into an asynchronous one, so that its calls can be dropped.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use bambora_conformance::{BoxedFuture, Capability, Exchange, Suite};
use http::Request;

use crate::client::{Abort, Client};
use crate::mistake::{Mistake, Mistakes};

/// Enough requests for a race to show every mistake that it can.
const RACES: usize = 300;

pub(crate) fn suite(name: &str, mistakes: Mistakes) -> Suite {
    let make = move |settings: &bambora_conformance::Settings| {
        let client = Arc::new(Client::new(settings.clone(), mistakes));
        move |request| Call::begin(Arc::clone(&client), request, mistakes)
    };
    Suite::asynchronous(name, || block_on, make)
        .reuses_connections()
        .races(RACES)
        .opt_in(Capability::Proxy)
        .opt_in(Capability::ClientCertificate)
}

/// An exchange in a thread of its own, which is aborted when this is dropped.
struct Call {
    outcome: Arc<Mutex<Outcome>>,
    abort: Arc<Abort>,
    mistakes: Mistakes,
}

#[derive(Default)]
struct Outcome {
    got: Option<Exchange>,
    waker: Option<Waker>,
}

impl Call {
    fn begin(client: Arc<Client>, request: Request<Vec<u8>>, mistakes: Mistakes) -> Self {
        let call = Self { outcome: Arc::default(), abort: Arc::default(), mistakes };
        let (outcome, abort) = (Arc::clone(&call.outcome), Arc::clone(&call.abort));
        thread::spawn(move || {
            let got = client.exchange(request, &abort);
            let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.got = Some(got);
            outcome.waker.take().map(Waker::wake)
        });
        call
    }
}

impl Future for Call {
    type Output = Exchange;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Exchange> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome.got.take() {
            Some(got) => Poll::Ready(got),
            None => {
                outcome.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.mistakes.has(Mistake::LeavesDroppedCallsOpen) {
            self.abort.now();
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on(future: BoxedFuture<'_>) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        thread::park();
    }
}
