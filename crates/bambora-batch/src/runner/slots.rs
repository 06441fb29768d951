//! The requests under way: a task for each, which stays for the next.

use bambora_core::flow::RequestKind;
use bambora_hyper::Client;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::exchange::{Exchanged, exchange};
use super::work::Work;
use crate::breaker::Admission;

/// A fixed number of exchanges at once. Dropping it ends all of them.
#[derive(Debug)]
pub(super) struct Slots {
    client: Client,
    most: usize,
    tasks: JoinSet<()>,
    /// Where each idle task gets its next order from.
    idle: Vec<mpsc::Sender<Order>>,
    under_way: usize,
    ended: mpsc::Receiver<Ended>,
    report: mpsc::Sender<Ended>,
}

type Order = (Box<Work>, RequestKind, Admission);

#[derive(Debug)]
struct Ended {
    exchanged: Exchanged,
    task: mpsc::Sender<Order>,
}

impl Slots {
    pub(super) fn new(client: Client, most: usize) -> Self {
        let (report, ended) = mpsc::channel(most);
        Self { client, most, tasks: JoinSet::new(), idle: Vec::new(), under_way: 0, ended, report }
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    pub(super) fn is_full(&self) -> bool {
        self.under_way >= self.most
    }

    pub(super) fn send(&mut self, work: Box<Work>, kind: RequestKind, admission: Admission) {
        let task = self.idle.pop().unwrap_or_else(|| self.start_task());
        self.under_way += 1;
        // If the task was lost, the row is in doubt on the disk.
        if task.try_send((work, kind, admission)).is_err() {
            self.under_way -= 1;
        }
    }

    fn start_task(&mut self) -> mpsc::Sender<Order> {
        let (task, mut orders) = mpsc::channel::<Order>(1);
        let (client, report, own) = (self.client.clone(), self.report.clone(), task.clone());
        self.tasks.spawn(async move {
            while let Some((work, kind, admission)) = orders.recv().await {
                let exchanged = exchange(&client, work, kind, admission).await;
                let task = own.clone();
                if report.send(Ended { exchanged, task }).await.is_err() {
                    return;
                }
            }
        });
        task
    }

    /// Waits for the end of an exchange, if any is under way. `Some(None)` if it was lost: its row is in doubt on the disk.
    pub(super) async fn next(&mut self) -> Option<Option<Exchanged>> {
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
    pub(super) fn try_next(&mut self) -> Option<Exchanged> {
        let ended = self.ended.try_recv().ok()?;
        Some(self.free(ended))
    }

    fn free(&mut self, ended: Ended) -> Exchanged {
        self.under_way = self.under_way.saturating_sub(1);
        self.idle.push(ended.task);
        ended.exchanged
    }

    /// Ends all exchanges at once. Their rows are in doubt on the disk.
    pub(super) fn abort(&mut self) {
        *self = Self::new(self.client.clone(), self.most);
    }
}
