//! The directory on a real database, with a clock that stands still and reproducible randomness.

#[cfg(test)]
mod agents;
#[cfg(test)]
mod applications;
#[cfg(test)]
mod assignments;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod later;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod users;
#[cfg(test)]
mod walls;
#[cfg(test)]
mod world;
