//! The server of all rows, in a process of its own: a thread for each connection, and the same bytes for every request.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const BODY: &str = r#"{"payment": "ORDER-1001", "currency": "EUR", "state": "Canceled", "operations": [],
 "region": "emea_0", "merchant": "123456789", "captures": [], "operationInProgress": false, "refunds": [], "amount": 100}"#;

/// Serves until its standard input ends. Prints its port and, in hexadecimal digits, the certificate to trust.
pub(crate) fn serve(tls: bool) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (config, certificate) = match tls {
        true => {
            let (config, certificate) = tls_config();
            (Some(config), certificate)
        }
        false => (None, Vec::new()),
    };
    let certificate: String = certificate
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    println!("{port} {certificate}");
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let config = config.clone();
            thread::spawn(move || {
                socket.set_nodelay(true).unwrap();
                // Clients close when they have enough.
                let _ = match config {
                    None => answer(socket),
                    Some(config) => answer_behind_tls(socket, config),
                };
            });
        }
    });
    let _ = io::stdin().read(&mut [0]);
}

fn tls_config() -> (Arc<ServerConfig>, Vec<u8>) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = certified.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    (Arc::new(config), certificate.to_vec())
}

fn answer_behind_tls(socket: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    answer(StreamOwned::new(connection, socket))
}

fn answer(mut stream: impl Read + Write) -> io::Result<()> {
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        // No request has a body, and nobody sends a second one before the answer.
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            stream.write_all(bytes.as_bytes())?;
            stream.flush()?;
            filled = 0;
        }
    }
}
