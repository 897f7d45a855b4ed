-- Inner nodes of the logs' Merkle trees from 256 leaves upwards, so that a proof reads a handful of rows however long
-- the log is. Key is the log's number and the node's place among them in order (no * 2^40 + place); hashes holds the
-- node itself, and at the lowest level the nodes below it down to those of 16 leaves. Built later, apart from the
-- commits that append.
create table audit_nodes (key {int} primary key, hashes {blob} not null) {strict};
