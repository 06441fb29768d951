//! One connection: requests in, responses out.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::fault::FaultResponse;
use crate::logged_request::LoggedRequest;
use crate::page;
use crate::request_reader::{NoRequest, read_request};
use crate::response_bytes::ResponseBytes;
use crate::shared::Shared;

/// The most that is read and thrown away after a request that is not understood.
const MAX_DISCARDED: u64 = 4 * 1024 * 1024;

/// Reads until a deadline, however slowly the bytes arrive.
struct DeadlineReader<'a> {
    stream: &'a TcpStream,
    deadline: Option<Instant>,
}

impl DeadlineReader<'_> {
    fn restart(&mut self, timeout: Duration) {
        self.deadline = Instant::now().checked_add(timeout);
    }
}

impl Read for DeadlineReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(left)?;
        self.stream.read(buffer)
    }
}

/// Serves the requests of a connection until one side ends it.
pub(crate) fn serve(mut stream: &TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    // Zero is no timeout for a socket.
    let timeout = shared.limits.request_timeout.max(Duration::from_millis(1));
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(timeout))?;
    let mut reader = BufReader::new(DeadlineReader { stream, deadline: None });
    let problem = loop {
        reader.get_mut().restart(timeout);
        match read_request(&mut reader, &mut stream) {
            Ok(mut request) => {
                request.connection = number;
                if !respond(request, stream, shared)? {
                    return Ok(());
                }
            }
            Err(NoRequest::Gone) => return Ok(()),
            Err(NoRequest::TimedOut) => {
                break ResponseBytes::problem(408, "", "The request did not end in time.");
            }
            Err(NoRequest::Malformed(why)) => break ResponseBytes::bad_request(why),
        }
    };
    stream.write_all(&problem.to_bytes(true, false))?;
    stream.shutdown(Shutdown::Write)?;
    // Closing with unread bytes would send a reset, and that could overtake the response.
    reader.get_mut().restart(timeout);
    io::copy(&mut reader.take(MAX_DISCARDED), &mut io::sink()).map(drop)
}

/// Responds to a request. Returns `true` if the connection stays open.
fn respond(request: LoggedRequest, mut stream: &TcpStream, shared: &Shared) -> io::Result<bool> {
    let (head_only, close) = (request.method == "HEAD", request.wants_close());
    if shared.config.page && page::is_addressed(&request) {
        return page::respond(&request, stream, shared);
    }
    let (number, reply) = shared.handle(request);
    if reply.fault.is_some_and(|fault| !shared.wait_before_response(number, fault)) {
        return Ok(false);
    }
    let Some(response) = reply.response else {
        if reply.fault.is_some_and(|fault| fault.response == FaultResponse::Reset) {
            // Closing with a linger of zero sends a reset instead of a FIN.
            SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
        }
        return Ok(false);
    };
    let close = close || response.cut;
    stream.write_all(&response.to_bytes(close, head_only))?;
    Ok(!close)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_deadline_ends_even_a_client_that_keeps_sending() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
        let mut reader = DeadlineReader { stream: &stream, deadline: None };
        assert_eq!(reader.read(&mut [0]).unwrap(), 1);
        reader.restart(Duration::ZERO);
        let error = reader.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
