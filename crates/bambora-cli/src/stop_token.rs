//! The wish to stop: Ctrl-C, a service manager's signal, or a terminal that is gone.

use std::io;
use std::process;

use tokio::sync::watch;

use crate::exit_status::ExitStatus;

/// What is told after the first signal.
pub(crate) const STOPPING: &str =
    "stopping: nothing new is sent, and what is under way gets its time; once more to end at once";

/// Counts the signals that ask this process to stop, from when it is installed.
#[derive(Clone)]
pub(crate) struct StopToken {
    count: watch::Receiver<u32>,
}

impl StopToken {
    /// Catches the signals. One that the process was started to ignore, as `nohup` does it, stays ignored.
    pub(crate) fn install() -> io::Result<Self> {
        let (sender, count) = watch::channel(0);
        catch(sender)?;
        Ok(Self { count })
    }

    pub(crate) fn is_triggered(&self) -> bool {
        *self.count.borrow() > 0
    }

    /// Waits until the process was asked to stop as often as this.
    pub(crate) async fn triggered(&self, times: u32) {
        let mut count = self.count.clone();
        if count.wait_for(|count| *count >= times).await.is_err() {
            // No signal can be caught any more, so it ends the process by itself.
            std::future::pending::<()>().await;
        }
    }
}

/// The third signal ends the process wherever it is, for example in a write that nobody reads.
fn trigger(count: &watch::Sender<u32>) {
    count.send_modify(|count| *count += 1);
    if *count.borrow() > 2 {
        process::exit(ExitStatus::Unwritten as i32);
    }
}

#[cfg(unix)]
fn catch(count: watch::Sender<u32>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        if is_ignored(kind.as_raw_value()) {
            continue;
        }
        let (mut signal, count) = (signal(kind)?, count.clone());
        tokio::spawn(async move {
            while signal.recv().await.is_some() {
                trigger(&count);
            }
        });
    }
    Ok(())
}

/// Reads it from the kernel's account of this process; where there is none, nothing counts as ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 << (signal - 1) != 0)
}

#[cfg(not(unix))]
fn catch(count: watch::Sender<u32>) -> io::Result<()> {
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            trigger(&count);
        }
    });
    Ok(())
}
