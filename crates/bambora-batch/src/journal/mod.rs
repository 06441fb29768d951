//! The journal: one SQLite file, one row for each order. See the crate's documentation for its schema.

mod adding;
mod checkpointing;
mod clock;
mod conflicts;
#[cfg(test)]
mod doubt_tests;
mod error;
mod file_watch;
mod handle;
mod holds;
mod import;
mod open_file;
mod options;
mod pending;
mod reading;
mod recording;
mod report;
mod row;
mod schema;
mod session;
mod status;
mod taking;
mod writer;

pub use adding::Added;
pub(crate) use checkpointing::StartedRow;
pub use error::{JournalError, StorageError};
pub use handle::{Journal, Rows};
pub use import::{ImportError, Imported, InvalidLines};
pub use options::JournalOptions;
pub use pending::Pending;
pub use recording::Recorded;
pub use report::{Counts, Reason};
pub use row::{Conclusion, Record, Row, Take, Taken};
pub use status::{InvalidStatus, Status};
pub(crate) use taking::Doubt;
pub use taking::Run;
