//! Both clients trust the system's root certificates if they are told to.
//!
//! A program of its own, without cargo's test harness: which certificates are the system's is said by the environment, which belongs
//! to a process. So it starts itself again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../it/tls_front.rs"]
mod tls_front;

use std::env;
use std::fs;
use std::process::{Command, Output};

use bambora_client::{BuildError, RootStore};
use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_sandbox::Sandbox;

use crate::tls_front::{Authority, TlsFront};

/// In the child, the URL to query.
const BASE_URL: &str = "BAMBORA_SYSTEM_ROOTS_TEST";

fn main() {
    match env::var(BASE_URL) {
        Ok(base_url) => query(&base_url),
        Err(_) => test(),
    }
}

fn test() {
    let sandbox = Sandbox::builder().accept_credentials("1", "token", "secret").start().unwrap();
    sandbox.authorize("A");
    let authority = Authority::new();
    let front = TlsFront::start(&sandbox, &authority, None);
    let folder = tempfile::tempdir().unwrap();
    for (pem, succeeds) in
        [(authority.pem(), true), (Authority::new().pem(), false), ("no certificate".to_owned(), false)]
    {
        let file = folder.path().join("roots.pem");
        fs::write(&file, pem).unwrap();
        let mut child = Command::new(env::current_exe().unwrap());
        let child = child.env(BASE_URL, front.base_url()).env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR");
        let Output { status, stderr, .. } = child.output().unwrap();
        assert_eq!(status.success(), succeeds, "{}", String::from_utf8_lossy(&stderr));
    }
    assert_eq!(sandbox.requests().len(), 2);
    println!("test system_roots ... ok");
}

/// Queries with both clients.
fn query(base_url: &str) {
    let credentials = Credentials::new(
        MerchantNumber::new("1").unwrap(),
        MerchantToken::new("token").unwrap(),
        MerchantSecret::new("secret").unwrap(),
    );
    let api = Api::new(credentials).with_base_url(BaseUrl::new(base_url).unwrap());
    let reference = "A".parse().unwrap();
    let blocking = bambora_blocking::Client::builder().root_store(RootStore::System).build(api.clone());
    if let Err(error) = &blocking {
        assert!(matches!(error, BuildError::SystemRoots { .. }), "{error}");
    }
    blocking.unwrap().query(&reference).unwrap();
    let hyper = bambora_hyper::Client::builder().root_store(RootStore::System).build(api).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(hyper.query(&reference)).unwrap();
}
