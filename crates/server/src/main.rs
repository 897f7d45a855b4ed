//! The binary `chancery`.

use std::pin::Pin;
use std::process::ExitCode;

use chancery_server::cli::Cli;
use chancery_server::out;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let run = || -> anyhow::Result<u8> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        // Behind one pointer: the runtime would hold a copy of all commands for each of the ways in which it drives a future.
        let code: Pin<Box<dyn Future<Output = _>>> = Box::pin(cli.code(std::env::vars().collect()));
        runtime.block_on(code)
    };
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // If even that stream is closed, the exit code alone has to tell.
            let _ = out::note(format_args!("chancery: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
