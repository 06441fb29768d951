//! How many requests are under way at once.

/// Each may have a connection, so there is a limit to what makes sense.
const MOST: usize = 10_000;

pub(crate) fn jobs(text: &str) -> Result<usize, String> {
    let jobs = text.parse().ok().filter(|jobs| (1..=MOST).contains(jobs));
    jobs.ok_or_else(|| format!("write a number from 1 to {MOST}"))
}
