//! A server, a sandbox, and the payments of its merchant.

use std::process::Command;
use std::time::Duration;

use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, PaymentReference};
use bambora_sandbox::Sandbox;
use bambora_temporal::{Budget, Payments, Settings, Standing};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::engine::Engine;
use super::process::{self, WorkerProcess};

/// How long anything may take that is bound to happen.
const PATIENCE: Duration = Duration::from_secs(300);

/// Returns `true` if the tests run with the full numbers.
pub(crate) fn are_long() -> bool {
    std::env::var_os("BAMBORA_LONG_TESTS").is_some()
}

pub(crate) struct Fixture {
    pub(crate) engine: Engine,
    pub(crate) sandbox: Sandbox,
    pub(crate) payments: Payments,
    settings: Settings,
    _share: Share,
}

/// A measurement has the machine for itself: every other test holds a share of it.
static MACHINE: RwLock<()> = RwLock::const_new(());

enum Share {
    Some(#[allow(dead_code, reason = "it is held")] RwLockReadGuard<'static, ()>),
    All(#[allow(dead_code, reason = "it is held")] RwLockWriteGuard<'static, ()>),
}

impl Fixture {
    pub(crate) async fn set() -> Self {
        Self::with(Self::sandbox(), settings()).await
    }

    pub(crate) fn sandbox() -> Sandbox {
        Sandbox::builder().log_limits(usize::MAX, usize::MAX).start().unwrap()
    }

    pub(crate) async fn with(sandbox: Sandbox, settings: Settings) -> Self {
        let share = Share::Some(MACHINE.read().await);
        Self::of(share, Engine::start().await, sandbox, settings).await
    }

    /// Waits until no other test runs, and keeps others from running.
    pub(crate) async fn alone() -> Self {
        let share = Share::All(MACHINE.write().await);
        Self::of(share, Engine::start().await, Self::sandbox(), settings()).await
    }

    pub(crate) async fn with_engine(dynamic: &[&str], settings: Settings) -> Self {
        let share = Share::Some(MACHINE.read().await);
        Self::of(share, Engine::start_with(dynamic).await, Self::sandbox(), settings).await
    }

    async fn of(share: Share, engine: Engine, sandbox: Sandbox, settings: Settings) -> Self {
        let merchant = sandbox.api().merchant().clone();
        let payments = Payments::new(engine.client().await, merchant).with_settings(settings.clone()).unwrap();
        Self { engine, sandbox, payments, settings, _share: share }
    }

    /// Waits until none of so many payments is worked on any more, and counts them.
    pub(crate) async fn all_rest(&self, payments: usize) -> Vec<(Standing, usize)> {
        loop {
            let mut counts = Vec::new();
            for standing in Standing::ALL {
                if !matches!(standing, Standing::Working | Standing::Paused) {
                    counts.push((standing, self.payments.count(standing).await.unwrap_or(0)));
                }
            }
            if counts.iter().map(|(_, count)| count).sum::<usize>() == payments {
                return counts;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub(crate) fn worker(&self) -> WorkerProcess {
        WorkerProcess::spawn(self.worker_command())
    }

    /// The command of a worker that can send a request within the exchange timeout.
    pub(crate) fn worker_command(&self) -> Command {
        let mut command = process::command(&self.engine, &self.sandbox);
        let total = self.settings.exchange_timeout.as_secs_f64() / 2.0;
        command.args(["worker", "--connect-timeout", "0.5", "--total-timeout", &total.to_string()]);
        command
    }
}

/// Short waits.
pub(crate) fn settings() -> Settings {
    let budget = Budget { first_wait: 0.2, longest_wait: 2.0, ..Budget::default() };
    Settings { budget, exchange_timeout: Duration::from_secs(12) }
}

/// An exchange timeout that is over soon after a worker was killed, and few queries for a capture or refund whose request was lost
/// with it.
pub(crate) fn hasty() -> Settings {
    let budget = Budget { queries: 12, ..settings().budget };
    Settings { exchange_timeout: Duration::from_secs(3), budget }
}

pub(crate) fn reference(text: &str) -> PaymentReference {
    text.parse().unwrap()
}

pub(crate) fn order(kind: PostingKind, of: &str, amount: u32, key: &str) -> PostingOrder {
    PostingOrder::new(kind, reference(of), Amount::from(amount), PostingKey::new(key).unwrap())
}

/// Waits for something that is bound to happen.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let patience = if are_long() { PATIENCE * 12 } else { PATIENCE };
    match tokio::time::timeout(patience, future).await {
        Ok(done) => done,
        Err(_) => panic!("{what} did not happen within {patience:?}"),
    }
}
