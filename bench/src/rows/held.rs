//! What a graph with its names holds in memory. A process of its own says so, which is told the tuples portion by portion and keeps
//! nothing but the graph: where the drive is grown, it and its tuples, and what the rounds before have left, lie in memory that the
//! allocator fills again, so that the process grows by less than the graph holds.

use std::io::{BufRead, BufReader, BufWriter, Read, Write, stdin};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use chancery_rebac::engine::{Change, Graph};
use chancery_rebac::tuple::TupleKey;

use super::engine::{PORTION, written};
use crate::measure::anonymous;
use crate::out;
use crate::relations::{Fact, name};

/// Megabytes of a graph of these tuples.
pub fn held(facts: &[Fact]) -> anyhow::Result<f64> {
    let mut command = Command::new(std::env::current_exe()?);
    // What is free goes back to the system at once: the texts of a portion, and pages that the next version has in another form.
    // The allocator would keep them for a while, in case that something else is needed, and they would count as the graph's.
    command.arg("hold").env("MIMALLOC_PURGE_DELAY", "0");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = BufWriter::new(child.stdin.take().context("no standard input")?);
    for fact in facts {
        writeln!(input, "{}", line(fact))?;
    }
    drop(input.into_inner()?);
    let mut told = String::new();
    child.stdout.take().context("no standard output")?.read_to_string(&mut told)?;
    ensure!(child.wait()?.success(), "the process that holds a graph failed");
    let (tuples, held) = told.trim().split_once(' ').context("the graph's process says nothing")?;
    ensure!(tuples.parse::<usize>()? == facts.len(), "{tuples} tuples of {}", facts.len());
    Ok(held.parse()?)
}

/// In that process: a graph of the tuples of standard input, and by how much the memory grew.
pub fn hold() -> anyhow::Result<()> {
    let mut lines = BufReader::new(stdin().lock()).lines();
    let (before, mut graph) = (anonymous()?, Graph::default());
    loop {
        let some: Vec<Change> =
            lines.by_ref().take(PORTION).map(|line| read(&line?)).collect::<Result<_, _>>()?;
        if some.is_empty() {
            break;
        }
        graph = graph.apply(graph.version() + 1, &some);
    }
    let held = anonymous()? - before;
    out::line(format_args!("{} {held}", graph.len()))
}

fn line(fact: &Fact) -> String {
    format!("{} {} {}", name(fact.object), fact.relation, name(fact.user))
}

fn read(line: &str) -> anyhow::Result<Change> {
    let mut words = line.splitn(3, ' ').map(str::to_owned);
    let mut word = || words.next().with_context(|| format!("no tuple: {line}"));
    let (object, relation, user) = (word()?, word()?, word()?);
    Ok(written(TupleKey { object, relation, user }))
}

#[cfg(test)]
mod tests {
    use super::super::engine::change;
    use super::*;
    use crate::relations::{Drive, Sizes};

    #[test]
    fn what_is_told_is_what_is_held() {
        let drive = Drive::grow(Sizes::of(2_000), 1);
        let (mut timed, mut all) = (0, 0);
        for fact in drive.tuples() {
            assert_eq!(read(&line(&fact)).unwrap(), change(&fact));
            (timed, all) = (timed + usize::from(fact.timed()), all + 1);
        }
        assert!(timed > 0 && all > timed, "{timed} of {all} hold for a time only");
        assert!(read("document:d1 viewer").is_err());
    }
}
