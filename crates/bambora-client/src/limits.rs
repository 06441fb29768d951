//! Sizes and ages that both clients keep to.

use std::time::Duration;

/// The longest head of a response, in bytes.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How many connections wait in a pool for their next request.
pub const MAX_POOLED: usize = 64;
/// How long a connection waits in a pool. A server that closes idle connections later leaves no request in doubt.
pub const MAX_POOLED_AGE: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_64_kib_at_most() {
        assert_eq!(MAX_HEAD_BYTES, 65_536);
    }
}
