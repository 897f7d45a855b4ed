-- Browsers in which a person wants to be told what waits for them. Sealed are the address and the keys of the browser's push
-- service; the digest of the address tells browsers apart.
create table push_subscriptions (digest {blob} primary key, org {blob} not null, usr {blob} not null, name {text} not null, created {int} not null, sealed {blob} not null) {strict};
create index push_subscriptions_of_user on push_subscriptions (usr);
create index push_subscriptions_of_org on push_subscriptions (org);
