//! The command line: one subcommand for each row.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use crate::plan::Plan;
use crate::report::Report;
use crate::{measure, out, rows};

/// Benchmarks of Chancery: each row beside the machine's own limits, measured in the same run.
#[derive(Debug, Parser)]
#[command(name = "chancery-bench", version)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    row: Row,
}

#[derive(Debug, Args)]
struct Settings {
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    json: bool,
    /// Exit with failure if a figure misses its gate (a wrong answer always fails)
    #[arg(long, global = true)]
    gate: bool,
    /// Rounds, whose median counts
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,
    /// Seconds of each round
    #[arg(long, global = true, default_value_t = 3.0)]
    seconds: f64,
    /// Connections of the load generator
    #[arg(long, global = true, default_value_t = 64)]
    connections: usize,
    /// Registered clients
    #[arg(long, global = true, default_value_t = 10_000)]
    clients: usize,
    /// The server's binary; without it, the `chancery` beside this program
    #[arg(long, global = true)]
    server: Option<PathBuf>,
    /// Where data folders are made: the disk that is measured
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// Seconds to wait before each round until others leave the machine alone; rounds they disturb are repeated
    #[arg(long, global = true, default_value_t = 0)]
    patience: u64,
    /// Name the server's process and wait, so that a profiler can be attached
    #[arg(long, global = true)]
    profile: bool,
}

#[derive(Debug, Subcommand)]
enum Row {
    /// Signatures and hashes per second of the cryptography library
    Crypto,
    /// Durable writes per second of the disk
    Disk,
    /// Durable audit entries per second
    AuditAppend,
    /// Processor time that recording adds to a decision
    AuditDecision,
    /// Entries of an export verified per second
    AuditVerify,
    /// Questions asked of a log of millions
    AuditQuery {
        #[arg(long, default_value_t = 10_000_000)]
        events: usize,
        /// Keep the filled logs here, and ask those that are here already
        #[arg(long)]
        keep: Option<PathBuf>,
    },
    /// Client credentials with a secret, ES256
    CcSecret,
    /// The same, EdDSA
    CcEddsa,
    /// Client credentials with private_key_jwt
    CcAssertion,
    /// Token exchange, subject token seen before
    ExchangeCached,
    /// Token exchange, nothing seen before
    ExchangeCold,
    /// Introspection with the revocation check
    Introspect,
    /// A secret handed out under a permission in force
    SecretReveal,
    /// A secret lent: lease and audit in one commit
    SecretCheckout,
    /// Backchannel authentication requests
    BcAuthorize,
    /// Polls for answers that people have not given yet
    PollPending,
    /// Connections that wait for a person's answer
    LongPolls {
        #[arg(long, default_value_t = 15_000)]
        waiting: usize,
    },
    /// From the press of a button in the inbox to the agent's token, and to the ping
    Decide,
    /// People with their inbox open
    Watchers {
        #[arg(long, default_value_t = 1_000)]
        people: usize,
    },
    /// The relationship engine in this process
    Engine {
        #[arg(long, default_value_t = 10_000_000)]
        tuples: usize,
    },
    /// Relationships over HTTP: writes, checks, batches, lists, revocations, and the start
    Relations {
        #[arg(long, default_value_t = 1_000_000)]
        tuples: usize,
        /// Ask this server too, which speaks OpenFGA's API: `http://host:port`
        #[arg(long)]
        peer: Option<String>,
        /// A pre-shared key of that server
        #[arg(long, requires = "peer")]
        key: Option<String>,
        /// The process whose time and memory count there
        #[arg(long, requires = "peer")]
        pid: Option<u32>,
    },
    /// Checks of this build and of another, asked in turns
    Turns {
        /// The binary of the other
        other: PathBuf,
        #[arg(long, default_value_t = 1_000_000)]
        tuples: usize,
    },
    /// From the start of the process to the first token
    ColdStart,
    /// Resident memory, idle and with a million agents
    Memory {
        #[arg(long, default_value_t = 1_000_000)]
        agents: usize,
    },
    /// What a decision costs with many agents, against few
    Scale {
        #[arg(long, default_value_t = 100_000)]
        agents: usize,
    },
    /// The binary's size
    Size,
    /// From the containment of an agent to the last request let through
    Contain {
        /// Guards; without it, 1, 100 and 1000 in turn
        #[arg(long)]
        guards: Option<usize>,
    },
    /// How soon a guard that hears nothing refuses
    CutOff,
    /// Every row, one after the other
    All,
    /// Build a world and leave it there, for profiling by hand
    World {
        #[arg(long, default_value_t = 10_000)]
        agents: usize,
        /// Where it is left
        #[arg(long)]
        into: PathBuf,
    },
    /// A process of guards, for `contain`
    #[command(hide = true)]
    Guards,
    /// A process that holds a graph and nothing else, for `engine`
    #[command(hide = true)]
    Hold,
    /// A server that does nothing, to be compared with
    #[command(hide = true)]
    Bare { folder: PathBuf },
}

