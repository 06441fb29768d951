//! A journal beside a model of it: what each row must be, after any operation and after any crash.

use std::collections::BTreeMap;

use bambora_batch::{Conclusion, Journal, JournalError, JournalOptions, Order, Record, Row, Run, Status, Take, Taken};
use bambora_core::posting::{PostingKey, PostingKind, PostingOrder};
use bambora_core::{Amount, BaseUrl, Merchant, MerchantNumber, PaymentReference};

use crate::journal_file::{Crash, JournalFile};
use crate::schedule::Schedule;

/// How many rows one caller takes at most.
const MOST: u32 = 4;

/// What a row must be.
#[derive(Clone, Debug)]
struct Expected {
    order: Order,
    status: Status,
    checkpoint: Option<String>,
    attempts: u32,
    queries: u32,
    runs: u32,
    run: u32,
    /// The row as it was when it was first seen terminal: it never changes again.
    terminal: Option<Row>,
}

/// What a journal must hold: its rows by their positions.
#[derive(Clone, Debug, Default)]
struct Model {
    rows: BTreeMap<i64, Expected>,
    runs: u32,
}

pub struct World<'s, 'a> {
    schedule: &'s mut Schedule<'a>,
    file: JournalFile,
    journal: Journal,
    model: Model,
    run: Option<Run>,
    taken: Vec<Taken>,
    /// Up to which rows this run has looked for rows in doubt.
    looked_up_to: i64,
}

impl World<'_, '_> {
    /// Runs a schedule to its end.
    pub fn run(schedule: &mut Schedule<'_>) {
        let file = JournalFile::anew();
        let journal = open(&file).expect("an empty journal cannot be opened");
        let model = Model::default();
        let mut world = World { schedule, file, journal, model, run: None, taken: Vec::new(), looked_up_to: 0 };
        while !world.schedule.is_over() {
            match world.schedule.up_to(12) {
                0 => world.add(),
                1 => world.begin_run(),
                2 | 3 => world.claim(),
                4 => world.claim_in_doubt(),
                5 => world.take(),
                6 | 7 => world.record(),
                8 => world.record_all(),
                9 => world.release(),
                10 => world.retry_stuck(),
                11 if !world.taken.is_empty() => drop(world.taken.swap_remove(0)),
                _ => {
                    world = match world.schedule.up_to(3) {
                        0 => world.close(),
                        3 => return world.damage(),
                        _ => world.crash(),
                    }
                }
            }
            world.check();
        }
        world.check_counts();
    }

    /// Few payments, so that the same ones come again.
    fn order(&mut self) -> Order {
        let reference = self.schedule.choose(&["A", "B", "C/ä", "D"]).parse().unwrap();
        let kind = match self.schedule.up_to(3) {
            2 => PostingKind::Capture,
            3 => PostingKind::Refund,
            _ => return Order::Cancel(reference),
        };
        let key = PostingKey::new(self.schedule.choose(&["K", "L"])).unwrap();
        let amount = Amount::from(self.schedule.choose(&[100, 100, 100, 40]));
        PostingOrder::new(kind, reference, amount, key).into()
    }

    fn add(&mut self) {
        let orders: Vec<_> = (0..=self.schedule.up_to(3)).map(|_| self.order()).collect();
        let before = self.model.clone();
        let mut added = 0;
        let mut key_is_used = false;
        for order in &orders {
            match self.model.find(order) {
                Some(row) => key_is_used |= self.model.rows[&row].order.amount() != order.amount(),
                None => {
                    self.model.add(order);
                    added += 1;
                }
            }
        }
        match self.journal.add_orders(orders).wait() {
            Ok(counted) => {
                assert!(!key_is_used, "a key stands for two amounts");
                assert_eq!(counted.added, added);
            }
            Err(JournalError::KeyUsed { .. }) if key_is_used => self.model = before,
            Err(error) => panic!("{error}"),
        }
    }

    fn begin_run(&mut self) {
        self.run = Some(self.journal.begin_run().wait().unwrap());
        self.model.runs += 1;
        self.looked_up_to = 0;
    }

