//! One tracing span for each flow if the feature `tracing` is on; else nothing at all.

use bambora_core::PaymentReference;

use crate::drivable::Drivable;

/// The span of a cancel, capture or refund: reference, operation, and at its end attempts, duration, outcome and cause.
///
/// A clone is the same span.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FlowSpan {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    #[cfg(feature = "tracing")]
    started: std::time::Instant,
}

#[cfg(not(feature = "tracing"))]
impl FlowSpan {
    pub(crate) fn begin(_operation: &'static str, _reference: &PaymentReference) -> Self {
        Self {}
    }

    /// Runs `work` inside the span.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    pub(crate) fn end<F: Drivable>(&self, _attempts: u32, _outcome: &F::Outcome) {}

    pub(crate) fn abandon(&self, _attempts: u32, _has_checkpoint: bool) {}
}

/// Names are part of what a span is made of, before there is a value to name it by.
#[cfg(feature = "tracing")]
macro_rules! span {
    ($name:literal, $operation:expr, $reference:expr) => {
        tracing::info_span!(
            $name,
            reference = %bambora_core::Escaped($reference.as_str()),
            operation = $operation,
            attempts = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
            outcome = tracing::field::Empty,
            cause = tracing::field::Empty,
        )
    };
}

#[cfg(feature = "tracing")]
impl FlowSpan {
    pub(crate) fn begin(operation: &'static str, reference: &PaymentReference) -> Self {
        let span = match operation {
            "capture_payment" => span!("bambora.capture", operation, reference),
            "refund_payment" => span!("bambora.refund", operation, reference),
            _ => span!("bambora.cancel", operation, reference),
        };
        Self { span, started: std::time::Instant::now() }
    }

    /// Runs `work` inside the span.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        self.span.in_scope(work)
    }

    pub(crate) fn end<F: Drivable>(&self, attempts: u32, outcome: &F::Outcome) {
        let (name, cause) = F::describe(outcome);
        self.record(attempts, name, cause);
        self.in_scope(|| tracing::info!("{outcome}"));
    }

    pub(crate) fn abandon(&self, attempts: u32, has_checkpoint: bool) {
        self.record(attempts, "dropped", None);
        let next = if has_checkpoint { "; resume from the checkpoint to find out" } else { "" };
        self.in_scope(|| tracing::info!("dropped before its end{next}"));
    }

    fn record(&self, attempts: u32, outcome: &'static str, cause: Option<String>) {
        self.span.record("attempts", attempts);
        self.span.record("duration_ms", self.started.elapsed().as_secs_f64() * 1000.0);
        self.span.record("outcome", outcome);
        if let Some(cause) = cause {
            self.span.record("cause", cause);
        }
    }
}
