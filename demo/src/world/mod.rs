//! The systems that agents call: ordinary servers, each with the guard in front of its routes.

mod business;
mod crm;
mod mock;

pub(crate) use business::{Business, FINANCE, HR, SCOPE};
pub(crate) use crm::Crm;
pub(crate) use mock::{Mock, Registration, Reply};
