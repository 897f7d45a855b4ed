//! One binary: tables from the RFCs, tricks, and properties of the parsers.

#[cfg(test)]
mod authorize;
#[cfg(test)]
mod ciba;
#[cfg(test)]
mod claims;
#[cfg(test)]
mod client_auth;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod params;
#[cfg(test)]
mod pkce;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod redirect;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod token;
