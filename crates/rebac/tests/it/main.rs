//! One binary: data files through one check function for each subject.

#[cfg(test)]
mod condition;
#[cfg(test)]
mod condition_oracle;
#[cfg(test)]
mod condition_writer;
#[cfg(test)]
mod openfga;
#[cfg(test)]
mod retrieval;
