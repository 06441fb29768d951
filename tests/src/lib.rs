//! What no single crate of this workspace can test.
