-- Passwords of people: argon2 strings (PHC format), apart from the user record so that nothing else reads them.
create table passwords (usr {blob} primary key, hash text not null, updated {int} not null) {strict};

-- Sign-ins. The cookie's keyed hash is the only trace of the cookie.
create table sessions (id {blob} primary key, org {blob} not null, usr {blob} not null, hash {blob} not null unique, auth_time {int} not null, seen {int} not null, ends {int} not null, ended {int}, body text not null) {strict};
create index sessions_of_user on sessions (usr);

-- Authorization codes by keyed hash; kept for a while after redemption so that a replay is recognized.
create table codes (hash {blob} primary key, expires {int} not null, redeemed {int}, family {blob}, body text not null) {strict};
create index codes_by_expiry on codes (expires);

-- Families of refresh tokens, and every token of them by keyed hash.
create table families (id {blob} primary key, org {blob} not null, client {blob} not null, usr {blob} not null, ended {int}, expires {int} not null, body text not null) {strict};
create index families_of_user on families (usr);
create table refresh_tokens (hash {blob} primary key, family {blob} not null, generation {int} not null, used {int}, expires {int} not null) {strict};
create index refresh_tokens_by_expiry on refresh_tokens (expires);
create index refresh_tokens_of_family on refresh_tokens (family);

-- Identifiers that may be used once, such as the jti of client assertions. Keyed by expiry first: pruning is one range.
create table spent (expires {int} not null, digest {blob} not null, primary key (expires, digest)) {strict};

-- Failed attempts per account and per address.
create table throttles (name text primary key, failures {int} not null, until {int} not null, updated {int} not null) {strict};

-- Runs: one task of one agent for one person.
create table runs (id {blob} primary key, org {blob} not null, agent {blob} not null, usr {blob} not null, began {int} not null, stopped {int}, body text not null) {strict};
create index runs_of_agent on runs (agent, began);

-- Signing keys, sealed under the master key.
create table signing_keys (kid text primary key, alg text not null, state text not null, created {int} not null, activated {int}, retired {int}, public text not null, sealed {blob} not null) {strict};

-- Small facts of the deployment: sealed pepper, setup link, database identity.
create table settings (name text primary key, value {blob} not null) {strict};