impl Settings {
    fn plan(&self) -> anyhow::Result<Plan> {
        let beside = std::env::current_exe()?.with_file_name("chancery");
        Ok(Plan {
            rounds: self.rounds.max(1),
            round: Duration::try_from_secs_f64(self.seconds).context("--seconds")?,
            warm_up: Duration::from_secs(1),
            connections: self.connections.max(1),
            clients: self.clients.max(1),
            server: self.server.clone().unwrap_or(beside),
            folder: self.folder.clone().unwrap_or_else(std::env::temp_dir),
            patience: Duration::from_secs(self.patience),
            profile: self.profile,
        })
    }
}

impl Cli {
    /// Runs the rows; false if an answer was wrong, or a gate was missed that was to be kept.
    pub fn run(self) -> anyhow::Result<bool> {
        let plan = self.settings.plan()?;
        let reports = self.row.run(&plan)?;
        for report in &reports {
            if self.settings.json { out::line(report.json())? } else { report.print()? }
        }
        let right = reports.iter().all(|report| report.wrong.is_empty());
        let kept = !self.settings.gate || reports.iter().all(Report::passes);
        Ok(right && kept)
    }
}

impl Row {
    /// Every row, the quick ones first.
    const ALL: [Self; 27] = [
        Self::Crypto,
        Self::Disk,
        Self::Size,
        Self::AuditAppend,
        Self::AuditDecision,
        Self::AuditVerify,
        Self::CcSecret,
        Self::CcEddsa,
        Self::CcAssertion,
        Self::ExchangeCached,
        Self::ExchangeCold,
        Self::Introspect,
        Self::SecretReveal,
        Self::SecretCheckout,
        Self::BcAuthorize,
        Self::PollPending,
        Self::LongPolls { waiting: 15_000 },
        Self::Engine { tuples: 10_000_000 },
        Self::Relations { tuples: 1_000_000, peer: None, key: None, pid: None },
        Self::Decide,
        Self::Watchers { people: 1_000 },
        Self::Contain { guards: None },
        Self::CutOff,
        Self::ColdStart,
        Self::Scale { agents: 100_000 },
        Self::Memory { agents: 1_000_000 },
        Self::AuditQuery { events: 10_000_000, keep: None },
    ];

    fn run(&self, plan: &Plan) -> anyhow::Result<Vec<Report>> {
        match self {
            Self::All => Self::ALL.iter().map(|row| row.one(plan)).collect(),
            Self::Guards => rows::guards::host().map(|()| Vec::new()),
            Self::Hold => rows::hold().map(|()| Vec::new()),
            Self::Bare { folder } => measure::serve_bare(folder).map(|()| Vec::new()),
            Self::World { agents, into } => rows::leave_world(plan, *agents, into).map(|()| Vec::new()),
            Self::Relations { tuples, peer: Some(url), key, pid } => {
                let peer = rows::Asks::Peer { url: url.clone(), key: key.clone(), pid: *pid };
                rows::beside(plan, *tuples, &peer)
            }
            row => row.one(plan).map(|report| vec![report]),
        }
    }

    fn one(&self, plan: &Plan) -> anyhow::Result<Report> {
        match self {
            Self::Crypto => rows::crypto(plan),
            Self::Disk => rows::disk(plan),
            Self::AuditAppend => rows::audit::append(plan),
            Self::AuditDecision => rows::audit::decision(plan),
            Self::AuditVerify => rows::audit::verify(plan),
            Self::AuditQuery { events, keep } => rows::audit::query(plan, *events, keep.as_deref()),
            Self::CcSecret => rows::cc_secret(plan),
            Self::CcEddsa => rows::cc_eddsa(plan),
            Self::CcAssertion => rows::cc_assertion(plan),
            Self::ExchangeCached => rows::exchange_cached(plan),
            Self::ExchangeCold => rows::exchange_cold(plan),
            Self::Introspect => rows::introspect(plan),
            Self::SecretReveal => rows::secret_reveal(plan),
            Self::SecretCheckout => rows::secret_checkout(plan),
            Self::BcAuthorize => rows::bc_authorize(plan),
            Self::PollPending => rows::poll_pending(plan),
            Self::LongPolls { waiting } => rows::long_polls(plan, *waiting),
            Self::Engine { tuples } => rows::engine(plan, *tuples),
            Self::Relations { tuples, .. } => rows::relations(plan, *tuples, &rows::Asks::Ours),
            Self::Turns { other, tuples } => rows::turns(plan, *tuples, other),
            Self::Decide => rows::decide(plan),
            Self::Watchers { people } => rows::watchers(plan, *people),
            Self::ColdStart => rows::cold_start(plan),
            Self::Memory { agents } => rows::memory(plan, *agents),
            Self::Scale { agents } => rows::scale(plan, *agents),
            Self::Size => rows::size(plan),
            Self::Contain { guards: None } => rows::guards::contain(plan, &[1, 100, 1_000]),
            Self::Contain { guards: Some(guards) } => rows::guards::contain(plan, &[*guards]),
            Self::CutOff => rows::guards::cut_off(plan),
            Self::All | Self::Guards | Self::Hold | Self::Bare { .. } | Self::World { .. } => {
                anyhow::bail!("no row of its own")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
