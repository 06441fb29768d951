//! A journal, a process that works through it, and the server: what each can do next.

use super::journal::{Broken, Change, Conclusion, Journal, Order, Reply, Status};

/// What the process does next for a row that it has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Work {
    SendCancel {
        in_doubt: bool,
    },
    /// The query of a cancel, or of a capture in doubt.
    SendQuery,
    /// The first query of a capture.
    Look,
    /// Have a checkpoint stored.
    Store,
    SendCapture,
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
    order: Order,
    /// Whether the order can be carried out.
    is_possible: bool,
    /// How many times it was carried out.
    times: u8,
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
    /// The first order can be carried out, and the second cannot.
    pub(crate) fn new(orders: [Order; 2], broken: Option<Broken>, crashes: u8, faults: u8) -> Self {
        let payment =
            |order, is_possible| Payment { order, is_possible, times: 0, late: false, unresolved: false, told: None };
        let [first, second] = orders;
        let payments = [payment(first, true), payment(second, false)];
        Self {
            journal: Journal::new(&orders, true, broken),
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

    /// A capture in doubt of which nothing can come any more stays so.
    fn is_finished(&self) -> bool {
        self.payments.iter().zip(&self.journal.disk).all(|(payment, row)| {
            row.is_none_or(|row| {
                let nothing_comes = !payment.late && payment.times == 0 && payment.is_possible;
                let in_doubt = row.status == Status::Started && row.order == Order::Capture && !row.unsent;
                row.status.is_terminal() || in_doubt && nothing_comes && self.is_idle()
            })
        })
    }

    fn is_idle(&self) -> bool {
        self.journal.is_idle() && self.process.work.iter().all(Option::is_none)
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
                Reply::Taken { row, in_doubt: false } => match self.payments[row].order {
                    Order::Cancel => (row, Work::SendCancel { in_doubt: false }),
                    Order::Capture => (row, Work::Look),
                },
                Reply::Stored { row } => (row, Work::SendCapture),
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
            Work::SendQuery | Work::Look => {
                next.check_sending(row)?;
                for fate in next.fates(false) {
                    successors.push(match self.payments[row].order {
                        Order::Cancel => next.clone().query(row, fate),
                        Order::Capture => next.clone().look(row, fate, work == Work::SendQuery),
                    });
                }
            }
            Work::Store => {}
            Work::SendCapture => {
                next.check_sending(row)?;
                if next.journal.disk[row].is_some_and(|row| row.unsent) {
                    return Err(next.broken("sent before it was durable"));
                }
                for fate in next.fates(true) {
                    let successor = next.clone().capture(row, fate);
                    if successor.payments[row].times + u8::from(successor.payments[row].late) > 1 {
                        return Err(successor.broken("two captures"));
                    }
                    successors.push(successor);
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
            Fate::Answered if payment.times > 0 => Work::Conclude(Conclusion::Canceled),
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
        } else if payment.times > 0 {
            Work::Conclude(Conclusion::Canceled)
        } else {
            payment.unresolved = false;
            Work::SendCancel { in_doubt: true }
        };
        self.process.work[row] = Some(work);
        self
    }

    /// The query of a capture. In doubt, nothing is sent after it.
    fn look(mut self, row: usize, fate: Fate, in_doubt: bool) -> Self {
        self.faults_left -= u8::from(fate != Fate::Answered);
        let payment = self.payments[row];
        let work = match fate {
            Fate::Answered if payment.times > 0 => Work::Conclude(Conclusion::Captured),
            Fate::Answered if !payment.is_possible => Work::Conclude(Conclusion::Refused),
            Fate::Answered if !in_doubt => {
                // Nothing comes back before the commit.
                self.process.work[row] = Some(Work::Store);
                let replies = self.journal.ask(Change::Store { row });
                for reply in replies {
                    assert_eq!(reply, Reply::Stored { row });
                    self.process.work[row] = Some(Work::SendCapture);
                }
                return self;
            }
            _ if in_doubt => Work::Conclude(Conclusion::Unknown),
            _ => Work::Conclude(Conclusion::NotSent),
        };
        self.process.work[row] = Some(work);
        self
    }

    fn capture(mut self, row: usize, fate: Fate) -> Self {
        self.faults_left -= u8::from(fate != Fate::Answered);
        let payment = &mut self.payments[row];
        match fate {
            Fate::Answered | Fate::ResponseLost => payment.arrive(),
            Fate::Late => payment.late = payment.is_possible,
            Fate::RequestLost | Fate::NotSent => {}
        }
        let work = match fate {
            Fate::Answered if payment.times > 0 => Work::Conclude(Conclusion::Captured),
            Fate::Answered => Work::Conclude(Conclusion::Refused),
            Fate::NotSent => Work::Conclude(Conclusion::NotSent),
            _ => Work::SendQuery,
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
            let expected = match (payment.is_possible, payment.order) {
                (false, _) => Status::Refused,
                (true, Order::Cancel) => Status::Canceled,
                (true, Order::Capture) if payment.times == 0 => Status::Started,
                (true, Order::Capture) => Status::Captured,
            };
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
        self.times = match (self.is_possible, self.order) {
            (false, _) => 0,
            // A payment that is canceled already is not canceled again.
            (true, Order::Cancel) => 1,
            (true, Order::Capture) => self.times + 1,
        };
    }
}

impl Process {
    fn start(run: u8) -> Self {
        Self { run, asked: false, work: vec![None; 2] }
    }
}
