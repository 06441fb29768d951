//! One tracing span for each exchange, where the feature `tracing` is on; else nothing at all.

use bambora_core::TransportError;
use http::Response;

#[cfg(feature = "tracing")]
pub(crate) struct ExchangeSpan {
    span: tracing::Span,
    started: std::time::Instant,
}

#[cfg(feature = "tracing")]
impl ExchangeSpan {
    pub(crate) fn begin(operation: &'static str) -> Self {
        Self {
            span: tracing::info_span!(
                "bambora.exchange",
                operation,
                status = tracing::field::Empty,
                duration_ms = tracing::field::Empty,
                delivery = tracing::field::Empty,
            ),
            started: std::time::Instant::now(),
        }
    }

    pub(crate) fn end(self, result: &Result<Response<Vec<u8>>, TransportError>) {
        let duration = self.started.elapsed().as_secs_f64() * 1000.0;
        self.span.record("duration_ms", duration);
        match result {
            Ok(response) => self.span.record("status", response.status().as_u16()),
            Err(error) => self.span.record("delivery", error.delivery().as_str()),
        };
        self.span.in_scope(|| tracing::debug!("exchange ended"));
    }
}

#[cfg(not(feature = "tracing"))]
pub(crate) struct ExchangeSpan;

#[cfg(not(feature = "tracing"))]
impl ExchangeSpan {
    pub(crate) fn begin(_operation: &'static str) -> Self {
        Self
    }

    pub(crate) fn end(self, _result: &Result<Response<Vec<u8>>, TransportError>) {}
}
