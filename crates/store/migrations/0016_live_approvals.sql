-- Live approvals of a person and of an agent are read from the hot facts: a question touches fewer trees.
drop index approvals_open_of_user;
drop index approvals_open_of_agent;
