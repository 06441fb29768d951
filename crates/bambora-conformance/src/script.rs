//! What a server does with a connection.

use std::time::Duration;

/// One thing that a server does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Reads one request.
    Read,
    /// Sends bytes.
    Send(Vec<u8>),
    /// Sends bytes one by one.
    Drip(Vec<u8>, Duration),
    /// Sends the same bytes again and again, for as long as somebody takes them.
    Endless(Vec<u8>),
    /// Reads requests and answers each with 200 and its own target, until the client has enough.
    Serve,
    /// Reads one request, answers it with 200, and closes after a moment that depends on the connection's number. A request
    /// that comes within that moment is read, and gets no answer.
    ServeAndCloseSoon,
    /// Reads whatever comes, and takes no note of it.
    Swallow,
    /// Ends the sending side, and listens on.
    Fin,
    /// Resets the connection.
    Reset,
    /// Waits for a gate.
    Await(Turn),
    /// Opens a gate.
    Open(Turn),
    /// Waits until the client closes the connection, and then opens the gate.
    OpenWhenClosed(Turn),
}

/// The gates of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The server's: to be waited for by the caller.
    Server,
    /// The caller's: to be waited for by the server.
    Caller,
}

/// What becomes of each connection, in the order in which they come. The last one's script is that of all others, too.
pub(crate) type Script = Vec<Vec<Act>>;

/// The text that stands for the port of the trap: another server that must not be connected to.
pub(crate) const TRAP: &str = "{TRAP}";
/// A whole answer with a length.
pub(crate) fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [head.as_bytes(), body].concat()
}

/// Reads a request, and answers with these bytes.
pub(crate) fn reply(bytes: impl Into<Vec<u8>>) -> Vec<Act> {
    vec![Act::Read, Act::Send(bytes.into())]
}

/// Reads a request, answers with these bytes, and ends.
pub(crate) fn reply_and_fin(bytes: impl Into<Vec<u8>>) -> Vec<Act> {
    vec![Act::Read, Act::Send(bytes.into()), Act::Fin]
}

/// Puts the trap's port where it belongs.
pub(crate) fn fill(script: Script, trap: u16) -> Script {
    let fill = |bytes: Vec<u8>| match String::from_utf8(bytes) {
        Ok(text) => text.replace(TRAP, &trap.to_string()).into_bytes(),
        Err(error) => error.into_bytes(),
    };
    let connection = |acts: Vec<Act>| {
        acts.into_iter()
            .map(|act| match act {
                Act::Send(bytes) => Act::Send(fill(bytes)),
                act => act,
            })
            .collect()
    };
    script.into_iter().map(connection).collect()
}
