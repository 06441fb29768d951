//! Where the client can be called.

use std::future::Future as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use bambora_core::{
    Api, BaseUrl, Credentials, Delivery, Error, MerchantNumber, MerchantSecret, MerchantToken,
    PaymentReference,
};
use bambora_hyper::Client;
use bambora_sandbox::Sandbox;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

#[test]
fn one_client_serves_runtimes_that_come_and_go() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = Client::builder()
        .reuse_connections(true)
        .build(sandbox.api())
        .unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(client.query(&reference())).unwrap();
        runtime.block_on(client.query(&reference())).unwrap();
    }
    assert_eq!(sandbox.connections(), 3);
}

#[test]
fn without_a_runtime_nothing_is_sent() {
    let sandbox = Sandbox::start().unwrap();
    let client = Client::new(sandbox.api());
    let payment = reference();
    let mut call = std::pin::pin!(client.query(&payment));
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(Err(Error::Transport(error))) = call.as_mut().poll(&mut context) else {
        panic!("no error");
    };
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert_eq!(sandbox.connections(), 0);
}

/// A server that answers one query, and tells when the client has closed the connection.
fn one_query() -> (Api, Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = channel();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            assert_eq!(socket.read(&mut byte).unwrap(), 1);
            head.push(byte[0]);
        }
        let body = r#"{"payment": "A", "state": "Authorized"}"#;
        let length = body.len();
        write!(
            socket,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        // Nothing, once the client has closed.
        tell.send(socket.read(&mut [0]).unwrap()).unwrap();
    });
    let credentials = Credentials::new(
        MerchantNumber::new("1").unwrap(),
        MerchantToken::new("token").unwrap(),
        MerchantSecret::new("secret").unwrap(),
    );
    let base_url = BaseUrl::new(&base_url).unwrap();
    (Api::new(credentials).with_base_url(base_url), told)
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_spent_connection_closes_though_a_runtime_of_one_thread_does_not_run_on() {
    let (api, closed) = one_query();
    let client = Client::new(api);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(client.query(&reference())).unwrap();
    assert_eq!(closed.recv_timeout(PATIENCE), Ok(0));
    drop(runtime);
}

#[test]
fn a_call_can_end_outside_of_the_runtime_that_it_began_in() {
    let (api, closed) = one_query();
    let client = Client::new(api);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let payment = reference();
    let mut call = std::pin::pin!(client.query(&payment));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let begun = {
        let _in_the_runtime = runtime.enter();
        call.as_mut().poll(&mut context)
    };
    assert!(begun.is_pending());
    let ended = loop {
        match call.as_mut().poll(&mut context) {
            Poll::Ready(ended) => break ended,
            Poll::Pending => thread::park(),
        }
    };
    ended.unwrap();
    assert_eq!(closed.recv_timeout(PATIENCE), Ok(0));
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn calls_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let sandbox = Sandbox::start().unwrap();
    let client = Client::new(sandbox.api());
    let payment = reference();
    is_send(&client.cancel(&payment));
    is_send(&client.query(&payment));
}
