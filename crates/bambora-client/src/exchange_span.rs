//! One tracing span for each exchange if the feature `tracing` is on; else nothing at all.

use bambora_core::TransportError;

use crate::driver::Received;

/// The span of one exchange: operation, status or delivery with its cause, and duration.
#[derive(Debug)]
#[non_exhaustive]
pub struct ExchangeSpan {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    #[cfg(feature = "tracing")]
    started: std::time::Instant,
}

impl ExchangeSpan {
    /// Begins the span of an exchange that carries `operation`.
    #[must_use]
    pub fn begin(operation: &'static str) -> Self {
        #[cfg(not(feature = "tracing"))]
        let _ = operation;
        Self {
            #[cfg(feature = "tracing")]
            span: tracing::info_span!(
                "bambora.exchange",
                operation,
                status = tracing::field::Empty,
                duration_ms = tracing::field::Empty,
                delivery = tracing::field::Empty,
                cause = tracing::field::Empty,
            ),
            #[cfg(feature = "tracing")]
            started: std::time::Instant::now(),
        }
    }

    /// Records what came of the exchange.
    #[cfg(not(feature = "tracing"))]
    pub fn end(self, _result: &Result<Received, TransportError>) {}

    /// Records what came of the exchange.
    #[cfg(feature = "tracing")]
    pub fn end(self, result: &Result<Received, TransportError>) {
        let duration = self.started.elapsed().as_secs_f64() * 1000.0;
        self.span.record("duration_ms", duration);
        match result {
            Ok(received) => {
                let status = received.response.status().as_u16();
                self.span.record("status", status);
            }
            Err(error) => {
                let cause = bambora_core::flow::Cause::from(error);
                self.span.record("delivery", error.delivery().as_str());
                self.span.record("cause", tracing::field::display(cause));
            }
        }
        self.span.in_scope(|| tracing::debug!("exchange ended"));
    }
}
