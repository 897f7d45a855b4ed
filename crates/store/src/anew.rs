//! Reading everything anew, while others go on.

use std::time::Instant;

use chancery_kernel::Timestamp;

use crate::driver::{Link, Mode};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::head::{self, Heads};
use crate::hot::Hot;
use crate::sql::Sql;

impl Facts {
    /// Reads heads and hot facts on a connection on which no transaction is open. What is applied meanwhile is applied to
    /// what was read as well, so nothing that was known is forgotten.
    pub(crate) fn read_anew(&self, link: &mut Link, now: Timestamp) -> Result<Heads, DbFault> {
        let _alone = self.loading.lock();
        let began = Instant::now();
        self.known().begin_anew();
        let read = self.read_all(link);
        link.rollback();
        match read {
            Ok((heads, hot)) => {
                self.replace(&heads, hot, now);
                self.current().prove(began);
                Ok(heads)
            }
            Err(fault) => {
                self.known().give_up();
                Err(fault)
            }
        }
    }

    fn read_all(&self, link: &mut Link) -> Result<(Heads, Hot), DbFault> {
        link.begin(Mode::Snapshot)?;
        // Everything there is takes its time.
        link.unhurried()?;
        let mut sql = Sql::new(link);
        // Before the first statement, with which the snapshot begins: it has everything that is known by now.
        let known = self.hot().relations.clone();
        let heads = head::all(&mut sql)?;
        Ok((heads, Hot::load(&mut sql, &known)?))
    }
}
