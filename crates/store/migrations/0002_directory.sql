-- The directory: every noun is one row whose body is opaque JSON; what SQL filters by has a column.
create table organizations (id {blob} primary key, org {blob} not null, name text not null unique, version {int} not null, body text not null) {strict};
create table users        (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table groups_      (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table applications (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table agents       (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table clients      (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table assignments  (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table connections  (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table grants       (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};

create table memberships (grp {blob} not null, usr {blob} not null, org {blob} not null, primary key (grp, usr)) {strict};

-- What an agent was at each of its versions.
create table agent_versions (agent {blob} not null, number {int} not null, body text not null, primary key (agent, number)) {strict};

-- Revocation marks (one per key; a later one replaces an earlier one).
create table marks (org {blob} not null, name text not null, pos {int} not null, at {int} not null, until {int} not null, primary key (org, name)) {strict};
