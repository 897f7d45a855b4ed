//! Every page in every state, held against the laws of the house. Looks at markup only; no server, no browser.

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
