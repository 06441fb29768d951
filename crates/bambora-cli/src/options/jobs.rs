//! How many requests are under way at once.

use bambora_batch::Runner;

pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text.parse().ok().filter(|jobs| (1..=Runner::MAX_JOBS).contains(jobs));
    jobs.ok_or_else(|| format!("write a number from 1 to {}", Runner::MAX_JOBS))
}
