//! Options that several commands share, and what they stand for.

mod amount;
mod connection;
mod credential_source;
mod endpoint;
mod hints;
mod jobs;
mod list;
mod network;
mod private_file;
mod run_options;
mod seconds;
mod target;

pub(crate) use amount::amount;
pub(crate) use connection::Connection;
pub(crate) use endpoint::{Endpoint, embedded_sandbox, sandbox_builder};
pub(crate) use hints::Hints;
pub(crate) use jobs::jobs;
pub(crate) use list::{
    List, PostingList, named_or_listed, print_doubtful_lines, print_invalid_lines, warn_of_empty_list,
};
pub(crate) use run_options::RunOptions;
pub(crate) use target::{OF_ANOTHER_API, Target, payment};
