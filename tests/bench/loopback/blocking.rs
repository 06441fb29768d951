//! The blocking rows: bare sockets, ureq with its defaults, and the blocking client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bambora_client::{BuildClient, ClientBuilder};
use bambora_core::{OperationExt as _, Outcome};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::load::{Load, Samples};

pub(crate) fn run(row: &str, load: &Load) -> Option<Vec<Samples>> {
    match row {
        "raw, blocking" => Some(workers(load, raw(load))),
        "ureq" => Some(workers(load, ureq(load))),
        "bambora-blocking" => Some(workers(load, client(load))),
        _ => None,
    }
}

/// Runs one worker for each request in flight, with a call of its own.
fn workers<C: FnMut() + Send>(load: &Load, call: impl Fn() -> C + Sync) -> Vec<Samples> {
    let work = || {
        let mut call = call();
        let mut samples = Samples::new(load);
        while samples.begin() {
            call();
            samples.end();
        }
        samples
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..load.in_flight).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    })
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Returns core's request as it is sent over HTTP/1.1.
pub(crate) fn request_bytes(load: &Load) -> Vec<u8> {
    let request = load.api().request(&load.cancel());
    let mut bytes = format!("POST {} HTTP/1.1\r\n", request.uri().path()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("host: localhost:{}\r\n\r\n", load.port).as_bytes());
    bytes
}

/// Returns `true` if the response has ended. All responses are the same, and come whole or in two pieces.
pub(crate) fn is_whole(response: &[u8]) -> bool {
    response.ends_with(b"}")
}

fn raw(load: &Load) -> impl Fn() -> Box<dyn FnMut() + Send> {
    let tls = load.root.as_ref().map(|root| tls_config(root));
    let (request_bytes, reuse, port) = (request_bytes(load), load.reuse, load.port);
    move || {
        let (tls, request_bytes) = (tls.clone(), request_bytes.clone());
        let mut kept = None;
        Box::new(move || {
            let mut stream = kept.take().unwrap_or_else(|| connect(port, tls.as_ref()));
            stream.write_all(&request_bytes).unwrap();
            let mut response = [0; 4096];
            let mut filled = 0;
            while !is_whole(&response[..filled]) {
                filled += stream.read(&mut response[filled..]).unwrap();
            }
            kept = reuse.then_some(stream);
        })
    }
}

fn connect(port: u16, tls: Option<&Arc<ClientConfig>>) -> Box<dyn Stream> {
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    socket.set_nodelay(true).unwrap();
    match tls {
        None => Box::new(socket),
        Some(config) => {
            let name = "localhost".try_into().unwrap();
            let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
            Box::new(StreamOwned::new(connection, socket))
        }
    }
}

pub(crate) fn tls_config(root: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root.to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Sends through ureq with its defaults and the timeouts of this project's clients.
fn ureq(load: &Load) -> impl Fn() -> Box<dyn FnMut() + Send> {
    let mut config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(5)))
        .timeout_global(Some(Duration::from_secs(30)));
    if !load.reuse {
        config = config.max_idle_connections(0).max_idle_connections_per_host(0);
    } else {
        config = config.max_idle_connections_per_host(load.in_flight).max_idle_connections(load.in_flight);
    }
    if let Some(root) = &load.root {
        let root = ureq::tls::Certificate::from_der(root).to_owned();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::new_with_certs(&[root]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        config = config.tls_config(tls);
    }
    let agent = ureq::Agent::new_with_config(config.build());
    let (api, cancel) = (load.api(), load.cancel());
    move || {
        let (agent, api, cancel) = (agent.clone(), api.clone(), cancel.clone());
        Box::new(move || {
            let mut response = agent.run(api.request(&cancel)).unwrap();
            let body = response.body_mut().read_to_vec().unwrap();
            cancel.parse(&http::Response::new(body)).unwrap();
        })
    }
}

/// Builds a client of this project with its defaults, except for what the load says.
pub(crate) fn build_client<C: BuildClient>(load: &Load, builder: ClientBuilder<C>) -> C {
    let builder = builder.reuse_connections(load.reuse);
    let builder = match &load.root {
        Some(root) => builder.add_root_certificate(root.clone()),
        None => builder,
    };
    builder.build(load.api()).unwrap()
}

fn client(load: &Load) -> impl Fn() -> Box<dyn FnMut() + Send> {
    let client = build_client(load, bambora_blocking::Client::builder());
    let cancel = load.cancel();
    move || {
        let (client, cancel) = (client.clone(), cancel.clone());
        Box::new(move || drop(client.send(&cancel).unwrap()))
    }
}

/// Measures a single exchange and a flow, by turns.
pub(crate) fn turns(load: &Load) -> [Samples; 2] {
    let client = build_client(load, bambora_blocking::Client::builder());
    let (cancel, reference) = (load.cancel(), "ORDER-1001".parse().unwrap());
    let (mut exchange, mut flow) = (Samples::new(load), Samples::new(load));
    while exchange.begin() {
        client.send(&cancel).unwrap();
        exchange.end();
        flow.begin();
        let outcome = client.cancel(&reference);
        flow.end();
        assert!(matches!(outcome, Outcome::Canceled(_)));
    }
    [exchange, flow]
}
