//! Two builds of the server beside each other, asked the same in turns: on a machine that others share, the hour makes more
//! of a difference than most changes do.

use std::path::Path;

use super::relations::{Asks, SEED, Stand, batch_wheel, check_wheels};
use crate::load::{Orders, Wheel, drive};
use crate::measure::Spread;
use crate::out;
use crate::plan::Plan;
use crate::relations::{Drive, Sizes};
use crate::report::Report;

/// What a build came to, round by round.
#[derive(Default)]
struct Came {
    rate: Vec<f64>,
    cpu: Vec<f64>,
}

pub fn turns(plan: &Plan, tuples: usize, other: &Path) -> anyhow::Result<Report> {
    let about = format!("this build beside {}, about {tuples} tuples each", other.display());
    let mut report = Report::new("turns", about);
    let all = Drive::grow(Sizes::of(tuples), SEED);
    let plans = [plan.clone(), Plan { server: other.to_owned(), ..plan.clone() }];
    let stands = plans.each_ref().map(|plan| Stand::up(plan, &Asks::Ours));
    let [this, that] = stands;
    let stands = [this?, that?];
    for stand in &stands {
        stand.place.fill(&all)?;
    }
    let [this, that] = stands.each_ref().map(|stand| check_wheels(&stand.place, &all));
    for ((name, this), (_, that)) in this.into_iter().zip(that) {
        ask(plan, &stands, [this, that], &mut report, &format!("check {name}"))?;
    }
    let [this, that] = stands.each_ref().map(|stand| batch_wheel(&stand.place, &all));
    ask(plan, &stands, [this?, that?], &mut report, "batch of 50")?;
    Ok(report)
}

/// Rounds in a closed loop; who is asked first changes with each.
fn ask(
    plan: &Plan,
    stands: &[Stand; 2],
    wheels: [Wheel; 2],
    report: &mut Report,
    name: &str,
) -> anyhow::Result<()> {
    let mut sides: Vec<(&Stand, Option<Wheel>, Came)> =
        stands.iter().zip(wheels).map(|(stand, wheel)| (stand, Some(wheel), Came::default())).collect();
    for round in 0..=plan.rounds {
        for (stand, wheel, came) in &mut sides {
            let orders = Orders { long: plan.round, ..stand.place.orders(plan.connections) };
            let before = stand.cpu()?;
            let Some(turning) = wheel.take() else { continue };
            let (turned, tally) = drive(turning, orders)?;
            if tally.wrong > 0 {
                report.wrong(format!("{} answers: {:?}", tally.wrong, tally.problems));
            }
            // The first finds out what later ones know.
            if round > 0 {
                came.cpu.push((stand.cpu()? - before) * 1e6 / tally.answers as f64);
                came.rate.push(tally.per_second());
            }
            *wheel = Some(turned);
        }
        sides.reverse();
    }
    // An odd number of turns, the first included, has left the other in front.
    if plan.rounds.is_multiple_of(2) {
        sides.reverse();
    }
    if let [(.., this), (.., that)] = sides.as_slice() {
        tell(report, name, this, that)?;
    }
    Ok(())
}

fn tell(report: &mut Report, name: &str, this: &Came, that: &Came) -> anyhow::Result<()> {
    let of = |values: &[f64]| Spread::of(values.iter().copied());
    report.figure(format!("{name}, this build"), "per s", of(&this.rate));
    report.figure(format!("{name}, the other"), "per s", of(&that.rate));
    report.figure(format!("{name}, this build, server CPU"), "us", of(&this.cpu));
    report.figure(format!("{name}, the other, server CPU"), "us", of(&that.cpu));
    let over = Spread::of(this.cpu.iter().zip(&that.cpu).map(|(this, that)| this / that));
    report.figure(format!("{name}, CPU of this build over the other's, turn by turn"), "times", over);
    out::note(format_args!("{name}: {:.3} of the other's CPU", over.median))
}
