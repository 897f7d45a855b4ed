//! The closures that share one commit: each runs as if alone, and one that fails takes nobody with it.

use chancery_kernel::Env;

use crate::driver::Link;
use crate::fault::DbFault;
use crate::group::Group;
use crate::head::Heads;
use crate::hot::Hot;
use crate::sql::Sql;
use crate::tx::{Cursor, Tx};
use crate::writer::{Answer, Write};

#[derive(Default)]
pub(crate) struct Batch {
    pub group: Group,
    /// How to tell each caller, and why its closure's own success does not count.
    answers: Vec<(Answer, Option<DbFault>)>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Runs one closure. An error means that the whole transaction is gone.
    pub(crate) fn run(
        &mut self,
        link: &mut Link,
        hot: &Hot,
        env: &Env,
        heads: &Heads,
        write: Write,
    ) -> Result<(), DbFault> {
        let Some(head) = heads.get(&write.log) else {
            return Err(DbFault::Internal("a log's head was not taken".into()));
        };
        let start = Cursor { size: head.size, at: head.at, hot: head.hot };
        let cursor = *self.group.cursors.entry(write.log).or_insert(start);
        let before = self.group.measure();
        let mut tx = Tx {
            now: Tx::stamp(env.now(), cursor.at),
            sql: Sql::guarded(link),
            hot,
            env,
            group: &mut self.group,
            log: write.log,
            no: head.no,
            author: write.author,
            cursor,
        };
        let done = (write.work)(Some(&mut tx));
        let (mut sql, cursor) = (tx.sql, tx.cursor);
        let failed = sql.failure();
        let undone = if done.keep && failed.is_none() { Ok(()) } else { sql.undo() };
        self.settle(done.keep && failed.is_none(), before, write.log, cursor);
        self.answers.push((done.answer, failed.filter(|_| done.keep)));
        if !link.in_transaction() {
            return Err(DbFault::unavailable(
                "the transaction ended early: the disk is full or the server gone",
            ));
        }
        undone
    }

    fn settle(
        &mut self,
        keep: bool,
        before: crate::group::Measure,
        log: chancery_kernel::OrgId,
        mut cursor: Cursor,
    ) {
        if !keep {
            return self.group.cut(before);
        }
        if self.group.measure().deltas > before.deltas {
            cursor.hot = cursor.size;
        }
        self.group.cursors.insert(log, cursor);
    }

    /// Tells everybody: their own result, or the fault that kept the commit from happening.
    pub(crate) fn answer(self, fault: Option<&DbFault>) {
        for (answer, own) in self.answers {
            answer(fault.cloned().or(own));
        }
    }
}
