//! A server, a sandbox, and the payments of its merchant.

use std::time::Duration;

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentReference};
use bambora_sandbox::Sandbox;
use bambora_temporal::{Budget, Payments, Settings};

use super::engine::Engine;
use super::process::WorkerProcess;

/// How long anything may take that is bound to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Scene {
    pub(crate) engine: Engine,
    pub(crate) sandbox: Sandbox,
    pub(crate) payments: Payments,
}

impl Scene {
    pub(crate) async fn set() -> Self {
        Self::with(Self::sandbox(), settings()).await
    }

    pub(crate) fn sandbox() -> Sandbox {
        Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap()
    }

    pub(crate) async fn with(sandbox: Sandbox, settings: Settings) -> Self {
        Self::on(Engine::start().await, sandbox, settings).await
    }

    pub(crate) async fn on(engine: Engine, sandbox: Sandbox, settings: Settings) -> Self {
        let merchant = sandbox.api().merchant().clone();
        let payments = Payments::new(engine.client().await, merchant).with_settings(settings).unwrap();
        Self { engine, sandbox, payments }
    }

    /// Waits until none of so many payments is worked on any more, and counts them.
    pub(crate) async fn all_rest(&self, payments: usize) -> Vec<(&'static str, usize)> {
        loop {
            let mut counts = Vec::new();
            for status in ["canceled", "captured", "refunded", "refused", "stuck"] {
                counts.push((status, self.payments.count(status).await.unwrap_or(0)));
            }
            if counts.iter().map(|(_, count)| count).sum::<usize>() == payments {
                return counts;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
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
