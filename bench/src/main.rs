//! End-to-end and micro benchmarks, each beside its limit measured in the same run.

mod cli;
mod limits;
mod load;
mod measure;
mod out;
mod plan;
mod relations;
mod report;
mod rows;
mod world;

use std::process::ExitCode;

use clap::Parser;

/// As in the server, so that what runs in this process costs what it costs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // If even that stream is closed, the exit code alone has to tell.
            let _ = out::note(format_args!("chancery-bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
