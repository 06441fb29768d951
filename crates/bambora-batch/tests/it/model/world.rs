//! A journal, a process that works through it, and the server: what each can do next.

use super::journal::{Broken, Change, Conclusion, Journal, Reply, Status};

/// What the process does next for a row that it has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Work {
    SendCancel { in_doubt: bool },
    SendQuery,
    Conclude(Conclusion),
    Record(Conclusion),
    Tell(Conclusion),
}

/// What becomes of a request and its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Fate {
    Answered,
    ResponseLost,
    RequestLost,
    /// The request arrives after everybody has given it up.
    Late,
    NotSent,
}

/// A payment at the server, and what really happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Payment {
    can_be_canceled: bool,
    canceled: bool,
    late: bool,
    /// A cancel request was sent, and no query was answered since.
    unresolved: bool,
    told: Option<Status>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Process {
    run: u8,
    asked: bool,
    work: Vec<Option<Work>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    journal: Journal,
    process: Process,
    payments: Vec<Payment>,
    /// Which rows were terminal on the disk, and how.
    terminal: Vec<Option<Status>>,
    crashes_left: u8,
    faults_left: u8,
}

impl World {
    /// One payment that can be canceled and one that cannot.
    pub(crate) fn new(broken: Option<Broken>, crashes: u8, faults: u8) -> Self {
        let payments = [true, false].map(|can_be_canceled| Payment {
            can_be_canceled,
            canceled: false,
            late: false,
            unresolved: false,
            told: None,
        });
        Self {
            journal: Journal::new(2, broken),
            process: Process::start(1),
            payments: payments.to_vec(),
            terminal: vec![None; 2],
            crashes_left: crashes,
            faults_left: faults,
        }
    }

    /// Every world that the next step can lead to. None is left at an end.
    ///
    /// # Errors
    ///
    /// The first promise that is broken.
    pub(crate) fn successors(&self) -> Result<Vec<Self>, String> {
        let mut successors = Vec::new();
        if !self.process.asked {
            successors.push(self.clone().ask()?);
        }
        if !self.journal.is_idle() {
            let mut next = self.clone();
            let replies = next.journal.commit();
            next.check_disk()?;
            next.hear(replies)?;
            successors.push(next);
        }
        for row in 0..self.payments.len() {
            if self.payments[row].late {
                let mut next = self.clone();
                next.payments[row].late = false;
                next.payments[row].arrive();
                successors.push(next);
            }
            if let Some(work) = self.process.work[row] {
                self.do_work(row, work, &mut successors)?;
            }
        }
        if successors.is_empty() && !self.is_finished() {
            // The run is over, and somebody begins another.
            let mut next = self.clone();
            next.process = Process::start(self.process.run + 1);
            successors.push(next);
        } else if self.crashes_left > 0 && !self.is_finished() {
            let mut next = self.clone();
            next.crashes_left -= 1;
            next.journal.crash();
            next.process = Process::start(self.process.run + 1);
            successors.push(next);
        }
        if successors.is_empty() {
            self.check_end()?;
        }
        Ok(successors)
    }

    fn is_finished(&self) -> bool {
        self.journal.disk.iter().all(|row| row.is_none_or(|row| row.status.is_terminal()))
    }

    fn ask(mut self) -> Result<Self, String> {
        self.process.asked = true;
        let run = self.process.run;
        for change in [Change::ClaimInDoubt { run, most: 9 }, Change::Claim { run, most: 9 }] {
            let replies = self.journal.ask(change);
            self.hear(replies)?;
        }
        Ok(self)
    }

    fn hear(&mut self, replies: Vec<Reply>) -> Result<(), String> {
        for reply in replies {
            let (row, work) = match reply {
                Reply::Taken { row, in_doubt: true } => (row, Work::SendQuery),
                Reply::Taken { row, in_doubt: false } => (row, Work::SendCancel { in_doubt: false }),
                Reply::Recorded { row } => match self.process.work[row] {
                    Some(Work::Record(conclusion)) => (row, Work::Tell(conclusion)),
                    other => return Err(format!("recorded without need: {other:?}")),
                },
                Reply::NotStarted { row } => return Err(format!("row {row} was not started")),
            };
            self.process.work[row] = Some(work);
        }
        Ok(())
    }

