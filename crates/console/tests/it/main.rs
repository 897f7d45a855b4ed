//! Every page in every state, held against the laws of the house; and the handlers, behind a router with a real
//! database, as a browser without scripts meets them.

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod dump;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod list;
#[cfg(test)]
mod scan;

#[cfg(test)]
mod access;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod live;
#[cfg(test)]
mod log;
#[cfg(test)]
mod relations;
#[cfg(test)]
mod stop;
#[cfg(test)]
mod world;
