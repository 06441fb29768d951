//! The `bambora` command.

fn main() {}
