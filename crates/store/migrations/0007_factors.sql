-- Second factors of people. `secret` is the sealed key of a one-time-code app, or the public key of a passkey; `counter`
-- is the last step of the former that was used, or the signature counter of the latter.
create table factors (id {blob} primary key, org {blob} not null, usr {blob} not null, kind {text} not null, name {text} not null, credential {blob} unique, secret {blob} not null, counter {int} not null, created {int} not null, used {int}) {strict};
create index factors_of_user on factors (usr);

-- Recovery codes, as keyed hashes. A new set replaces the old one.
create table recovery_codes (usr {blob} not null, hash {blob} not null, used {int}, primary key (usr, hash)) {keyed};
