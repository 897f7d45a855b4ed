//! The query index of the logs. A *part* covers a stretch of one log; for each *term* of its entries, which is an id that
//! they name or their kind, it has the positions, in chunks.
//!
//! Rows of a part are written once and never changed, at the right edge of their tree; small parts are merged into larger
//! ones later. So a commit's worth of index touches few pages, however many different ids the entries name.

use std::sync::LazyLock;

use crate::fault::DbFault;
use crate::insert::Insert;
use crate::sql::{Row as SqlRow, Sql, Value};

/// Positions of one chunk.
pub(crate) const CHUNK: usize = 256;

/// What entries are found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    Kind(u16),
    Subject([u8; 16]),
}

impl Term {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Kind(kind) => kind.to_be_bytes().to_vec(),
            Self::Subject(id) => id.to_vec(),
        }
    }
}

/// How far a part has come. Only live ones are searched; the rows of the others are litter once nobody works on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Building = 0,
    Live = 1,
    Ended = 2,
}

/// A stretch of the log with this number, `first` to `last`, and the number of the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub no: i64,
    pub part: i64,
    pub first: i64,
    pub last: i64,
}

/// A chunk of positions of one term in one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub no: i64,
    pub part: i64,
    pub term: Vec<u8>,
    pub seqs: Vec<i64>,
}

static ADD: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("audit_postings (no, part, term, first, seqs)", 5, ""));
const LIVE: &str = "select no, part, first, last from audit_parts where no = $1 and state = 1 order by first";
const NEWEST: &str = "select coalesce(max(part), 0) from audit_parts where no = $1";
const OPEN: &str = "insert into audit_parts (no, state, first, part, last) values ($1, $2, $3, $4, $5)";
const MOVE: &str = "update audit_parts set state = $4 where no = $1 and state = $3 and part = $2";
const LITTER: &str = "select no, part, first, last from audit_parts where state <> 1";
const DROP: &str = "delete from audit_parts where no = $1 and part = $2 and state <> 1";
const PAGE: &str = "select term, first, seqs from audit_postings \
     where no = $1 and part = $2 and (term, first) > ($3, $4) order by term, first limit $5";
const TERM_AT: &str =
    "select term from audit_postings where no = $1 and part = $2 order by term, first limit 1 offset $3";
const CLEAR_BELOW: &str = "delete from audit_postings where no = $1 and part = $2 and term < $3";
const CLEAR: &str = "delete from audit_postings where no = $1 and part = $2";
const FIND: &str = "select p.first, p.seqs from audit_parts a \
     join audit_postings p on p.no = a.no and p.part = a.part and p.term = $2 and p.first < $3 \
     where a.no = $1 and a.state = 1 and a.first < $3 and a.last >= $4 \
     order by a.first desc, p.first desc limit $5";

pub fn statements() -> Vec<&'static str> {
    [LIVE, NEWEST, OPEN, MOVE, LITTER, DROP, PAGE, TERM_AT, CLEAR_BELOW, CLEAR, FIND]
        .into_iter()
        .chain(ADD.statements())
        .collect()
}

fn part(row: &SqlRow) -> Result<Part, DbFault> {
    Ok(Part { no: row.int(0)?, part: row.int(1)?, first: row.int(2)?, last: row.int(3)? })
}

/// The searched parts of a log, oldest first.
pub(crate) fn live(sql: &mut Sql<'_>, no: i64) -> Result<Vec<Part>, DbFault> {
    sql.rows(LIVE, &[no.into()])?.iter().map(part).collect()
}

/// A number that no part of this log has.
pub(crate) fn unused(sql: &mut Sql<'_>, no: i64) -> Result<i64, DbFault> {
    Ok(sql.rows(NEWEST, &[no.into()])?.first().map_or(Ok(0), |row| row.int(0))? + 1)
}

/// Notes a part.
pub(crate) fn open(sql: &mut Sql<'_>, part: Part, state: State) -> Result<(), DbFault> {
    let Part { no, part, first, last } = part;
    let args = [no.into(), (state as i64).into(), first.into(), part.into(), last.into()];
    sql.run(OPEN, &args).map(drop)
}

pub(crate) fn pass(sql: &mut Sql<'_>, part: Part, from: State, to: State) -> Result<(), DbFault> {
    let args = [part.no.into(), part.part.into(), (from as i64).into(), (to as i64).into()];
    sql.run(MOVE, &args).map(drop)
}

/// Adds rows of a part that is not searched yet.
pub(crate) fn add(sql: &mut Sql<'_>, rows: &mut [Row]) -> Result<(), DbFault> {
    ADD.insert(sql, rows, |row, args| {
        let first = row.seqs.first().copied().unwrap_or(0);
        let term = Value::Blob(std::mem::take(&mut row.term));
        args.extend([row.no.into(), row.part.into(), term, first.into(), Value::Blob(encode(&row.seqs))]);
    })
}

