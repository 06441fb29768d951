//! Bytes that come before a request was written are no response to it.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use bambora_client::{ClientBuilder, Failure};
use bambora_core::{CancelPolicy, Delivery, Error as ClientError, Outcome};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::clients::{AnyClient, for_each_client};
use crate::raw_server::{api, payment};

/// A TLS server that sends a whole response together with its handshake, as TLS 1.3 lets it do, on every connection.
struct EarlyServer {
    base_url: String,
    certificate: Vec<u8>,
    /// What each connection brought after that.
    received: Receiver<Vec<u8>>,
}

impl EarlyServer {
    fn start() -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = certified.cert.der().clone();
        let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key.into())
            .unwrap();
        config.send_half_rtt_data = true;
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, received) = channel();
        thread::spawn(move || {
            for socket in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let _ = tell.send(serve(connection, socket.unwrap()));
            }
        });
        Self { base_url: format!("https://localhost:{port}"), certificate: certificate.to_vec(), received }
    }
}

/// However the connection ends, what it brought counts.
fn serve(mut connection: ServerConnection, socket: TcpStream) -> Vec<u8> {
    let mut received = Vec::new();
    let early = payment("A", "Canceled");
    let served = connection.writer().write_all(early.as_bytes());
    let mut stream = StreamOwned::new(connection, socket);
    let _: io::Result<usize> = served.and_then(|()| stream.read_to_end(&mut received));
    received
}

fn client<C: AnyClient>(server: &EarlyServer) -> C {
    let policy = CancelPolicy::builder().waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    ClientBuilder::<C>::new()
        .add_root_certificate(server.certificate.clone())
        .cancel_policy(policy)
        .build(api(&server.base_url))
        .unwrap()
}

fn is_early(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        // The error inside of an I/O error is not its source.
        let inner = error.downcast_ref::<io::Error>().and_then(|e| e.get_ref());
        let failure = error.downcast_ref().or(inner.and_then(|e| e.downcast_ref()));
        if matches!(failure, Some(Failure::EarlyResponse)) {
            return true;
        }
        next = error.source();
    }
    false
}

fn it_is_no_response_and_the_request_is_not_sent<C: AnyClient>() {
    let server = EarlyServer::start();
    let client = client::<C>(&server);
    for _ in 0..20 {
        let error = client.query(&"A".parse().unwrap()).unwrap_err();
        let ClientError::Transport(error) = error else {
            panic!("{error}");
        };
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert!(is_early(&error), "{error:?}");
        assert_eq!(server.received.recv().unwrap(), b"");
    }
}

fn a_cancel_is_not_sent<C: AnyClient>() {
    let server = EarlyServer::start();
    let outcome = client::<C>(&server).cancel(&"A".parse().unwrap());
    let Outcome::NotSent(not_sent) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(not_sent.attempts, 3);
    let text = not_sent.to_string();
    assert!(text.contains("before the request"), "{text}");
    for _ in 0..3 {
        assert_eq!(server.received.recv().unwrap(), b"");
    }
}

for_each_client! {
    it_is_no_response_and_the_request_is_not_sent,
    a_cancel_is_not_sent,
}
