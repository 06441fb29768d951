//! The requests under way: a task for each, which stays for the next.

use bambora_hyper::Client;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::exchange::{Exchanged, NotStored, Request, exchange};
use crate::journal::Journal;

/// A fixed number of exchanges at once. Dropping it ends all of them.
#[derive(Debug)]
pub(super) struct Slots {
    client: Client,
    journal: Journal,
    most: usize,
    tasks: JoinSet<()>,
    /// Where each idle task gets its next request from.
    idle: Vec<mpsc::Sender<Request>>,
    under_way: usize,
    ended: mpsc::Receiver<Ended>,
    report: mpsc::Sender<Ended>,
}

pub(super) type Exchange = Result<Exchanged, Box<NotStored>>;

#[derive(Debug)]
struct Ended {
    exchange: Exchange,
    task: mpsc::Sender<Request>,
}

impl Slots {
    pub(super) fn new(client: Client, journal: Journal, most: usize) -> Self {
        let (report, ended) = mpsc::channel(most);
        Self { client, journal, most, tasks: JoinSet::new(), idle: Vec::new(), under_way: 0, ended, report }
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    pub(super) fn is_full(&self) -> bool {
        self.under_way >= self.most
    }

    pub(super) fn send(&mut self, request: Request) {
        let task = self.idle.pop().unwrap_or_else(|| self.start_task());
        self.under_way += 1;
        // If the task was lost, the row is in doubt on the disk.
        if task.try_send(request).is_err() {
            self.under_way -= 1;
        }
    }

    fn start_task(&mut self) -> mpsc::Sender<Request> {
        let (task, mut requests) = mpsc::channel::<Request>(1);
        let (client, journal) = (self.client.clone(), self.journal.clone());
        let (report, own) = (self.report.clone(), task.clone());
        self.tasks.spawn(async move {
            while let Some(request) = requests.recv().await {
                let exchange = exchange(&client, &journal, request).await;
                let task = own.clone();
                if report.send(Ended { exchange, task }).await.is_err() {
                    return;
                }
            }
        });
        task
    }

    /// Waits for the end of an exchange, if any is under way. `Some(None)` if it was lost: its row is in doubt on the disk.
    pub(super) async fn next(&mut self) -> Option<Option<Exchange>> {
        if self.under_way == 0 {
            return None;
        }
        tokio::select! {
            Some(ended) = self.ended.recv() => Some(Some(self.free(ended))),
            Some(_) = self.tasks.join_next() => {
                self.under_way -= 1;
                Some(None)
            }
        }
    }

    /// Takes an exchange that has ended already.
    pub(super) fn try_next(&mut self) -> Option<Exchange> {
        let ended = self.ended.try_recv().ok()?;
        Some(self.free(ended))
    }

    fn free(&mut self, ended: Ended) -> Exchange {
        self.under_way = self.under_way.saturating_sub(1);
        self.idle.push(ended.task);
        ended.exchange
    }

    /// Ends all exchanges at once. Their rows are in doubt on the disk.
    pub(super) fn abort(&mut self) {
        *self = Self::new(self.client.clone(), self.journal.clone(), self.most);
    }
}
