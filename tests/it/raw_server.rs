//! A server whose every byte a test decides.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

/// A server on a free port of a loopback address, with a thread for each connection.
pub(crate) struct RawServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<RawRequest>>>,
}

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct RawRequest {
    /// The number of the connection, from 0.
    pub(crate) connection: usize,
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl RawRequest {
    pub(crate) fn first_line(&self) -> &str {
        let head = std::str::from_utf8(&self.head).unwrap();
        head.split_once("\r\n").unwrap().0
    }

    /// The values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let head = std::str::from_utf8(&self.head).unwrap();
        head.split("\r\n")
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(have, _)| have.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

impl RawServer {
    /// Starts on 127.0.0.1. `respond` gets each request and returns the bytes to write. `None` closes the connection.
    pub(crate) fn start(respond: impl Fn(&RawRequest) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self::start_on(listener, respond)
    }

    pub(crate) fn start_on(
        listener: TcpListener,
        respond: impl Fn(&RawRequest) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let respond = Arc::new(respond);
        thread::spawn(move || {
            for (connection, socket) in listener.incoming().enumerate() {
                let (log, respond) = (Arc::clone(&log), Arc::clone(&respond));
                thread::spawn(move || serve(connection, socket.unwrap(), &log, &*respond));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn api(&self) -> Api {
        api(&format!("http://{}", self.address))
    }

    pub(crate) fn requests(&self) -> Vec<RawRequest> {
        let requests = self.requests.lock();
        requests.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The API at `base_url`, with the published example credentials.
pub(crate) fn api(base_url: &str) -> Api {
    let credentials = Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    );
    Api::new(credentials).with_base_url(BaseUrl::new(base_url).unwrap())
}

/// A whole response with a body of JSON.
pub(crate) fn response(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A whole response with a payment object.
pub(crate) fn payment(reference: &str, state: &str) -> String {
    response(200, &format!(r#"{{"payment": "{reference}", "state": "{state}"}}"#))
}

/// The API's problem document for a payment that it does not know.
pub(crate) fn not_found() -> String {
    let body = r#"{"type": "https://api.bambora.com/definitions/payments/payment_not_found",
        "title": "Payment not found", "detail": "", "status": 404}"#;
    response(404, body)
}

/// Serves until the client is gone: no end of a connection is an error.
fn serve(
    connection: usize,
    socket: TcpStream,
    log: &Mutex<Vec<RawRequest>>,
    respond: &dyn Fn(&RawRequest) -> Option<String>,
) -> io::Result<()> {
    let mut writer = socket.try_clone()?;
    let mut reader = BufReader::new(socket);
    while let Some((head, body)) = read_request(&mut reader)? {
        let request = RawRequest { connection, head, body };
        let response = respond(&request);
        log.lock().unwrap().push(request);
        match response {
            Some(response) => writer.write_all(response.as_bytes())?,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Reads a request with a `content-length`. `None` if the client closed the connection instead.
fn read_request(reader: &mut BufReader<impl Read>) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
    }
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = text.split("\r\n").find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some((head, body)))
}