    fn claim(&mut self) {
        let Some(run) = self.run else { return };
        let most = self.schedule.up_to(MOST);
        let expected = self.model.next_of_each_payment(self.model.runs);
        let taken = self.journal.claim(run, most).wait().unwrap();
        assert!(taken.len() <= most as usize);
        assert_eq!(taken.is_empty(), expected.is_empty() || most == 0, "{:?}", self.model);
        for taken in taken {
            let position = self.model.find(taken.order()).expect("a row that was never added");
            assert!(expected.contains(&position), "{position} is claimed too early: {:?}", self.model);
            self.start(position, taken);
        }
    }

    fn claim_in_doubt(&mut self) {
        let Some(run) = self.run else { return };
        let most = self.schedule.up_to(MOST);
        let (number, after) = (self.model.runs, self.looked_up_to);
        let held: Vec<Order> = self.taken.iter().map(|taken| taken.order().clone()).collect();
        let mut expected = Vec::new();
        for (position, row) in self.model.rows.range(after + 1..) {
            if expected.len() == most as usize {
                break;
            }
            let may_be_sent = matches!(row.order, Order::Cancel(_));
            let has_to_wait = may_be_sent && self.model.has_earlier(*position, row.order.reference());
            if row.status == Status::Started && row.run < number && !has_to_wait {
                self.looked_up_to = *position;
                if !held.contains(&row.order) {
                    expected.push(*position);
                }
            }
        }
        let taken = self.journal.claim_in_doubt(run, most).wait().unwrap();
        assert_eq!(taken.len(), expected.len(), "{:?}", self.model);
        for (taken, position) in taken.into_iter().zip(expected) {
            self.start(position, taken);
        }
    }

    fn take(&mut self) {
        let order = self.order();
        let is_held = self.taken.iter().any(|taken| taken.order() == &order);
        let known = self.model.find(&order);
        let taken = match self.journal.take_order(order.clone()).wait() {
            Err(JournalError::KeyUsed { .. }) => {
                let row = known.expect("a key that nothing was added with");
                return assert_ne!(self.model.rows[&row].order.amount(), order.amount());
            }
            taken => taken.unwrap(),
        };
        let position = known.unwrap_or_else(|| self.model.add(&order));
        let status = self.model.rows[&position].status;
        match taken {
            Take::Held => assert!(is_held, "held by nobody"),
            Take::Finished(row) => {
                assert!(status.is_terminal() || status == Status::Stuck, "finished, and it is {status}");
                assert_eq!(row.status, status);
            }
            Take::Taken(taken) => {
                assert!(!is_held && !status.is_terminal() && status != Status::Stuck, "taken, and it is {status}");
                self.start(position, taken);
            }
            take => panic!("{take:?}"),
        }
    }

    /// A row was taken: it is in doubt if it was started before.
    fn start(&mut self, position: i64, taken: Taken) {
        let runs = self.model.runs;
        let row = self.model.rows.get_mut(&position).expect("a row that was never added");
        assert_eq!(*taken.order(), row.order);
        assert_eq!(taken.is_in_doubt(), row.status == Status::Started, "{row:?}");
        assert_eq!(taken.checkpoint(), row.checkpoint.as_deref());
        assert_eq!(taken.runs(), row.runs + 1);
        (row.status, row.run) = (Status::Started, runs);
        self.taken.push(taken);
    }

    fn record(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let number = self.schedule.up_to(self.taken.len() as u32 - 1);
        let taken = self.taken.swap_remove(number as usize);
        let record = self.conclude();
        let is_expected = self.model.record(taken.order(), &record);
        match self.journal.record(taken, record).wait() {
            Ok(()) => assert!(is_expected, "an outcome of another operation is recorded"),
            Err(JournalError::OtherOperation { .. }) if !is_expected => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn record_all(&mut self) {
        let record = self.conclude();
        let records: Vec<_> =
            std::mem::take(&mut self.taken).into_iter().map(|taken| (taken, record.clone())).collect();
        let fit = records.iter().filter(|(taken, record)| self.model.record(taken.order(), record)).count();
        let results = self.journal.record_all(records).wait().unwrap();
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), fit);
    }

