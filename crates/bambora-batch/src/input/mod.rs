//! Lists of payment references: lines or CSV, from a file or a pipe, read as a stream.

mod entry;
mod lines;
mod references;
mod table;

pub use entry::{Entry, InputError, InvalidEntry};
pub use references::{Format, References};
