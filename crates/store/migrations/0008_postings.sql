-- The query index in parts: each covers a stretch of one log, and for each term of its entries (an id that they name, or
-- their kind) holds the positions in chunks: `seqs` are the differences of those after `first`. Rows are added at the right
-- edge of their tree. State is Building, Live or Ended of tables/postings.rs.
drop table audit_subjects;
drop table audit_kinds;
create table audit_parts (no {int} not null, state {int} not null, first {int} not null, part {int} not null, last {int} not null, primary key (no, state, first, part)) {keyed};
create table audit_postings (no {int} not null, part {int} not null, term {blob} not null, first {int} not null, seqs {blob} not null, primary key (no, part, term, first)) {keyed};
update log_heads set indexed = 0;
