//! The binary: configuration, wiring, listeners, telemetry, subcommands.
