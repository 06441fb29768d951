//! What the tests share.

pub(crate) mod chance;
pub(crate) mod crowd;
pub(crate) mod engine;
pub(crate) mod ledger;
pub(crate) mod process;
pub(crate) mod scene;
