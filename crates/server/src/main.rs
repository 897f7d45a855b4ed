//! The binary `chancery`.

use std::pin::Pin;
use std::process::ExitCode;

use chancery_server::cli::Cli;
use chancery_server::out;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    small_pages();
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

/// An idle process would hold twice as much in huge pages as in pages of 4 KiB. Whoever holds enough for them allows them again
/// (ADR 0046); where the system knows no such thing there is nothing to forbid.
fn small_pages() {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