    fn do_work(&self, row: usize, work: Work, successors: &mut Vec<Self>) -> Result<(), String> {
        let mut next = self.clone();
        match work {
            Work::SendCancel { in_doubt } => {
                next.check_sending(row)?;
                if next.payments[row].unresolved {
                    return Err(next.broken("two cancel requests without a query between"));
                }
                for fate in next.fates(true) {
                    successors.push(next.clone().cancel(row, fate, in_doubt));
                }
            }
            Work::SendQuery => {
                next.check_sending(row)?;
                for fate in next.fates(false) {
                    successors.push(next.clone().query(row, fate));
                }
            }
            Work::Conclude(conclusion) => {
                next.process.work[row] = Some(Work::Record(conclusion));
                let replies = next.journal.ask(Change::Record { row, conclusion });
                next.hear(replies)?;
                successors.push(next);
            }
            Work::Record(_) => {}
            Work::Tell(conclusion) => {
                next.tell(row, conclusion)?;
                successors.push(next);
            }
        }
        Ok(())
    }

    fn fates(&self, is_cancel: bool) -> Vec<Fate> {
        let mut fates = vec![Fate::Answered];
        if self.faults_left > 0 {
            fates.extend([Fate::ResponseLost, Fate::NotSent]);
            if is_cancel {
                fates.extend([Fate::RequestLost, Fate::Late]);
            }
        }
        fates
    }

    fn cancel(mut self, row: usize, fate: Fate, in_doubt: bool) -> Self {
        self.faults_left -= u8::from(fate != Fate::Answered);
        let payment = &mut self.payments[row];
        payment.unresolved = fate != Fate::NotSent;
        match fate {
            Fate::Answered | Fate::ResponseLost => payment.arrive(),
            Fate::Late => payment.late = true,
            Fate::RequestLost | Fate::NotSent => {}
        }
        let work = match fate {
            Fate::Answered if payment.canceled => Work::Conclude(Conclusion::Canceled),
            Fate::Answered => Work::Conclude(Conclusion::Refused),
            Fate::NotSent if !in_doubt => Work::Conclude(Conclusion::NotSent),
            _ => Work::SendQuery,
        };
        self.process.work[row] = Some(work);
        self
    }

    fn query(mut self, row: usize, fate: Fate) -> Self {
        self.faults_left -= u8::from(fate != Fate::Answered);
        let payment = &mut self.payments[row];
        let work = if fate != Fate::Answered {
            Work::Conclude(Conclusion::Unknown)
        } else if payment.canceled {
            Work::Conclude(Conclusion::Canceled)
        } else {
            payment.unresolved = false;
            Work::SendCancel { in_doubt: true }
        };
        self.process.work[row] = Some(work);
        self
    }

    fn tell(&mut self, row: usize, conclusion: Conclusion) -> Result<(), String> {
        let status = conclusion.status();
        if self.journal.disk[row].map(|row| row.status) != Some(status) && conclusion != Conclusion::NotSent {
            return Err(self.broken("told before it was durable"));
        }
        if status.is_terminal() {
            if self.payments[row].told.is_some_and(|told| told != status) {
                return Err(self.broken("told twice, and differently"));
            }
            self.payments[row].told = Some(status);
        }
        self.process.work[row] = None;
        Ok(())
    }

    fn check_sending(&self, row: usize) -> Result<(), String> {
        match self.journal.disk[row] {
            Some(row) if row.status == Status::Started => Ok(()),
            _ => Err(self.broken("sent before it was durable")),
        }
    }

    fn check_disk(&mut self) -> Result<(), String> {
        for row in 0..self.terminal.len() {
            let now = self.journal.disk[row].map(|row| row.status);
            match (now, self.terminal[row]) {
                (None, _) => return Err(self.broken("a row is lost")),
                (_, Some(before)) if now != Some(before) => {
                    return Err(self.broken("a terminal row changed"));
                }
                _ => self.terminal[row] = now.filter(|status| status.is_terminal()),
            }
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), String> {
        for (payment, row) in self.payments.iter().zip(&self.journal.disk) {
            let expected = if payment.can_be_canceled { Status::Canceled } else { Status::Refused };
            if row.map(|row| row.status) != Some(expected) {
                return Err(self.broken("the journal differs from the server"));
            }
        }
        Ok(())
    }

    fn broken(&self, promise: &str) -> String {
        format!("{promise}: {self:?}")
    }
}

impl Payment {
    fn arrive(&mut self) {
        self.canceled |= self.can_be_canceled;
    }
}

impl Process {
    fn start(run: u8) -> Self {
        Self { run, asked: false, work: vec![None; 2] }
    }
}
