//! One insert for any number of rows: statements for powers of two, each prepared once, add up to it.

use crate::fault::DbFault;
use crate::sql::{Sql, Value};

pub(crate) struct Insert {
    columns: usize,
    texts: Vec<String>,
}

/// Rows in the largest statement: 2^9.
const POWERS: u32 = 9;

impl Insert {
    /// `into` names table and columns; `then` follows the rows.
    pub(crate) fn new(into: &str, columns: usize, then: &str) -> Self {
        let texts = (0..=POWERS).map(|power| text(into, columns, 1 << power, then)).collect();
        Self { columns, texts }
    }

    pub(crate) fn insert<T>(
        &'static self,
        sql: &mut Sql<'_>,
        rows: &mut [T],
        bind: impl Fn(&mut T, &mut Vec<Value>),
    ) -> Result<(), DbFault> {
        let mut rest: &mut [T] = rows;
        while !rest.is_empty() {
            let power = rest.len().ilog2().min(POWERS);
            let (now, later) = rest.split_at_mut(1 << power);
            let mut args = Vec::with_capacity(now.len() * self.columns);
            now.iter_mut().for_each(|row| bind(row, &mut args));
            let text = self.texts.get(power as usize).map_or("", String::as_str);
            sql.run(text, &args)?;
            rest = later;
        }
        Ok(())
    }

    pub(crate) fn statements(&'static self) -> impl Iterator<Item = &'static str> {
        self.texts.iter().map(String::as_str)
    }
}

fn text(into: &str, columns: usize, rows: usize, then: &str) -> String {
    let row = |r: usize| {
        let places: Vec<String> = (1..=columns).map(|c| format!("${}", r * columns + c)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!("insert into {into} values {} {then}", rows.join(", "))
}
