//! A guard in front of a real API, an issuer in the same process, real sockets.

#[cfg(test)]
mod api;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod issuer;
mod keys;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod refusals;
