//! One file per table. Every SQL text is a constant on a visible list, which one test prepares on both engines.

pub mod approvals;
pub mod claims;
pub mod codes;
pub mod data_keys;
pub mod deliveries;
pub mod endpoints;
pub mod factors;
pub mod families;
pub mod leases;
pub mod marks;
pub mod memberships;
pub mod nodes;
pub mod nouns;
pub mod object_ids;
pub mod passwords;
pub mod postings;
pub mod push;
pub mod relations;
pub mod runs;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod spent;
pub mod throttles;
pub mod versions;

/// Every statement of every table.
pub fn statements() -> Vec<&'static str> {
    let mut all = [
        nouns::STATEMENTS,
        approvals::STATEMENTS,
        claims::STATEMENTS,
        codes::STATEMENTS,
        data_keys::STATEMENTS,
        deliveries::STATEMENTS,
        endpoints::STATEMENTS,
        factors::STATEMENTS,
        families::STATEMENTS,
        leases::STATEMENTS,
        marks::STATEMENTS,
        memberships::STATEMENTS,
        passwords::STATEMENTS,
        push::STATEMENTS,
        runs::STATEMENTS,
        secrets::STATEMENTS,
        sessions::STATEMENTS,
        settings::STATEMENTS,
        signing_keys::STATEMENTS,
        spent::STATEMENTS,
        throttles::STATEMENTS,
        versions::STATEMENTS,
    ]
    .concat();
    all.extend(nodes::statements());
    all.extend(object_ids::statements());
    all.extend(postings::statements());
    all.extend(relations::statements());
    all
}
