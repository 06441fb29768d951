//! TCP connections to one host.

use std::net::SocketAddr;
use std::time::Duration;

use bambora_client::{Failure, NameLookup};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

/// Returns the addresses of the host, if they are known in time.
pub(crate) async fn look_up(lookup: &NameLookup, at_most: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let pending = lookup.look_up().map_err(Failure::Lookup)?;
    timeout(at_most, pending).await.map_err(|_| Failure::LookupTimeout)?.map_err(Failure::Lookup)
}

/// Tries the addresses in the resolver's order, each for an equal part of the time that is left: one that swallows packets does not
/// keep the next from being tried.
pub(crate) async fn connect_to_any(addresses: &[SocketAddr], at_most: Duration) -> Result<TcpStream, Failure> {
    let deadline = Instant::now() + at_most;
    let mut failure = Failure::Lookup(std::io::ErrorKind::NotFound.into());
    for (position, address) in addresses.iter().enumerate() {
        let untried = u32::try_from(addresses.len() - position).unwrap_or(u32::MAX);
        let now = Instant::now();
        let share = deadline.saturating_duration_since(now) / untried;
        match timeout_at(now + share, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                tcp.set_nodelay(true).map_err(Failure::Connect)?;
                return Ok(tcp);
            }
            Ok(Err(error)) => failure = Failure::Connect(error),
            Err(_) => failure = Failure::ConnectTimeout,
        }
    }
    Err(failure)
}
