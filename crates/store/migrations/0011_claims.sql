-- What belongs to one record alone, beside its name: the e-mail address of a person within the organization, the resource
-- URI of an application within the deployment (scope is then all zeros). Records from before have none until they change.
create table claims (kind {text} not null, scope {blob} not null, value {text} not null, owner {blob} not null, primary key (kind, scope, value)) {keyed};
create index claims_of_owner on claims (owner);
