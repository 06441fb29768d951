//! The list of payments, in a file or on standard input.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::error::Error;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bambora_batch::{Format, InputError, Order, OrderEntry, PostingColumns, Postings, References};
use bambora_core::Amount;
use bambora_core::posting::PostingKind;

use crate::arguments::{Operation, Start};

/// Reads the whole list before anything is started: a list with an invalid line starts nothing.
pub(crate) fn read(arguments: &Start) -> Result<Vec<Order>, Box<dyn Error>> {
    let (mut orders, mut seen) = (Vec::new(), HashMap::new());
    for entry in entries(arguments)? {
        let OrderEntry { line, order, .. } = entry?;
        let order = order.map_err(|error| format!("line {line}: {error}"))?;
        // The operation is the same in all of the list.
        match seen.entry((order.reference().clone(), order.key().cloned())) {
            Vacant(place) => {
                place.insert((line, order.amount()));
                orders.push(order);
            }
            Occupied(place) => check_amount(line, &order, place.get())?,
        }
    }
    Ok(orders)
}

fn check_amount(line: u64, order: &Order, (first, known): &(u64, Option<Amount>)) -> Result<(), String> {
    match known {
        Some(known) if order.amount() != Some(*known) => Err(format!(
            "line {line}: the key stands for {known} minor units of this payment on line {first}: \
             give each capture and each refund a key of its own"
        )),
        _ => Ok(()),
    }
}

type Entries = Box<dyn Iterator<Item = Result<OrderEntry, InputError>>>;

fn entries(arguments: &Start) -> Result<Entries, Box<dyn Error>> {
    let source = source(&arguments.list)?;
    let kind = match arguments.operation {
        Operation::Cancel => {
            let format = match arguments.csv {
                true => Format::csv(&arguments.column).delimiter(arguments.delimiter),
                false => Format::Lines,
            };
            return Ok(Box::new(References::new(source, &format)?.map(|entry| entry.map(OrderEntry::from))));
        }
        Operation::Capture => PostingKind::Capture,
        Operation::Refund => PostingKind::Refund,
    };
    if !arguments.csv {
        let message = format!("a list of {kind}s has an amount and a key for each: write it as CSV, and add --csv");
        return Err(message.into());
    }
    let columns = PostingColumns::default()
        .reference(&arguments.column)
        .amount(&arguments.amount_column)
        .key(&arguments.key_column)
        .delimiter(arguments.delimiter);
    Ok(Box::new(Postings::new(source, kind, &columns)?))
}

fn source(list: &Path) -> Result<Box<dyn Read>, String> {
    if list == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let opened = File::open(list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    Ok(Box::new(opened))
}
