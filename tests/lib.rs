//! Nothing but tests: what no single crate of this workspace can test.
