//! The server of all rows, in a process of its own: one thread, and the same response to every request.

use std::io::{self, Read as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::thread;

use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const BODY: &str = r#"{"payment": "ORDER-1001", "currency": "EUR", "state": "Canceled", "operations": [],
 "region": "emea_0", "merchant": "123456789", "captures": [], "operationInProgress": false, "refunds": [], "amount": 100}"#;

/// Serves until its standard input ends. Prints its port and, in hexadecimal digits, the certificate to trust.
pub(crate) fn serve(tls: bool) {
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(accept(tls));
    });
    let _ = io::stdin().read(&mut [0]);
}

async fn accept(tls: bool) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (acceptor, certificate) = match tls {
        true => {
            let (config, certificate) = tls_config();
            (Some(TlsAcceptor::from(config)), certificate)
        }
        false => (None, Vec::new()),
    };
    let certificate: String = certificate.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{port} {certificate}");
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(serve_one(socket, acceptor.clone()));
    }
}

/// Serves one connection. Clients close it when their time is up, which is no error.
async fn serve_one(socket: TcpStream, acceptor: Option<TlsAcceptor>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    match acceptor {
        None => respond(socket).await,
        Some(acceptor) => respond(acceptor.accept(socket).await?).await,
    }
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

async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        // No request has a body, and no client sends a second one before the response.
        if buffer[..filled].ends_with(b"\r\n\r\n") {
            stream.write_all(response.as_bytes()).await?;
            stream.flush().await?;
            filled = 0;
        }
    }
}
