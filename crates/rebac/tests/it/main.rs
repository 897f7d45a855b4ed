//! One binary: data files through one check function for each subject.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod dsl;
#[cfg(test)]
mod json;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod write_rules;
