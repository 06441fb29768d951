//! What the tests share.

pub(crate) mod engine;
pub(crate) mod process;
pub(crate) mod scene;
