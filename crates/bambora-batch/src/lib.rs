//! A durable record of what was asked for each payment, from one cancel, capture or refund to a million.
//!
//! **In scope:** the [`Journal`], one SQLite file with one row for each order; reading long lists of [`References`] and of
//! [`Postings`]; the [`Runner`], which carries out what a journal holds, many orders at once, and what holds it back: a
//! [`Pacer`], a [`Breaker`] and a [`Gate`].
//!
//! **Out of scope:** sockets and TLS, which the clients have; credentials, which a journal never holds; work on several
//! machines at once, for which an engine has a log of its own.
//!
//! # A whole example
//!
//! ```
//! use bambora_batch::{
//!     Conclusion, Format, InvalidLines, Journal, Record, References, Status,
//! };
//! use bambora_core::{BaseUrl, Merchant, MerchantNumber};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     # let folder = tempfile::tempdir()?;
//!     # let path = folder.path().join("night.journal");
//!     let merchant = Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789")?);
//!     let journal = Journal::open(&path, &merchant)?;
//!
//!     let list = "ORDER-1\nORDER-2\nORDER-1\n"; // or a file, or standard input
//!     let list = References::new(list.as_bytes(), &Format::Lines)?;
//!     let imported = journal.import(list, InvalidLines::Refuse)?;
//!     assert_eq!((imported.added, imported.duplicates), (2, 1));
//!
//!     let run = journal.begin_run().wait()?;
//!     for taken in journal.claim(run, 256).wait()? {
//!         // The row is started on the disk: a request can be sent now.
//!         let confirmation = cancel_at_the_api(taken.reference())?;
//!         let record = Record::new(Conclusion::Canceled { confirmation });
//!         journal.record(taken, record).wait()?; // durable: it can be told now
//!     }
//!     println!("{}", journal.counts().wait()?);
//!     # assert_eq!(journal.counts().wait()?.of(Status::Canceled), 2);
//!     journal.close().wait()?;
//!     Ok(())
//! }
//!
//! # fn cancel_at_the_api(_: &bambora_core::PaymentReference) -> Result<String, std::io::Error> {
//! #     Ok("response".to_owned())
//! # }
//! ```
//!
//! # What the journal promises
//!
//! - A row is *started* on the disk before the caller who claims it has it. After a crash every started row is in doubt: it is
//!   [claimed as such](Journal::claim_in_doubt), and a query comes first.
//! - A capture or refund in doubt is queried and never sent again. So that a crash leaves few of them in doubt, the [`Runner`]
//!   and [`Journal::capture`] start a row as *not sent yet*, and store its checkpoint before its request leaves.
//! - A change is reported once it is durable, not before. The changes of many callers share one commit.
//! - A row that is *canceled*, *captured*, *refunded* or *refused* never changes again.
//! - A row is the only one of its payment, operation and key. The key of a capture or refund is the merchant's own, and stays
//!   what it was; with another amount it is refused.
//! - One process at a time can use the file, whatever name it opens it by: hard and symbolic links, second mounts. A copy is refused until
//!   it is [adopted](JournalOptions::adopt).
//! - If the file is removed, replaced or truncated, or cannot be written, every further change fails.
//!
//! # The file
//!
//! A journal is an SQLite file in WAL mode. While it is in use, and after a crash, the last changes are in a second file
//! beside it, named like it with `-wal` at the end: the two belong together. When no program uses it, anybody who may read
//! it can look with `sqlite3 -readonly FILE`. It never holds credentials or a response's body.
//!
//! The table `payment` has one row for each order, in the order in which they were added:
//!
//! | column | holds |
//! |---|---|
//! | `id` | the position in the journal |
//! | `reference` | the payment's reference |
//! | `operation` | what is to be done: `cancel`, `capture` or `refund` |
//! | `amount`, `key` | of a capture or refund: the amount in minor currency units, and the key that distinguishes it from others |
//! | `status` | `waiting`, `started`, `canceled`, `captured`, `refunded`, `refused` or `stuck`: see [`Status`] |
//! | `checkpoint` | what the next run resumes from, if a run ended in doubt; `unsent` if a capture or refund is started and its request was not sent yet |
//! | `confirmation` | what *canceled*, *captured* or *refunded* rests on |
//! | `problem` | why it was refused or is in doubt, in a few words that many rows share |
//! | `message` | the outcome in a sentence, if there is more to say than the status does |
//! | `attempts`, `queries` | how many cancel, capture or refund requests, and how many queries, were recorded |
//! | `runs` | how many runs have worked on it until it was known, or until their budget was used up |
//! | `run` | the last run that has taken it |
//! | `added`, `started`, `finished` | when, in milliseconds since 1970 |
//!
//! The table `meta` has texts by `key`:
//!
//! | key | value |
//! |---|---|
//! | `schema_version` | the version of this schema, `1` |
//! | `base_url`, `merchant` | whose payments these are |
//! | `runs` | how many runs there were |
//! | `file` | the number of the file (its inode), which a copy does not have |
//!
//! In the file's header, `application_id` is 0x626d624a, and `user_version` counts uses: odd while the journal is in use,
//! even after it was closed.

mod breaker;
mod gate;
mod input;
mod journal;
mod order;
mod outcome_record;
mod pacer;
mod resuming;
mod runner;
mod single;

pub use breaker::{Admission, Breaker};
pub use gate::{Decision, Gate, StopReason};
pub use input::{
    Entry, Format, InputError, InvalidEntry, OrderEntry, PostingColumns, Postings, References, has_outer_blanks,
};
pub use journal::{
    Added, Conclusion, Counts, ImportError, Imported, InvalidLines, InvalidStatus, Journal, JournalError,
    JournalOptions, Pending, Reason, Record, Recorded, Row, Rows, Run, Status, StorageError, Take, Taken,
};
pub use order::{Operation, Order};
pub use pacer::{InvalidRate, Pacer, Rate};
pub use runner::{NextStep, Pause, Progress, Results, RunEnd, RunEvent, RunObserver, Runner, StopToken, Summary};
pub use single::CallError;
