-- Questions to people, and what became of them. What SQL filters by has a column; the body is opaque JSON. `state` is the
-- place of the state in model::approval::State::ALL: below 2, something can still become of it.
create table approvals (id {blob} primary key, org {blob} not null, usr {blob} not null, agent {blob}, hash {blob} not null unique, state {int} not null, lapses {int} not null, version {int} not null, body {text} not null) {strict};
create index approvals_of_org on approvals (org, id);
create index approvals_of_user on approvals (usr, id);
create index approvals_open on approvals (lapses) where state < 2;
create index approvals_open_of_user on approvals (usr) where state < 2;
create index approvals_open_of_agent on approvals (agent) where state < 2;

-- Who answered what: for each person's own history.
create table approval_answers (usr {blob} not null, approval {blob} not null, primary key (usr, approval)) {keyed};