    fn conclude(&mut self) -> Record {
        let confirmation = || "response".to_owned();
        let checkpoint = ["", "a checkpoint"][self.schedule.up_to(1) as usize];
        let checkpoint = Some(checkpoint.to_owned()).filter(|text| !text.is_empty());
        let mut record = Record::new(match self.schedule.up_to(7) {
            0 => Conclusion::NotSent,
            1 => Conclusion::Refused,
            2 => Conclusion::Interrupted { checkpoint },
            3 => Conclusion::Unknown { checkpoint, stuck: false },
            4 => Conclusion::Unknown { checkpoint, stuck: true },
            5 => Conclusion::Captured { confirmation: confirmation() },
            6 => Conclusion::Refunded { confirmation: confirmation() },
            _ => Conclusion::Canceled { confirmation: confirmation() },
        });
        (record.attempts, record.queries) = (self.schedule.up_to(2), self.schedule.up_to(2));
        record.message = (self.schedule.up_to(1) == 1).then(|| "A message.".to_owned());
        record
    }

    /// Rows that were not in doubt wait again.
    fn release(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        for taken in taken.iter().filter(|taken| !taken.is_in_doubt()) {
            let row = self.model.of(taken.order());
            (row.status, row.checkpoint, row.run) = (Status::Waiting, None, 0);
        }
        self.journal.release(taken).wait().unwrap();
    }

    fn retry_stuck(&mut self) {
        let stuck: Vec<_> = self.model.positions(|row| row.status == Status::Stuck).collect();
        assert_eq!(self.journal.retry_stuck().wait().unwrap(), stuck.len() as u64);
        for position in stuck {
            let row = self.model.rows.get_mut(&position).unwrap();
            (row.status, row.run, row.runs) = (Status::Started, 0, 0);
        }
        self.looked_up_to = 0;
    }

    fn close(mut self) -> Self {
        self.taken.clear();
        self.journal.close().wait().unwrap();
        self.journal = open(&self.file).expect("a closed journal cannot be opened");
        (self.run, self.looked_up_to) = (None, 0);
        self
    }

    /// The process ends without a word: between two changes, or in the middle of the next one, which is there or is not.
    fn crash(mut self) -> Self {
        let before = (self.file.crash(), self.model.clone());
        let is_amid = self.schedule.up_to(1) == 1;
        if is_amid {
            match self.schedule.up_to(2) {
                0 => self.add(),
                1 => self.record_all(),
                _ => self.claim(),
            }
        }
        let after = self.file.crash();
        let cut = Crash::amid(&before.0, &after, self.schedule.up_to(65_535));
        let Self { schedule, file, journal, model, taken, .. } = self;
        drop(taken);
        drop(journal);
        let (crash, models) = match cut.filter(|_| is_amid) {
            Some(cut) => (cut, vec![model, before.1]),
            None => (after, vec![model]),
        };
        file.restore(&crash);
        let journal = open(&file).unwrap_or_else(|error| panic!("a journal cannot be opened after a crash: {error}"));
        let rows = rows(&journal);
        let model = models.into_iter().find(|model| model.matches(&rows)).unwrap_or_else(|| panic!("lost: {rows:?}"));
        World { schedule, file, journal, model, run: None, taken: Vec::new(), looked_up_to: 0 }
    }

    /// The files are damaged: whatever an operation says of them then, it is no panic, and it ends.
    fn damage(self) {
        let Self { schedule, file, journal, mut taken, .. } = self;
        taken.clear();
        let mut crash = file.crash();
        drop(journal);
        for _ in 0..=schedule.up_to(3) {
            crash.damage(schedule);
        }
        file.restore(&crash);
        let adopt = schedule.up_to(1) == 1;
        let Ok(journal) = JournalOptions::new().owner(&merchant()).adopt(adopt).open(file.path()) else {
            return;
        };
        let _ = journal.counts().wait();
        let _ = journal.page(&Status::ALL, 0, 100).wait();
        let _ = journal.reasons(10).wait();
        if let Ok(run) = journal.begin_run().wait() {
            let in_doubt = journal.claim_in_doubt(run, MOST).wait();
            let claimed = journal.claim(run, MOST).wait();
            for taken in in_doubt.into_iter().chain(claimed).flatten() {
                let _ = journal.record(taken, Record::new(Conclusion::Refused)).wait();
            }
        }
        let _ = journal.retry_stuck().wait();
        let _ = journal.close().wait();
    }

    /// Compares the journal with the model.
    fn check(&mut self) {
        let rows = rows(&self.journal);
        assert!(self.model.matches(&rows), "{rows:?}, expected {:?}", self.model);
        for row in rows {
            let expected = self.model.rows.get_mut(&row.position).unwrap();
            if row.status.is_terminal() {
                assert_eq!(row, *expected.terminal.get_or_insert_with(|| row.clone()), "a terminal row changes");
            } else {
                assert_eq!(expected.terminal, None, "a terminal row opens again");
            }
        }
    }

