//! An HTTP proxy that opens tunnels, or does not.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a proxy does with a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tunnel {
    /// Opens the tunnel.
    Open,
    /// Opens the tunnel, and cuts it when the first bytes come back from the server.
    CutBeforeResponse,
    /// Responds with this status.
    Refuse(u16),
}

/// A proxy on a free port of the loopback address.
pub(crate) struct ConnectProxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl ConnectProxy {
    /// Starts. `tunnel` says what to do with each connection, from its number.
    pub(crate) fn start(tunnel: impl Fn(usize) -> Tunnel + Send + 'static) -> Self {
        Self::start_to(None, tunnel)
    }

    /// Starts a proxy whose tunnels all lead to `server`, whatever they are for.
    pub(crate) fn start_to(server: Option<SocketAddr>, tunnel: impl Fn(usize) -> Tunnel + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (log, tunnel) = (Arc::clone(&log), tunnel(number));
                // However a connection ends, the test sees it at its own end.
                thread::spawn(move || serve(client?, server, tunnel, &log));
            }
        });
        Self { address, heads }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of the requests for tunnels.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(
    mut client: TcpStream,
    server: Option<SocketAddr>,
    tunnel: Tunnel,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(client.try_clone()?);
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().unwrap().push(head);
    if let Tunnel::Refuse(status) = tunnel {
        return write!(client, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
    }
    let mut server = match server {
        Some(server) => TcpStream::connect(server)?,
        None => TcpStream::connect(target)?,
    };
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to).and_then(|_| to.shutdown(Shutdown::Write)));
    if let Tunnel::CutBeforeResponse = tunnel {
        let _ = server.read(&mut [0])?;
        return client.shutdown(Shutdown::Both);
    }
    io::copy(&mut server, &mut client)?;
    client.shutdown(Shutdown::Write)
}
