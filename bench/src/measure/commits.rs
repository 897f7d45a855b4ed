//! What a durable commit of three rows costs by itself: what was written, the line of the log that says so, and how far that goes.

use std::path::Path;

use rusqlite::Connection;

const TABLES: &str = "pragma journal_mode = wal; pragma synchronous = full; \
     create table written (id integer primary key, body blob); create table lines (id integer primary key, body blob); \
     create table heads (id integer primary key, body blob); insert into heads values (1, x'00');";
const WRITTEN: &str = "insert into written (body) values (?1)";
const LINE: &str = "insert into lines (body) values (?1)";
const HEAD: &str = "update heads set body = ?1 where id = 1";

/// A database of its own, with nothing but these rows.
pub struct Commits(Connection);

impl Commits {
    /// `folder` is on the disk that is measured.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let own = tempfile::tempdir_in(folder)?;
        let db = Connection::open(own.path().join("commits.db"))?;
        db.execute_batch(TABLES)?;
        let mut commits = Self(db);
        // It opens the last of its files. Nobody needs their names; they go with the handles.
        commits.commit()?;
        own.close()?;
        Ok(commits)
    }

    /// Bytes as of a write of one tuple, of its line, and of a head.
    pub fn commit(&mut self) -> anyhow::Result<()> {
        self.0.prepare_cached("begin immediate")?.raw_execute()?;
        for (statement, size) in [(WRITTEN, 50), (LINE, 450), (HEAD, 250)] {
            self.0.prepare_cached(statement)?.execute([vec![b'r'; size]])?;
        }
        self.0.prepare_cached("commit")?.raw_execute()?;
        Ok(())
    }
}
