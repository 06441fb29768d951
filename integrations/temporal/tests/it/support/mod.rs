//! What the tests share.

pub(crate) mod chance;
pub(crate) mod database;
pub(crate) mod engine;
pub(crate) mod fixture;
pub(crate) mod ledger;
pub(crate) mod many_payments;
pub(crate) mod process;
