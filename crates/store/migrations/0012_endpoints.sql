-- Endpoints of an organization, of the directory's shape. Their addresses and secrets are sealed beside them.
create table endpoints (id {blob} primary key, org {blob} not null, name text not null, version {int} not null, body text not null, unique (org, name)) {strict};
create table endpoint_seals (endpoint {blob} primary key, org {blob} not null, sealed {blob} not null) {strict};

-- What was to be delivered to them, and what came of it. `state`: 0 waiting, 1 delivered, 2 failed, 3 overtaken.
create table deliveries (id {blob} primary key, org {blob} not null, endpoint {blob} not null, approval {blob}, event text not null, state {int} not null, status {int}, tries {int} not null, at {int} not null, tried {int}, problem text) {strict};
create index deliveries_of_endpoint on deliveries (endpoint, id);
