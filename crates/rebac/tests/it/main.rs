//! One binary: data files through one check function for each subject.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod condition;
#[cfg(test)]
mod condition_oracle;
#[cfg(test)]
mod condition_writer;
#[cfg(test)]
mod dsl;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod json;
#[cfg(test)]
mod judge;
#[cfg(test)]
mod language;
#[cfg(test)]
mod modules;
#[cfg(test)]
mod openfga;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod random;
#[cfg(test)]
mod retrieval;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod versions;
#[cfg(test)]
mod write_rules;
