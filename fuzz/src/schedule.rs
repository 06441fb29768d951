//! What happens next: every decision of a run, taken from the input.

use std::time::Duration;

use arbitrary::Unstructured;
use bambora_core::CancelPolicy;
use http::{HeaderValue, Response};

/// The most decisions of one run. Each run ends, however long the input is.
const MOST: usize = 400;

/// The decisions of one run, and its clock.
pub struct Schedule<'a> {
    input: Unstructured<'a>,
    decisions: usize,
    pub now: Duration,
}

impl<'a> Schedule<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Self { input: Unstructured::new(input), decisions: 0, now: Duration::ZERO }
    }

    /// Returns `true` if there is nothing more to decide: from then on every decision is the first one that there is.
    pub fn is_over(&self) -> bool {
        self.input.is_empty() || self.decisions > MOST
    }

    /// Returns a number from 0 to `most`.
    pub fn up_to(&mut self, most: u32) -> u32 {
        self.decisions += 1;
        self.input.int_in_range(0..=most).unwrap_or(0)
    }

    /// Returns one of several values, of which there must be one at least.
    pub fn choose<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.up_to(of.len() as u32 - 1) as usize]
    }

    /// Lets time pass: as long as a flow asks for, or too short, or too long.
    pub fn wait(&mut self, asked: Duration) {
        let passed = match self.up_to(7) {
            6 => asked / 2,
            7 => asked.saturating_mul(3),
            _ => asked,
        };
        self.now = self.now.saturating_add(passed);
    }

    pub fn policy(&mut self, further: u32, queries: u32) -> CancelPolicy {
        let (first, longest) = self.choose(&[(0, 0), (1, 8), (500, 8_000), (3_600_000, 86_400_000)]);
        let deadline = self.choose(&[86_400, 60, 1, 2_592_000]);
        let policy = CancelPolicy::builder().further_cancels(further).queries(queries);
        let policy = policy.waits(Duration::from_millis(first), Duration::from_millis(longest));
        policy.deadline(Duration::from_secs(deadline)).build().unwrap()
    }
}

/// Adds what a server may ask for.
pub fn with_retry_after(mut response: Response<Vec<u8>>, schedule: &mut Schedule<'_>) -> Response<Vec<u8>> {
    if [429, 503].contains(&response.status().as_u16()) {
        let asked = schedule.choose(&["", "0", "7", "3600", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"]);
        response.headers_mut().insert("retry-after", HeaderValue::from_static(asked));
    }
    response
}
