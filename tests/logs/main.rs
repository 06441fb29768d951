//! What the clients, and the libraries below them, write to the log at its most talkative: never the credentials, those of a proxy
//! included.
//!
//! A process of its own: there is one logger for a whole process.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../it/connect_proxy.rs"]
mod connect_proxy;

use std::sync::Mutex;

use bambora_client::Proxy;
use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
use bambora_core::{Amount, CancelPayment};
use bambora_sandbox::Sandbox;
use log::{LevelFilter, Log, Metadata, Record};

use crate::connect_proxy::{ConnectProxy, Tunnel};

struct Everything(Mutex<Vec<String>>);

static LOG: Everything = Everything(Mutex::new(Vec::new()));

impl Log for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// The bytes of a dump: a line of it has them in hexadecimal digits, in groups of four, and then as characters.
fn dumped(lines: &[String]) -> String {
    let mut bytes = Vec::new();
    for line in lines {
        let groups = line.split(' ').take(8);
        let digits: String = groups.filter(|group| group.len() == 4).collect();
        let pairs = (0..digits.len()).step_by(2).filter_map(|start| digits.get(start..start + 2));
        bytes.extend(pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn no_line_and_no_dump_shows_the_credentials() {
    log::set_logger(&LOG).unwrap();
    log::set_max_level(LevelFilter::Trace);
    let sandbox = Sandbox::builder().accept_credentials("123456789", "TOKENPLANTED", "SECRETPLANTED").start().unwrap();
    let authorize = AuthorizeTokenPayment::new(
        "A".parse().unwrap(),
        "EUR".parse().unwrap(),
        Amount::from(1),
        CardToken::new("CARDPLANTED").unwrap(),
    );
    let cancel = CancelPayment::new("A".parse().unwrap());
    let proxy = ConnectProxy::start(|_| Tunnel::Open);
    let url = Proxy::new(&proxy.url()).unwrap();
    let url = url.basic_auth("USERPLANTED", "PASSWORDPLANTED").unwrap();
    for reuse in [false, true] {
        let mut blocking = bambora_blocking::Client::builder().reuse_connections(reuse);
        let mut hyper = bambora_hyper::Client::builder().reuse_connections(reuse);
        if reuse {
            blocking = blocking.proxy(url.clone());
            hyper = hyper.proxy(url.clone());
        }
        let blocking = blocking.build(sandbox.api()).unwrap();
        let hyper = hyper.build(sandbox.api()).unwrap();
        // The first of these is answered with the payment, all others with a problem: what they send is the same.
        let _ = (blocking.send(&authorize), blocking.send(&cancel));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let _ = runtime.block_on(hyper.send(&authorize));
        let _ = runtime.block_on(hyper.send(&cancel));
    }
    assert!(sandbox.requests().iter().all(|request| request.status != Some(401)));
    assert!(sandbox.is_canceled("A"));
    assert!(!proxy.heads().is_empty());

    let lines = LOG.0.lock().unwrap();
    let dump = dumped(&lines);
    // Else this test would see nothing at all.
    assert!(dump.contains("api-version: 1"), "{dump}");
    let shown = lines.join("\n") + &dump;
    let encoded = "VE9LRU5QTEFOVEVEQDEyMzQ1Njc4OTpTRUNSRVRQTEFOVEVE";
    let proxys = "VVNFUlBMQU5URUQ6UEFTU1dPUkRQTEFOVEVE";
    let planted = ["TOKENPLANTED", "SECRETPLANTED", encoded, "CARDPLANTED", "USERPLANTED", "PASSWORDPLANTED", proxys];
    for planted in planted {
        assert!(!shown.contains(planted), "{planted} in {shown}");
    }
}
