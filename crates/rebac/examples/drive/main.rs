//! What the engine does in process over the "drive" data: `cargo run --release --example drive -- 10000000`.
#![expect(clippy::print_stdout, reason = "figures are its output")]

mod ask;
mod clock;
mod data;

use std::error::Error;
use std::sync::Arc;

use chancery_rebac::engine::{Change, Compiled, Graph};

use data::Sizes;

fn main() -> Result<(), Box<dyn Error>> {
    let given = std::env::args().nth(1).map(|text| text.parse()).transpose()?;
    let tuples: u64 = given.unwrap_or(1_000_000);
    let sizes = Sizes::of(tuples);
    let model = Compiled::new(Arc::new(data::model()))?;
    let empty = resident();
    let (mut graph, mut spent) = (Graph::default(), 0.0);
    data::tuples(sizes, 7, 1 << 20, |changes| {
        let start = clock::spent();
        graph = graph.apply(graph.version() + 1, changes);
        spent += clock::spent() - start;
    });
    println!("tuples {}, loaded in {spent:.3} s", graph.len());
    let held = resident().saturating_sub(empty);
    println!("memory {:.1} MB, {:.1} bytes each", held as f64 / 1e6, held as f64 / graph.len() as f64);
    let world = ask::World { model: &model, graph: &graph, sizes };
    ask::checks(&world)?;
    ask::lists(&world)?;
    ask::filters(&world)?;
    writes(&graph, sizes);
    Ok(())
}

fn writes(graph: &Graph, sizes: Sizes) {
    let mut dice = data::Dice(99);
    let mut lot = |count: u64| -> Vec<Change> {
        (0..count)
            .map(|_| {
                ask::grant(
                    &format!("document:d{}", dice.below(sizes.documents)),
                    &format!("user:u{}", dice.below(sizes.users)),
                )
            })
            .collect()
    };
    for size in [1, 100] {
        let lots: Vec<Vec<Change>> = (0..2_000 / size.min(20)).map(|_| lot(size)).collect();
        let (mut now, start) = (graph.clone(), clock::spent());
        for changes in &lots {
            now = now.apply(now.version() + 1, changes);
        }
        let each = (clock::spent() - start) / lots.len() as f64;
        println!("write of {size}: {:.1} us, {:.0} tuples/s", each * 1e6, size as f64 / each);
    }
}

/// Bytes this process holds in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or_default()
        * 1024
}