/// The rows of a part behind one, given by its term and first position.
pub(crate) fn page(
    sql: &mut Sql<'_>,
    part: Part,
    after: &(Vec<u8>, i64),
    limit: i64,
) -> Result<Vec<Row>, DbFault> {
    let (term, first) = after;
    let args = [part.no.into(), part.part.into(), term.as_slice().into(), (*first).into(), limit.into()];
    let rows = sql.rows(PAGE, &args)?;
    rows.iter()
        .map(|row| {
            let seqs = decode(row.int(1)?, row.blob(2)?)?;
            Ok(Row { no: part.no, part: part.part, term: row.blob(0)?.to_vec(), seqs })
        })
        .collect()
}

/// Parts that nobody searches.
pub(crate) fn litter(sql: &mut Sql<'_>) -> Result<Vec<Part>, DbFault> {
    sql.rows(LITTER, &[])?.iter().map(part).collect()
}

/// The term before which about so many rows of a part stand; none if there are fewer.
pub(crate) fn term_at(sql: &mut Sql<'_>, part: Part, rows: i64) -> Result<Option<Vec<u8>>, DbFault> {
    let found = sql.rows(TERM_AT, &[part.no.into(), part.part.into(), rows.into()])?;
    found.first().map(|row| Ok(row.blob(0)?.to_vec())).transpose()
}

/// Removes the rows of a part that nobody searches, those below a term or the part with all of them.
pub(crate) fn clear(sql: &mut Sql<'_>, part: Part, below: Option<&[u8]>) -> Result<u64, DbFault> {
    let Part { no, part, .. } = part;
    if let Some(term) = below {
        return sql.run(CLEAR_BELOW, &[no.into(), part.into(), term.into()]);
    }
    sql.run(CLEAR, &[no.into(), part.into()])?;
    sql.run(DROP, &[no.into(), part.into()])
}

/// At least so many positions of a term, newest first, from `low` up to and without `next`; fewer if there are no more,
/// and possibly more than were asked for.
pub(crate) fn find(
    sql: &mut Sql<'_>,
    no: i64,
    term: Term,
    (low, next): (i64, i64),
    wanted: usize,
) -> Result<Vec<i64>, DbFault> {
    /// Chunks read at a time.
    const CHUNKS: usize = 16;
    let (mut found, mut next) = (Vec::new(), next);
    loop {
        let args = [no.into(), term.bytes().into(), next.into(), low.into(), (CHUNKS as i64).into()];
        let rows = sql.rows(FIND, &args)?;
        for row in &rows {
            let seqs = decode(row.int(0)?, row.blob(1)?)?;
            found.extend(seqs.iter().rev().filter(|seq| (low..next).contains(seq)));
        }
        let lowest = rows.last().map(|row| row.int(0)).transpose()?;
        match lowest {
            Some(lowest) if rows.len() == CHUNKS && found.len() < wanted && lowest > low => next = lowest,
            _ => return Ok(found),
        }
    }
}

/// The differences between positions, which rise, each in as many bytes of seven bits as it needs.
fn encode(seqs: &[i64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * seqs.len());
    for pair in seqs.windows(2) {
        let [before, after] = pair else { continue };
        let mut left = after.abs_diff(*before);
        while left > 0x7f {
            out.push(0x80 | (left & 0x7f) as u8);
            left >>= 7;
        }
        out.push(left as u8);
    }
    out
}

fn decode(first: i64, bytes: &[u8]) -> Result<Vec<i64>, DbFault> {
    let broken = || DbFault::Corrupt { what: "the query index", why: "positions that do not rise".into() };
    let mut seqs = vec![first];
    let (mut at, mut difference, mut shift) = (first, 0i64, 0u32);
    for byte in bytes {
        difference |= i64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 56).ok_or_else(broken)?;
        shift += 7;
        if byte & 0x80 == 0 {
            at = at.checked_add(difference).filter(|next| *next > at).ok_or_else(broken)?;
            seqs.push(at);
            (difference, shift) = (0, 0);
        }
    }
    if shift == 0 { Ok(seqs) } else { Err(broken()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_read_back_as_they_were_written(mut seqs in prop::collection::vec(1i64..1 << 40, 1..300)) {
            seqs.sort_unstable();
            seqs.dedup();
            prop_assert_eq!(decode(seqs[0], &encode(&seqs)).unwrap(), seqs);
        }

        #[test]
        fn bytes_that_nobody_wrote_are_refused_or_read_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(seqs) = decode(7, &bytes) {
                prop_assert!(seqs.is_sorted());
                prop_assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }
}
