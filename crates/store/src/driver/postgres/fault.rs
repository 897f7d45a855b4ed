//! What PostgreSQL refused, in the few kinds a caller can act on.

use std::error::Error;

use tokio_postgres::error::SqlState;

use super::line::Trouble;
use crate::fault::DbFault;

pub(super) fn trouble(statement: &'static str, trouble: &Trouble) -> DbFault {
    match trouble {
        Trouble::Failed(error) => fault(statement, error),
        Trouble::Gone => DbFault::unavailable("PostgreSQL: the connection is lost"),
        Trouble::Silent(limit) => {
            let seconds = limit.as_secs_f64();
            DbFault::unavailable(format!(
                "PostgreSQL has been silent for {seconds} s: the connection is given up"
            ))
        }
    }
}

pub(super) fn fault(statement: &'static str, error: &tokio_postgres::Error) -> DbFault {
    let Some(refused) = error.as_db_error() else {
        // Not an answer of the server: the connection broke, or a value did not fit its parameter.
        return if error.is_closed() || caused_by_io(error) || statement == "connect" {
            DbFault::unavailable(format!("PostgreSQL: {}", chain(error)))
        } else {
            DbFault::Statement { statement, why: chain(error) }
        };
    };
    let code = refused.code().code();
    if *refused.code() == SqlState::UNIQUE_VIOLATION {
        let table = refused.table().unwrap_or_default().to_owned();
        let what = refused.constraint().unwrap_or_default().to_owned();
        return DbFault::Duplicate { table, what, statement };
    }
    match code.get(..2).unwrap_or_default() {
        // Lost or refused connections, aborted for the sake of others, out of resources, shutting down, broken disk.
        "08" | "28" | "3D" | "40" | "53" | "55" | "57" | "58" => {
            DbFault::unavailable(format!("PostgreSQL {code}: {}", refused.message()))
        }
        // The transaction is read-only: this server is a standby.
        "25" => DbFault::unavailable(format!("PostgreSQL {code}: {}", refused.message())),
        // Messages about data quote the data.
        "22" => DbFault::Statement { statement, why: format!("PostgreSQL {code}") },
        _ => DbFault::Statement { statement, why: format!("PostgreSQL {code}: {}", refused.message()) },
    }
}

fn caused_by_io(error: &tokio_postgres::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<std::io::Error>() {
            return true;
        }
        next = cause.source();
    }
    false
}

fn chain(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
