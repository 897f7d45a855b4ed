-- What a family of refresh tokens and a waiting code belong to, so that they end in the write that ends it: the task of
-- an agent, and the client.
alter table families add column run {blob};
create index families_of_run on families (run);
create index families_of_client on families (client);
alter table codes add column client {blob};
create index codes_of_client on codes (client);
