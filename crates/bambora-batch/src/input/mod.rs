//! Lists of payment references, and of captures and refunds: lines or CSV, from a file or a pipe, read as a stream.

mod entry;
mod lines;
mod postings;
mod references;
mod table;

pub use entry::{Entry, InputError, InvalidEntry, OrderEntry, has_outer_blanks};
pub use postings::{PostingColumns, Postings};
pub use references::{Format, References};
