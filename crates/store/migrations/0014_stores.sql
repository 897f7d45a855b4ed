-- Stores of relationships. Names may repeat. Each has a log of changes: a row for each write, with what it wrote and
-- deleted in `body` (relations/pack.rs), under the log's number in the upper bits of the key. `base` is the write up to
-- which all tuples stand sorted in tuple_parts, so that a start reads those and what came later; below zero the store is
-- gone, and what it had is being removed.
create table stores (id {blob} primary key, org {blob} not null, name {text} not null, version {int} not null, body {text} not null) {strict};
create table tuple_heads (no {identity}, store {blob} not null unique, base {int} not null, tuples {int} not null) {strict};
create table tuple_writes (key {int} primary key, at {int} not null, body {blob} not null) {strict};
create table tuple_parts (no {int} not null, base {int} not null, part {int} not null, body {blob} not null, primary key (no, base, part)) {strict};
create table store_models (store {blob} not null, id {blob} not null, at {int} not null, body {text} not null, primary key (store, id)) {strict};
create table store_assertions (store {blob} not null, model {blob} not null, body {text} not null, primary key (store, model)) {strict};
