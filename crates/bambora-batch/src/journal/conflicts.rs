//! Finds captures and refunds of a list whose key stands for another amount.

use rusqlite::Connection;

use super::error::Fault;
use super::reading;
use crate::input::InvalidEntry;

/// Lines whose key an earlier line, or the journal, has for another amount of the same payment.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    pub(super) count: u64,
    /// The first of them, with their numbers.
    pub(super) first: Vec<(u64, InvalidEntry)>,
}

/// The first line with a key decides what it stands for, unless the journal does.
const FIND: &str = "
drop table if exists temp.conflict;
create temp table conflict as
select id, line, stands_for, earlier from (
    select list.id, list.line, list.amount,
        coalesce(payment.amount, first_value(list.amount) over same) as stands_for,
        iif(payment.amount is null, first_value(list.line) over same, null) as earlier
    from list left join payment on payment.reference = list.reference and payment.operation = list.operation
        and ifnull(payment.key, '') = list.key
    where list.operation <> 'cancel'
    window same as (partition by list.reference, list.operation, list.key order by list.id)
) where amount <> stands_for;
";

/// Finds them in the list, and keeps them in mind.
pub(super) fn find(connection: &Connection, most: usize) -> Result<Conflicts, Fault> {
    connection.execute_batch(FIND)?;
    let count = connection.query_row("select count(*) from conflict", [], |row| row.get(0))?;
    let first = connection
        .prepare("select line, stands_for, earlier from conflict order by id limit ?1")?
        .query_map([most as i64], |row| {
            let amount = reading::amount(row, 1)?;
            Ok((line(row.get(0)?), InvalidEntry::KeyUsed { amount, line: row.get::<_, Option<i64>>(2)?.map(line) }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Conflicts { count, first })
}

fn line(number: i64) -> u64 {
    number.unsigned_abs()
}

/// Takes those that were found out of the list.
pub(super) fn discard(connection: &Connection) -> Result<(), Fault> {
    Ok(connection.execute_batch("delete from list where id in (select id from conflict); drop table conflict")?)
}
