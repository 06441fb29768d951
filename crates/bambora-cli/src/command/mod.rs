//! The commands, one in each file: its arguments and what it does.

pub(crate) mod cancel;
pub(crate) mod completions;
pub(crate) mod man;
pub(crate) mod posting;
pub(crate) mod query;
pub(crate) mod report;
pub(crate) mod request;
pub(crate) mod resume;
pub(crate) mod sandbox;
