-- Numbers that callers gave to objects of a store (`no` as in tuple_heads), for an index that counts its rows: an object has
-- one at most, and a number is one object's of its type. `rev` counts the store's changes of them, so that a node reads only
-- what is new; what was removed keeps its row without a number until the store is gone.
create table object_ids (no {int} not null, object {text} not null, kind {text} not null, number {int}, rev {int} not null, primary key (no, object), unique (no, kind, number)) {strict};
create index object_ids_by_rev on object_ids (no, rev);
