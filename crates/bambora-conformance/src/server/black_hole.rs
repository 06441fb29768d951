//! A local port that never completes a connection: its accept queue is full and is never emptied.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::refusing_port::RefusingPort;

/// More connections than fit into any queue that was requested with length 0.
const MAX_QUEUE: usize = 32;

/// Leaves connection attempts pending until it is dropped.
pub(crate) struct BlackHole {
    pub(crate) address: SocketAddr,
    _listener: RefusingPort,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    pub(crate) fn open() -> io::Result<Self> {
        let listener = RefusingPort::bind()?;
        listener.socket.listen(0)?;
        let address = listener.address;
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(150)).ok();
        let queue: Vec<_> = (0..MAX_QUEUE).map_while(|_| connect()).collect();
        if queue.len() == MAX_QUEUE {
            return Err(io::Error::other("the accept queue does not fill up"));
        }
        Ok(Self { address, _listener: listener, _queue: queue })
    }
}