    fn check_counts(&self) {
        let counts = self.journal.counts().wait().unwrap();
        for (status, count) in counts.iter() {
            assert_eq!(count, self.model.positions(|row| row.status == status).count() as u64, "{status}");
        }
    }
}

impl Model {
    fn find(&self, order: &Order) -> Option<i64> {
        let same = |row: &Expected| {
            (row.order.reference(), row.order.operation(), row.order.key())
                == (order.reference(), order.operation(), order.key())
        };
        self.positions(same).next()
    }

    /// The rows that a run may claim: of each payment the first one that is not finished, if it waits and was not given back in
    /// this run.
    fn next_of_each_payment(&self, run: u32) -> Vec<i64> {
        self.positions(|row| row.status == Status::Waiting && row.run < run)
            .filter(|position| !self.has_earlier(*position, self.rows[position].order.reference()))
            .collect()
    }

    /// Whether an earlier order of the payment is not finished.
    fn has_earlier(&self, position: i64, reference: &PaymentReference) -> bool {
        let is_open = |row: &Expected| matches!(row.status, Status::Waiting | Status::Started);
        let mut earlier = self.rows.range(..position).map(|(_, row)| row);
        earlier.any(|row| row.order.reference() == reference && is_open(row))
    }

    fn positions<'m>(&'m self, is_wanted: impl Fn(&Expected) -> bool + 'm) -> impl Iterator<Item = i64> + 'm {
        self.rows.iter().filter(move |(_, row)| is_wanted(row)).map(|(position, _)| *position)
    }

    fn of(&mut self, order: &Order) -> &mut Expected {
        let position = self.find(order).expect("a row that was never added");
        self.rows.get_mut(&position).unwrap()
    }

    fn add(&mut self, order: &Order) -> i64 {
        let position = self.rows.last_key_value().map_or(1, |(last, _)| last + 1);
        let (order, status) = (order.clone(), Status::Waiting);
        let row =
            Expected { order, status, checkpoint: None, attempts: 0, queries: 0, runs: 0, run: 0, terminal: None };
        self.rows.insert(position, row);
        position
    }

    /// Records what came of an order, if that can come of it.
    fn record(&mut self, order: &Order, record: &Record) -> bool {
        let run = self.runs;
        let row = self.of(order);
        let (checkpoint, needs, counts) = match &record.conclusion {
            Conclusion::Canceled { .. } => (None, Some("cancel"), true),
            Conclusion::Captured { .. } => (None, Some("capture"), true),
            Conclusion::Refunded { .. } => (None, Some("refund"), true),
            Conclusion::Unknown { checkpoint, .. } => (checkpoint.clone(), None, true),
            Conclusion::Interrupted { checkpoint } => (checkpoint.clone(), None, false),
            Conclusion::NotSent => (None, None, false),
            _ => (None, None, true),
        };
        if needs.is_some_and(|operation| operation != order.operation().as_str()) {
            return false;
        }
        row.status = record.conclusion.status();
        if row.status == Status::Waiting {
            row.run = run;
        }
        row.checkpoint = checkpoint;
        row.attempts += record.attempts;
        row.queries += record.queries;
        row.runs += u32::from(counts);
        true
    }

    fn matches(&self, rows: &[Row]) -> bool {
        rows.len() == self.rows.len()
            && rows.iter().zip(&self.rows).all(|(row, (position, expected))| {
                row.position == *position
                    && row.order == expected.order
                    && row.status == expected.status
                    && row.checkpoint == expected.checkpoint
                    && (row.attempts, row.queries, row.runs) == (expected.attempts, expected.queries, expected.runs)
            })
    }
}

fn rows(journal: &Journal) -> Vec<Row> {
    journal.page(&Status::ALL, 0, 1_000).wait().expect("the rows cannot be read")
}

fn open(file: &JournalFile) -> Result<Journal, JournalError> {
    Journal::open(file.path(), &merchant())
}

fn merchant() -> Merchant {
    Merchant::new(BaseUrl::beta(), MerchantNumber::new("123456789").unwrap())
}
