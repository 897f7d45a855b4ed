//! All SQL: drivers, the writer lane, migrations, one file per table, hot facts.
