//! Loading in two threads: one reads rows and puts the records in their places, the other parses what the rows hold, which
//! is the larger half of a start with many records.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::fault::DbFault;
use crate::hot::Record;
use crate::sql::Row;

/// Rows handed over together, and how many portions may wait to be parsed.
const PORTION: usize = 256;
const AHEAD: usize = 4;

/// Makes a record of a row.
pub(crate) type Parse = fn(&Row) -> Result<Record, DbFault>;
type Parsed = Result<Vec<Record>, DbFault>;

/// Takes rows, and hands on the records in the order of the rows.
pub(crate) struct Loader<'a> {
    give: SyncSender<(Parse, Vec<Row>)>,
    parsed: Receiver<Parsed>,
    waiting: Vec<Row>,
    each: &'a mut dyn FnMut(Record),
}

/// Runs `read`, which gives its rows to the loader; every record has been handed to `each` when it returns.
pub(crate) fn aside(
    each: &mut dyn FnMut(Record),
    read: impl FnOnce(&mut Loader<'_>) -> Result<(), DbFault>,
) -> Result<(), DbFault> {
    std::thread::scope(|scope| {
        let (give, given) = sync_channel(AHEAD);
        let (done, parsed) = channel();
        scope.spawn(move || serve(&given, &done));
        let mut loader = Loader { give, parsed, waiting: Vec::new(), each };
        read(&mut loader)?;
        let Loader { give, parsed, each, .. } = loader;
        // Nothing more comes: the other thread ends behind its last portion.
        drop(give);
        parsed.iter().try_for_each(|records| {
            records?.into_iter().for_each(&mut *each);
            Ok(())
        })
    })
}

fn serve(given: &Receiver<(Parse, Vec<Row>)>, done: &Sender<Parsed>) {
    for (parse, rows) in given {
        if done.send(rows.iter().map(parse).collect()).is_err() {
            // The reader gave up.
            return;
        }
    }
}

impl Loader<'_> {
    /// One more row of the present kind.
    pub(crate) fn take(&mut self, row: Row, parse: Parse) -> Result<(), DbFault> {
        self.waiting.push(row);
        if self.waiting.len() < PORTION { Ok(()) } else { self.hand_over(parse) }
    }

    /// The rows of one kind are through.
    pub(crate) fn hand_over(&mut self, parse: Parse) -> Result<(), DbFault> {
        let rows = std::mem::take(&mut self.waiting);
        self.give.send((parse, rows)).map_err(|_| DbFault::Internal("the parser is gone".to_owned()))?;
        for records in self.parsed.try_iter() {
            records?.into_iter().for_each(&mut *self.each);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Value;
    use chancery_kernel::{Id, OrgId, Timestamp};
    use chancery_model::{Meta, Organization};
    use std::sync::Arc;

    fn parse(row: &Row) -> Result<Record, DbFault> {
        let number = u128::try_from(row.int(0)?)
            .map_err(|_| DbFault::Corrupt { what: "row", why: "below zero".to_owned() })?;
        let id = OrgId::from_uuid(chancery_kernel::id::Uuid::from_u128(number));
        let meta = Meta::new(Timestamp::from_seconds(0));
        Ok(Record::Organization(Arc::new(Organization {
            id,
            slug: String::new(),
            title: String::new(),
            second_factor: Default::default(),
            approver_left: Default::default(),
            meta,
        })))
    }

    fn load(rows: impl Iterator<Item = i64>) -> Result<Vec<u128>, DbFault> {
        let mut found = Vec::new();
        let mut each = |record| match record {
            Record::Organization(org) => found.push(org.id.uuid().as_u128()),
            _ => unreachable!(),
        };
        aside(&mut each, |loader| {
            for n in rows {
                loader.take(Row::new(vec![Value::Int(n)]), parse)?;
            }
            loader.hand_over(parse)
        })?;
        Ok(found)
    }

    #[test]
    fn every_record_comes_in_the_order_of_its_row() {
        for many in [0, 1, 256, 257, 5_000] {
            assert_eq!(load(0..many).unwrap(), (0..many as u128).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_row_that_cannot_be_parsed_fails_the_load_wherever_it_stands() {
        for bad in [0, 300, 4_999] {
            let rows = (0..5_000).map(|n| if n == bad { -1 } else { n });
            assert!(matches!(load(rows), Err(DbFault::Corrupt { .. })));
        }
    }
}
