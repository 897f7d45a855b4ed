-- The vault. Folders and who may reach them are nouns of the directory's shape.
create table folders (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table reaches (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};

-- What is known of each secret. `current` is the number of the version that is handed out; `due` is when it is to be
-- rotated, `tries` how often that failed in a row.
create table secrets (id {blob} primary key, org {blob} not null, folder {blob} not null, name text not null, current {int} not null, version {int} not null, due {int}, tries {int} not null, body text not null, unique (folder, name)) {strict};
create index secrets_of_org on secrets (org, id);
create index secrets_due on secrets (due) where due is not null;

-- The values, sealed. `state`: 0 pending, 1 current, 2 old, 3 given up.
create table secret_versions (secret {blob} not null, number {int} not null, org {blob} not null, state {int} not null, data_key {blob} not null, at {int} not null, author text not null, sealed {blob} not null, primary key (secret, number)) {strict};
create unique index secret_versions_pending on secret_versions (secret) where state = 0;

-- Keys that seal the values of one organization, themselves sealed under the master key. `active` is 1 for the one in use.
create table data_keys (id {blob} primary key, org {blob} not null, active {int} not null, at {int} not null, sealed {blob} not null) {strict};
create unique index data_keys_active on data_keys (org) where active = 1;

-- Who has which secret. `over` is when it ended.
create table leases (id {blob} primary key, org {blob} not null, secret {blob} not null, agent {blob}, usr {blob}, grant_id {blob}, until {int} not null, over {int}, body text not null) {strict};
create index leases_of_org on leases (org, id);
create index leases_of_secret on leases (secret, id);
create index leases_open on leases (until) where over is null;
create index leases_open_of_secret on leases (secret) where over is null;
create index leases_open_of_agent on leases (agent) where over is null;
create index leases_open_of_grant on leases (grant_id) where over is null;
