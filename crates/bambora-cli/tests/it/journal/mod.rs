//! Many payments with a journal.

#[cfg(unix)]
mod display;
mod fixture;
mod killed;
mod lists;
mod postings;
mod report;
mod runs;
#[cfg(unix)]
mod signals;
mod trouble;
