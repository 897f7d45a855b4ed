//! The client against an issuer in the same process.

#[cfg(test)]
mod access;
#[cfg(test)]
mod approve;
#[cfg(test)]
mod issuer;
#[cfg(test)]
mod login;
#[cfg(test)]
mod requests;
