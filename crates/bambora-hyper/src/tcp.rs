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

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::{Ipv4Addr, TcpStream as StdStream};

    use socket2::{Domain, Socket, Type};

    use super::*;

    /// A port whose accept queue is full and is never emptied, so that connections stay pending, and what keeps it so.
    fn black_hole() -> (SocketAddr, Socket, Vec<StdStream>) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let connect = || StdStream::connect_timeout(&address, Duration::from_millis(150)).ok();
        let queue: Vec<StdStream> = (0..32).map_while(|_| connect()).collect();
        assert!(queue.len() < 32, "the accept queue does not fill up");
        (address, socket, queue)
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_that_swallow_packets_share_the_time_in_equal_parts() {
        let (address, _socket, _queue) = black_hole();
        for count in 1..4 {
            let started = Instant::now();
            let failure = connect_to_any(&vec![address; count], Duration::from_secs(12)).await.unwrap_err();
            assert!(matches!(failure, Failure::ConnectTimeout), "{failure}");
            let took = started.elapsed();
            assert!((11_900..12_100).contains(&took.as_millis()), "{took:?} for {count}");
        }
    }

    #[tokio::test]
    async fn a_host_without_an_address_was_not_found() {
        let failure = connect_to_any(&[], Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(failure, Failure::Lookup(error) if error.kind() == io::ErrorKind::NotFound));
    }
}
