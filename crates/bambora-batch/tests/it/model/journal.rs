//! A journal as a list of rows and a queue of changes that are not committed yet.

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Status {
    Waiting,
    Started,
    Canceled,
    Captured,
    Refused,
}

impl Status {
    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::Canceled | Self::Captured | Self::Refused)
    }
}

/// What a row asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Order {
    Cancel,
    Capture,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) order: Order,
    pub(crate) status: Status,
    /// Whether it is a capture that is started and whose request was not sent.
    pub(crate) unsent: bool,
    /// The run that it was last taken in.
    pub(crate) run: u8,
}

/// What came of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Conclusion {
    Canceled,
    Captured,
    Refused,
    NotSent,
    Unknown,
}

impl Conclusion {
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Canceled => Status::Canceled,
            Self::Captured => Status::Captured,
            Self::Refused => Status::Refused,
            Self::NotSent => Status::Waiting,
            Self::Unknown => Status::Started,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    Claim {
        run: u8,
        most: usize,
    },
    ClaimInDoubt {
        run: u8,
        most: usize,
    },
    /// The request of a capture may be sent from now on.
    Store {
        row: usize,
    },
    Record {
        row: usize,
        conclusion: Conclusion,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reply {
    Taken {
        row: usize,
        in_doubt: bool,
    },
    Stored {
        row: usize,
    },
    Recorded {
        row: usize,
    },
    /// The row is not started: nothing was changed.
    NotStarted {
        row: usize,
    },
}

/// What a journal does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Broken {
    /// Tells that a result is recorded before it is committed.
    ResultBeforeCommit,
    /// Hands rows out before the commit that starts them.
    StartedAfterSent,
    /// Takes terminal rows for rows in doubt.
    TerminalReopened,
    /// Hands rows out and leaves them waiting.
    ClaimNotMarked,
    /// Removes the row of a payment for which nothing was sent.
    RowForgotten,
    /// Hands rows in doubt out as if nothing was sent for them.
    DoubtForgotten,
    /// Tells that a checkpoint is stored before it is committed.
    StoredBeforeCommit,
    /// Tells that a checkpoint is stored, and does not store it.
    CheckpointForgotten,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Journal {
    /// What a crash leaves.
    pub(crate) disk: Vec<Option<Row>>,
    queue: Vec<Change>,
    /// Whether a checkpoint is stored before a claimed capture is sent.
    stores: bool,
    broken: Option<Broken>,
}

impl Journal {
    pub(crate) fn new(orders: &[Order], stores: bool, broken: Option<Broken>) -> Self {
        let row = |order: &Order| Some(Row { order: *order, status: Status::Waiting, unsent: false, run: 0 });
        Self { disk: orders.iter().map(row).collect(), queue: Vec::new(), stores, broken }
    }

    /// Asks for a change. Only broken journals reply before the commit.
    pub(crate) fn ask(&mut self, change: Change) -> Vec<Reply> {
        let mut early = self.clone();
        self.queue.push(change);
        match self.is_early(change) {
            true => early.apply(change),
            false => Vec::new(),
        }
    }

    fn is_early(&self, change: Change) -> bool {
        matches!(
            (self.broken, change),
            (Some(Broken::ResultBeforeCommit), Change::Record { .. })
                | (Some(Broken::StartedAfterSent), Change::Claim { .. })
                | (Some(Broken::StoredBeforeCommit), Change::Store { .. })
        )
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    /// Commits what was asked for, and replies.
    pub(crate) fn commit(&mut self) -> Vec<Reply> {
        let mut replies = Vec::new();
        for change in std::mem::take(&mut self.queue) {
            let late = self.apply(change);
            if !self.is_early(change) {
                replies.extend(late);
            }
        }
        replies
    }

    pub(crate) fn crash(&mut self) {
        self.queue.clear();
    }

    pub(crate) fn apply(&mut self, change: Change) -> Vec<Reply> {
        match change {
            Change::Claim { run, most } => self.take(run, most, false),
            Change::ClaimInDoubt { run, most } => self.take(run, most, true),
            Change::Store { row } => match &mut self.disk[row] {
                Some(found) if found.status == Status::Started => {
                    found.unsent &= self.broken == Some(Broken::CheckpointForgotten);
                    vec![Reply::Stored { row }]
                }
                _ => vec![Reply::NotStarted { row }],
            },
            Change::Record { row, conclusion } => match &mut self.disk[row] {
                Some(found) if found.status == Status::Started => {
                    found.status = conclusion.status();
                    found.unsent = false;
                    if self.broken == Some(Broken::RowForgotten) && conclusion == Conclusion::NotSent {
                        self.disk[row] = None;
                    }
                    vec![Reply::Recorded { row }]
                }
                _ => vec![Reply::NotStarted { row }],
            },
        }
    }

    fn take(&mut self, run: u8, most: usize, in_doubt: bool) -> Vec<Reply> {
        let (broken, stores) = (self.broken, self.stores);
        let rows = self.disk.iter_mut().enumerate();
        rows.filter_map(|(index, row)| Some((index, row.as_mut()?)))
            .filter(|(_, row)| match row.status {
                Status::Waiting => !in_doubt && row.run < run,
                Status::Started => in_doubt && row.run < run,
                _ => in_doubt && row.run < run && broken == Some(Broken::TerminalReopened),
            })
            .take(most)
            .map(|(index, row)| {
                row.run = run;
                let in_doubt = in_doubt && !row.unsent;
                row.unsent = stores && row.order == Order::Capture && !in_doubt;
                if broken != Some(Broken::ClaimNotMarked) {
                    row.status = Status::Started;
                }
                Reply::Taken { row: index, in_doubt: in_doubt && broken != Some(Broken::DoubtForgotten) }
            })
            .collect()
    }
}
