//! Bad input at every door: refused with a sentence, never with a crash, and the next caller notices nothing.

mod forms;
mod limits;
mod outage;
mod pages;
mod wire;
