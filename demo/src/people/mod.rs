//! The people of the stories, and the browser they use.

mod browser;
mod form;
mod html;
mod jar;
mod newcomer;
mod person;

pub(crate) use browser::{Browser, Landed, Page};
pub(crate) use newcomer::Newcomer;
pub(crate) use person::{Answer, Person, Visit};
