//! The model's journal and the one on the disk do the same.

use std::collections::BTreeMap;

use bambora_batch::{Conclusion as Real, Journal as OnDisk, Record, Run, Taken};
use bambora_core::posting::PostingKind;
use proptest::prelude::*;

use super::journal::{Change, Conclusion, Journal as Model, Order, Reply};
use crate::mixed::posting;
use crate::temporary::{Folder, open, reference};

const ROWS: usize = 12;

#[derive(Clone, Copy, Debug)]
enum Step {
    BeginRun,
    Claim(usize),
    ClaimInDoubt(usize),
    Record(usize, Conclusion),
    /// Somebody loses interest in a row that he has taken.
    Drop(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let conclusion = prop_oneof![
        Just(Conclusion::Canceled),
        Just(Conclusion::Refused),
        Just(Conclusion::NotSent),
        Just(Conclusion::Unknown),
    ];
    prop_oneof![
        2 => Just(Step::BeginRun),
        3 => (0usize..6).prop_map(Step::Claim),
        3 => (0usize..6).prop_map(Step::ClaimInDoubt),
        8 => (0..ROWS, conclusion).prop_map(|(row, conclusion)| Step::Record(row, conclusion)),
        2 => (0..ROWS).prop_map(Step::Drop),
        1 => Just(Step::Reopen),
    ]
}

fn record(conclusion: Conclusion) -> Record {
    Record::new(match conclusion {
        Conclusion::Canceled => Real::Canceled { confirmation: "response".to_owned() },
        Conclusion::Captured => Real::Captured { confirmation: "response".to_owned() },
        Conclusion::Refused => Real::Refused,
        Conclusion::NotSent => Real::NotSent,
        Conclusion::Unknown => Real::Unknown { checkpoint: None, stuck: false },
    })
}

/// Every other row is a capture.
fn order(row: usize) -> Order {
    match row % 2 {
        0 => Order::Cancel,
        _ => Order::Capture,
    }
}

fn real_order(row: usize) -> bambora_batch::Order {
    let name = format!("ORDER-{row}");
    match order(row) {
        Order::Cancel => reference(&name).into(),
        Order::Capture => posting(PostingKind::Capture, &name, 100, "INVOICE-7").into(),
    }
}

fn statuses(journal: &OnDisk) -> Vec<String> {
    journal.rows(&bambora_batch::Status::ALL).map(|row| row.unwrap().status.to_string()).collect()
}

struct Both {
    model: Model,
    journal: OnDisk,
    run: Run,
    number: u8,
    taken: BTreeMap<usize, Taken>,
}

impl Both {
    fn claim(&mut self, real: Vec<Taken>, change: Change) {
        let expected = self.model.apply(change);
        let mut found = Vec::new();
        for taken in real {
            let name = taken.reference().as_str();
            let row: usize = name.strip_prefix("ORDER-").unwrap().parse().unwrap();
            found.push(Reply::Taken { row, in_doubt: taken.is_in_doubt() });
            assert!(self.taken.insert(row, taken).is_none(), "held twice");
        }
        assert_eq!(found, expected);
    }

    fn step(&mut self, step: Step) {
        let (run, number) = (self.run, self.number);
        match step {
            Step::BeginRun => {
                // The model knows of one process that takes nothing twice.
                self.taken.clear();
                self.run = self.journal.begin_run().wait().unwrap();
                self.number += 1;
            }
            Step::Claim(most) => {
                let real = self.journal.claim(run, most as u32).wait().unwrap();
                self.claim(real, Change::Claim { run: number, most });
            }
            Step::ClaimInDoubt(most) => {
                let real = self.journal.claim_in_doubt(run, most as u32).wait().unwrap();
                self.claim(real, Change::ClaimInDoubt { run: number, most });
            }
            Step::Record(row, conclusion) => {
                let conclusion = match (order(row), conclusion) {
                    (Order::Capture, Conclusion::Canceled) => Conclusion::Captured,
                    _ => conclusion,
                };
                if let Some(taken) = self.taken.remove(&row) {
                    self.journal.record(taken, record(conclusion)).wait().unwrap();
                    let replies = self.model.apply(Change::Record { row, conclusion });
                    assert_eq!(replies, [Reply::Recorded { row }]);
                }
            }
            Step::Drop(row) => drop(self.taken.remove(&row)),
            Step::Reopen => {
                self.taken.clear();
                let path = self.journal.path().to_owned();
                self.journal.clone().close().wait().unwrap();
                self.journal = open(&path).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_model_does_what_the_journal_on_the_disk_does(steps in prop::collection::vec(step(), 1..60)) {
        let folder = Folder::new();
        let journal = folder.journal(0);
        journal.add_orders((0..ROWS).map(real_order).collect()).wait().unwrap();
        let run = journal.begin_run().wait().unwrap();
        let mut both = Both {
            // Callers of this API may send at once.
            model: Model::new(&std::array::from_fn::<_, ROWS, _>(order), false, None),
            journal,
            run,
            number: 1,
            taken: BTreeMap::new(),
        };
        for step in steps {
            both.step(step);
            let model: Vec<_> = both
                .model
                .disk
                .iter()
                .map(|row| format!("{:?}", row.unwrap().status).to_lowercase())
                .collect();
            prop_assert_eq!(statuses(&both.journal), model);
        }
    }
}
