//! One binary: the truth table, a table of reasons, and properties against a naive judge.

#[cfg(test)]
mod approvals;
#[cfg(test)]
mod approvers;
#[cfg(test)]
mod assigned;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reasons;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod truth_table;
#[cfg(test)]
mod words;
#[cfg(test)]
mod world;
