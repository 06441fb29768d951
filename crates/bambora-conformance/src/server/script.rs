//! What a server does with a connection.

use crate::latch::Latch;

/// One thing that a server does.
#[derive(Clone, Debug)]
pub(crate) enum ServerAction {
    /// Reads one request.
    Read,
    /// Sends these bytes.
    Write(Vec<u8>),
    /// Sends these bytes one at a time, one every 100 milliseconds.
    Drip(Vec<u8>),
    /// Sends the same bytes again and again, for as long as the client takes them.
    Flood(Vec<u8>),
    /// Responds to each request with 200 and the request's own target, until the client closes the connection.
    Serve,
    /// Responds to one request with 200 and its target, and closes after a moment that depends on the connection's number. A
    /// request that arrives within that moment is read but gets no response.
    ServeAndCloseSoon,
    /// Reads and ignores whatever arrives.
    Swallow,
    /// Closes the sending side and continues to read.
    Fin,
    /// Resets the connection.
    Reset,
    /// Waits for a latch that the caller opens.
    Await(Latch),
    /// Opens a latch that the caller waits for. If the connection ends before, the latch is opened then.
    Open(Latch),
    /// Waits until the client closes the connection.
    AwaitClose,
    /// Forwards everything, in both directions, to this port of the loopback address. Port 0 stands for the case's server.
    Tunnel(u16),
}

/// The actions for each connection in the order of their arrival. The last list also applies to all further connections.
pub(crate) type Script = Vec<Vec<ServerAction>>;

/// Returns the bytes of a whole response with a `content-length`.
pub(crate) fn response(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let status = format!("HTTP/1.1 {status}");
    let length = format!("Content-Length: {}", body.as_ref().len());
    let head = [&[status.as_str()], headers, &[&length, "\r\n"]].concat();
    [head.join("\r\n").as_bytes(), body.as_ref()].concat()
}

/// Reads a request and responds with these bytes.
pub(crate) fn reply(bytes: impl Into<Vec<u8>>) -> Vec<ServerAction> {
    reply_then(bytes, [])
}

/// Reads a request, responds with these bytes, and continues with these actions.
pub(crate) fn reply_then<const N: usize>(bytes: impl Into<Vec<u8>>, actions: [ServerAction; N]) -> Vec<ServerAction> {
    let reply = [ServerAction::Read, ServerAction::Write(bytes.into())];
    reply.into_iter().chain(actions).collect()
}

/// Reads a request, responds with these bytes, and closes the sending side.
pub(crate) fn reply_and_fin(bytes: impl Into<Vec<u8>>) -> Vec<ServerAction> {
    reply_then(bytes, [ServerAction::Fin])
}
