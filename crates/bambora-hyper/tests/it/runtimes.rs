//! Where the client can be called.

use std::error::Error as _;
use std::future::Future as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use bambora_hyper::{
    Api, BaseUrl, Checkpoint, Client, Credentials, Delivery, Error, Failure, MerchantNumber, MerchantSecret,
    MerchantToken, Outcome, PaymentReference,
};
use bambora_sandbox::Sandbox;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

#[test]
fn one_client_serves_runtimes_that_come_and_go() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let client = Client::builder().reuse_connections(true).build(sandbox.api()).unwrap();
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
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
    let failure = error.source().unwrap().downcast_ref();
    assert!(matches!(failure, Some(Failure::NoRuntime)), "{error:?}");
    assert_eq!(sandbox.connections(), 0);
}

#[test]
fn a_cancel_without_a_runtime_ends_as_not_sent() {
    let sandbox = Sandbox::start().unwrap();
    let client = Client::new(sandbox.api());
    let mut cancel = client.cancel(&reference());
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(outcome) = Pin::new(&mut cancel).poll(&mut context) else {
        panic!("it waits for nobody");
    };
    let Outcome::NotSent(not_sent) = outcome else {
        panic!("{outcome}");
    };
    let text = not_sent.to_string();
    assert!(text.contains("no tokio runtime"), "{text}");
    assert_eq!(sandbox.connections(), 0);
    drop(cancel);
    assert_eq!(client.take_unresolved(), []);
}

#[test]
fn a_resumed_cancel_without_a_runtime_stays_unknown() {
    let sandbox = Sandbox::start().unwrap();
    let client = Client::new(sandbox.api());
    let checkpoint = Checkpoint::new(sandbox.api().merchant().clone(), reference(), 1);
    let mut cancel = client.resume(&checkpoint).unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(outcome) = Pin::new(&mut cancel).poll(&mut context) else {
        panic!("it waits for nobody");
    };
    let Outcome::Unknown(unknown) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(unknown.checkpoint, checkpoint);
}

/// The blocking pool is the host program's: a look-up that hangs in it would keep others from their files.
#[test]
fn names_are_looked_up_though_the_blocking_pool_is_taken() {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    let by_name = format!("http://localhost:{}", sandbox.address().port());
    let client = Client::new(sandbox.api().with_base_url(BaseUrl::new(&by_name).unwrap()));
    let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).enable_all().build().unwrap();
    let (release, released) = channel::<()>();
    runtime.block_on(async {
        let taken = tokio::task::spawn_blocking(move || released.recv());
        client.query(&reference()).await.unwrap();
        release.send(()).unwrap();
        taken.await.unwrap().unwrap();
    });
}

/// A server that responds when it accepts, before it has read anything.
#[test]
fn a_response_that_was_there_before_the_request_is_none() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = Client::new(api(&listener));
    let (tell, responded) = channel();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let body = r#"{"payment": "A", "state": "Authorized"}"#;
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            socket.write_all((head + body).as_bytes()).unwrap();
            tell.send(()).unwrap();
            let mut request = Vec::new();
            let _ = socket.read_to_end(&mut request);
            assert_eq!(request, b"");
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..100 {
        let payment = reference();
        // The first poll connects; then this thread waits until the server has responded.
        let (result, ()) = runtime.block_on(async {
            tokio::join!(biased; client.query(&payment), async {
                responded.recv().unwrap();
            })
        });
        let Err(Error::Transport(error)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(error.delivery(), Delivery::NotSent, "{error:?}");
        assert!(format!("{error:?}").contains("EarlyResponse"), "{error:?}");
    }
}

/// A server that responds to one query, and tells when the client has closed the connection.
fn one_query() -> (Api, Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let api = api(&listener);
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
        write!(socket, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        // Nothing, once the client has closed.
        tell.send(socket.read(&mut [0]).unwrap()).unwrap();
    });
    (api, told)
}

fn api(listener: &TcpListener) -> Api {
    let credentials = Credentials::new(
        MerchantNumber::new("1").unwrap(),
        MerchantToken::new("token").unwrap(),
        MerchantSecret::new("secret").unwrap(),
    );
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    Api::new(credentials).with_base_url(BaseUrl::new(&base_url).unwrap())
}

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_spent_connection_closes_though_a_runtime_of_one_thread_does_not_run_on() {
    let (api, closed) = one_query();
    let client = Client::new(api);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.query(&reference())).unwrap();
    assert_eq!(closed.recv_timeout(PATIENCE), Ok(0));
    drop(runtime);
}

#[test]
fn a_call_can_end_outside_of_the_runtime_that_it_began_in() {
    let (api, closed) = one_query();
    let client = Client::new(api);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
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
