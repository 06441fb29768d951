//! Options that several commands share, and what they stand for.

mod amount;
mod budget;
mod credential_source;
mod endpoint;
mod list;
mod run_options;
mod sandbox_payments;
mod seconds;
mod target;

pub(crate) use amount::amount;
pub(crate) use endpoint::{Endpoint, sandbox_builder};
pub(crate) use list::{List, PostingList, print_doubtful_lines, print_invalid_lines};
pub(crate) use run_options::RunOptions;
pub(crate) use sandbox_payments::{SandboxPayments, payment};
pub(crate) use target::Target;
