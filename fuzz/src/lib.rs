//! What the fuzz targets share: simulated servers, and oracles that judge a claim by other means than the code under test.

pub mod cancel;
pub mod journal;
mod journal_file;
pub mod json;
pub mod message;
pub mod posting;
pub mod reading;
pub mod schedule;
