-- What a data key seals is found by the key, to be sealed anew under the next one.
create index secret_versions_of_key on secret_versions (org, data_key);
