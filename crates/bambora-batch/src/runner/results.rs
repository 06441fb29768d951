//! The results of a run as a stream.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::mpsc;

use crate::journal::Recorded;

/// How many results wait to be read before the run waits.
const CAPACITY: usize = 256;

/// The results of a run, each durable before it is here. Ends with the run. Made by
/// [`Runner::run_streaming`](crate::Runner::run_streaming).
#[derive(Debug)]
pub struct Results(mpsc::Receiver<Recorded>);

pub(super) fn channel() -> (mpsc::Sender<Recorded>, Results) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    (sender, Results(receiver))
}

impl Results {
    /// Waits for the next result. `None` if the run has ended.
    pub async fn next(&mut self) -> Option<Recorded> {
        self.0.recv().await
    }
}

impl Stream for Results {
    type Item = Recorded;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Recorded>> {
        self.0.poll_recv(cx)
    }
}
