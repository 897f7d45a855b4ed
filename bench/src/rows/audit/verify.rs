//! `audit-verify`: how fast an export is verified, by somebody who has nothing but the file.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use anyhow::anyhow;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chancery_audit::checkpoint::{NoteSigner, SignFault, VerifierKey, origin};
use chancery_audit::{
    Actor, Checkpoint, Envelope, Event, ExportHeader, ExportWriter, Frontier, VerifyOptions, encode,
    leaf_hash, verify,
};
use chancery_kernel::Env;

use super::lines::Cast;
use crate::measure::{Raw, Spread, ThreadCpu, env, wait_for_quiet};
use crate::plan::Plan;
use crate::report::Report;

const ENTRIES: usize = 500_000;
/// A busy server signs once a second; this is a log of such seconds.
const BETWEEN_CHECKPOINTS: usize = 10_000;
const HOST: &str = "bench.example";

struct Pen {
    key: Ed25519KeyPair,
    public: [u8; 32],
}

impl Pen {
    fn new(env: &Env) -> anyhow::Result<Self> {
        let key = Ed25519KeyPair::from_seed_unchecked(&env.bytes::<32>()).map_err(|_| anyhow!("no key"))?;
        let public = key.public_key().as_ref().try_into()?;
        Ok(Self { key, public })
    }
}

impl NoteSigner for Pen {
    fn name(&self) -> &str {
        HOST
    }
    fn public_key(&self) -> [u8; 32] {
        self.public
    }
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        Ok(self.key.sign(message).as_ref().to_vec())
    }
}

/// One shape of lines, and how to make them.
struct Shape {
    figure: &'static str,
    make: fn(&Cast, &Env, usize) -> Event,
}

const SHAPES: [Shape; 3] = [
    Shape { figure: "entries of 300 bytes per CPU second", make: |cast, _, n| cast.change(n) },
    Shape { figure: "tools' decisions per CPU second", make: |cast, env, n| cast.tool_decision(env, n) },
    Shape { figure: "agents' decisions per CPU second", make: |cast, env, n| cast.decision(env, n) },
];

pub fn run(plan: &Plan) -> anyhow::Result<Report> {
    let about = format!("verifying an export of {ENTRIES} entries, {BETWEEN_CHECKPOINTS} to a checkpoint");
    let mut report = Report::new("audit-verify", about);
    let (env, folder, mut raw) = (env(), plan.scratch()?, Raw::new(plan)?);
    let (cast, pen) = (Cast::new(&env, 10_000), Pen::new(&env)?);
    for shape in SHAPES {
        let path = folder.path().join("export");
        let bytes = write(&path, &env, &cast, &pen, &shape)?;
        let (mut rates, mut bandwidths) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            wait_for_quiet(plan.patience)?;
            raw.look()?;
            let seconds = read(&path, &pen)?;
            rates.push(ENTRIES as f64 / seconds);
            bandwidths.push(bytes as f64 / 1e6 / seconds);
        }
        report.figure(shape.figure, "per s", Spread::of(rates));
        report.figure(
            format!("  the same by size ({} bytes a line)", bytes / ENTRIES),
            "MB per CPU s",
            Spread::of(bandwidths),
        );
    }
    raw.beside(&mut report);
    Ok(report)
}

/// Returns the bytes of all lines.
fn write(path: &Path, env: &Env, cast: &Cast, pen: &Pen, shape: &Shape) -> anyhow::Result<usize> {
    let key = VerifierKey::of(pen)?;
    let header = ExportHeader {
        origin: origin(HOST, cast.org),
        org: cast.org,
        keys: vec![key],
        exported_at: env.now(),
    };
    let out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut writer, mut tree, mut bytes) = (ExportWriter::begin(out, &header)?, Frontier::new(), 0);
    for n in 1..=ENTRIES {
        let line = line(env, cast, n, shape)?;
        let leaf = leaf_hash(&line);
        writer.entry(&leaf, &line)?;
        tree.append(leaf);
        bytes += line.len();
        if n.is_multiple_of(BETWEEN_CHECKPOINTS) {
            let origin = header.origin.clone();
            let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root(), at: env.now() };
            writer.checkpoint(&checkpoint.sign(&[pen])?)?;
        }
    }
    writer.finish()?;
    Ok(bytes)
}

fn line(env: &Env, cast: &Cast, n: usize, shape: &Shape) -> anyhow::Result<Vec<u8>> {
    let actor = cast.agent(n).map_or(Actor::System, Actor::Agent);
    let (seq, request) = (i64::try_from(n)?, Some(env.id()));
    let envelope = Envelope { seq, id: env.id(), at: env.now(), log: cast.org, actor, request };
    Ok(encode(&envelope, &(shape.make)(cast, env, n)))
}

/// Seconds of processor time; the file is in memory by now, as it would be streamed.
fn read(path: &Path, pen: &Pen) -> anyhow::Result<f64> {
    let (cpu, began) = (ThreadCpu::start()?, Instant::now());
    let options = VerifyOptions { trusted_key: Some(VerifierKey::of(pen)?), older_checkpoint: None };
    let found = verify(BufReader::with_capacity(1 << 18, File::open(path)?), options);
    let report = found.map_err(|finding| anyhow!("a good export was refused: {finding:?}"))?;
    anyhow::ensure!(usize::try_from(report.entries)? == ENTRIES, "{} entries were verified", report.entries);
    Ok(cpu.seconds()?.max(began.elapsed().as_secs_f64() * 0.01))
}
