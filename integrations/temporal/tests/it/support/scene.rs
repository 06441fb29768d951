//! A server, a sandbox, and the payments of its merchant.

use std::time::Duration;

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentReference};
use bambora_sandbox::Sandbox;
use bambora_temporal::{Budget, Payments, Settings};

use super::engine::Engine;
use super::process::WorkerProcess;

/// How long anything may take that is bound to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Scene {
    pub(crate) engine: Engine,
    pub(crate) sandbox: Sandbox,
    pub(crate) payments: Payments,
}

impl Scene {
    pub(crate) async fn set() -> Self {
        let sandbox = Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap();
        Self::with(sandbox, settings()).await
    }

    pub(crate) async fn with(sandbox: Sandbox, settings: Settings) -> Self {
        let engine = Engine::start().await;
        let merchant = sandbox.api().merchant().clone();
        let payments = Payments::new(engine.client().await, merchant).with_settings(settings).unwrap();
        Self { engine, sandbox, payments }
    }

    pub(crate) fn worker(&self) -> WorkerProcess {
        WorkerProcess::start(&self.engine, &self.sandbox)
    }
}

/// Short waits, and an exchange timeout that is longer than the workers' total timeout.
pub(crate) fn settings() -> Settings {
    let budget = Budget { first_wait: 0.2, longest_wait: 2.0, ..Budget::default() };
    Settings { budget, exchange_timeout: Duration::from_secs(3) }
}

pub(crate) fn reference(text: &str) -> PaymentReference {
    text.parse().unwrap()
}

pub(crate) fn order(kind: PostingKind, of: &str, amount: u32, key: &str) -> PostingOrder {
    PostingOrder::new(kind, reference(of), Amount::from(amount), PostingKey::new(key).unwrap())
}

/// Waits for something that is bound to happen.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("{what} did not happen within {PATIENCE:?}"),
    }
}
