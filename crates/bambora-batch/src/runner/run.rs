//! A run: from the rows that are open to the reason why it ends.

use std::time::{Duration, Instant};

use bambora_hyper::Client;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::progress::{Progress, RateWindow, RunEvent, RunObserver};
use super::rows::{Rows, Written};
use super::settings::Settings;
use super::slots::Exchange;
use super::state::{Phase, State};
use super::stop_token::Stop;
use super::summary::RunEnd;
use crate::journal::JournalError;

pub(super) struct Run<O> {
    state: State,
    observer: O,
    started: Instant,
    stop: watch::Receiver<Stop>,
    tick: Interval,
    rate: RateWindow,
}

enum Happened {
    Exchange(Option<Exchange>),
    Written(Result<Written, JournalError>),
    Stop(Stop),
    Tick,
    Time,
}

impl<O: RunObserver> Run<O> {
    pub(super) fn new(client: Client, settings: Settings, observer: O, rows: Rows, to_do: u64) -> Self {
        let mut tick = interval(settings.progress_interval);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            observer,
            started: Instant::now(),
            stop: settings.stop.watch(),
            tick,
            rate: RateWindow::default(),
            state: State::new(client, settings, rows, to_do),
        }
    }

    pub(super) async fn go(mut self) -> (RunEnd, Progress) {
        loop {
            // It may have been triggered together with what happened last, and nothing new is begun from then on.
            if self.stop.has_changed().unwrap_or(false) {
                let stop = *self.stop.borrow_and_update();
                self.state.stop(stop, self.started.elapsed());
            }
            let wake = self.state.send_and_write(self.started.elapsed());
            if self.state.is_over() {
                break;
            }
            let happened = self.happen(wake).await;
            match happened {
                Happened::Exchange(exchange) => self.take_exchanges(exchange),
                Happened::Written(written) => self.after_write(written).await,
                Happened::Stop(stop) => self.state.stop(stop, self.started.elapsed()),
                Happened::Tick => self.tell().await,
                Happened::Time => {}
            }
        }
        self.tell().await;
        (self.state.end(), self.state.progress)
    }

    async fn happen(&mut self, wake: Option<Duration>) -> Happened {
        let wake = wake.map(|wake| self.started + wake);
        let sleep = async {
            match wake {
                Some(wake) => tokio::time::sleep_until(wake.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(exchange) = self.state.exchanges.next() => Happened::Exchange(exchange),
            Some(written) = self.state.rows.written() => Happened::Written(written),
            Ok(()) = self.stop.changed() => Happened::Stop(*self.stop.borrow_and_update()),
            _ = self.tick.tick() => Happened::Tick,
            () = sleep => Happened::Time,
        }
    }

    /// Takes all exchanges that have ended.
    fn take_exchanges(&mut self, first: Option<Exchange>) {
        let now = self.started.elapsed();
        let mut next = Some(first);
        while let Some(exchange) = next {
            // If the task was lost, its row is in doubt on the disk.
            if let Some(exchange) = exchange {
                self.state.after_exchange(exchange, now);
            }
            next = self.state.exchanges.try_next().map(Some);
        }
    }

    async fn after_write(&mut self, written: Result<Written, JournalError>) {
        let recorded = match written {
            Ok(Written::Recorded(recorded)) => recorded,
            Ok(Written::Claimed | Written::Released) => {
                if self.state.phase > Phase::Working {
                    self.state.rows.release_all();
                } else if self.state.brakes.is_open() {
                    self.state.rows.keep_one_waiting();
                }
                return;
            }
            Err(error) => return self.fail(error),
        };
        for recorded in recorded {
            match recorded {
                Ok(recorded) => {
                    self.state.progress.count(recorded.status());
                    self.observer.observe(RunEvent::Recorded(recorded)).await;
                }
                Err(error) => self.fail(error),
            }
        }
    }

    fn fail(&mut self, error: JournalError) {
        self.state.end_by(RunEnd::Journal(error), self.started.elapsed());
    }

    async fn tell(&mut self) {
        let now = self.started.elapsed();
        let State { progress, exchanges, due, parked, brakes, .. } = &mut self.state;
        progress.elapsed = now;
        progress.in_flight = exchanges.under_way();
        progress.between_requests = due.len() + parked.len();
        progress.pause = brakes.pause(now);
        self.rate.note(progress);
        let progress = progress.clone();
        self.observer.observe(RunEvent::Progress(progress)).await;
    }
}
