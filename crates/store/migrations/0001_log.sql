-- The audit log and what the writer lane needs of its own.

-- One row for each log, which is one organization's: how far it goes and the right edge of its Merkle tree.
create table log_heads (
    no {identity},
    log {blob} not null unique,
    size {int} not null,
    at {int} not null,
    frontier {blob} not null,
    -- Position of the last entry whose write changed hot facts: other nodes compare it with what they know.
    hot {int} not null,
    -- Entries up to this one stand in the two indexes below.
    indexed {int} not null
) {strict};

-- The lines themselves, and no second index: key is the log's number and the position (no * 2^40 + seq), so an
-- append goes to the right edge of the log's part of one tree.
create table audit_entries (key {int} primary key, at {int} not null, kind {int} not null, body {blob} not null) {strict};

-- Built later and in large sorted portions, apart from the commits that append.
create table audit_subjects (no {int} not null, subject {blob} not null, seq {int} not null, primary key (no, subject, seq)) {keyed};
create table audit_kinds (no {int} not null, kind {int} not null, seq {int} not null, primary key (no, kind, seq)) {keyed};

-- Signed notes about a log at some size.
create table checkpoints (log {blob} not null, size {int} not null, note {text} not null, at {int} not null, primary key (log, size)) {keyed};

-- What changed in the hot facts, for the other nodes of one PostgreSQL database; prev is the position of the log's
-- change before, so that a node sees whether it has them all.
create table hot_changes (no {int} not null, seq {int} not null, part {int} not null, prev {int} not null, at {int} not null, body {text} not null, primary key (no, seq, part)) {keyed};

-- Reactions that a write calls for: done after it, repeated until done.
create table outbox (
    id {identity},
    org {blob} not null,
    topic {text} not null,
    payload {text} not null,
    at {int} not null,
    due {int} not null,
    tries {int} not null,
    problem {text}
) {strict};
create index outbox_by_due on outbox (due, id);
