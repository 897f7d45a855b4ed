//! `audit-verify`: how fast an export is verified, by somebody who has nothing but the file.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, BufWriter};
use std::path::Path;
use std::time::Instant;

use anyhow::anyhow;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chancery_audit::checkpoint::{NoteSigner, SignFault, VerifierKey, origin};
use chancery_audit::merkle::node_hash;
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
/// Entries that are hashed to see how fast hashing alone is.
const HASHED: usize = 200_000;
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
    let helpers = std::thread::available_parallelism().map_or(0, |processors| processors.get() - 1);
    for shape in SHAPES {
        let path = folder.path().join("export");
        let bytes = write(&path, &env, &cast, &pen, &shape)? / ENTRIES;
        let (mut rates, mut walls, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            wait_for_quiet(plan.patience)?;
            raw.look()?;
            rates.push(ENTRIES as f64 / read(&path, &pen, 0)?.cpu);
            walls.push(ENTRIES as f64 / read(&path, &pen, helpers)?.wall);
            hashes.push(hashes_alone(bytes)?);
        }
        report.figure(shape.figure, "per s", Spread::of(rates));
        let threads = format!("  the same by the clock, {} threads", helpers + 1);
        report.figure(threads, "per s", Spread::of(walls));
        report.raw(format!("a leaf of {bytes} bytes and a node hashed"), "per CPU s", Spread::of(hashes));
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

struct Took {
    /// Seconds of the calling thread's processor time.
    cpu: f64,
    wall: f64,
}

/// The file is in memory by now, as it would be streamed.
fn read(path: &Path, pen: &Pen, helpers: usize) -> anyhow::Result<Took> {
    let (cpu, began) = (ThreadCpu::start()?, Instant::now());
    let options =
        VerifyOptions { trusted_key: Some(VerifierKey::of(pen)?), helpers, ..VerifyOptions::default() };
    let found = verify(BufReader::with_capacity(1 << 18, File::open(path)?), options);
    let report = found.map_err(|finding| anyhow!("a good export was refused: {finding:?}"))?;
    anyhow::ensure!(usize::try_from(report.entries)? == ENTRIES, "{} entries were verified", report.entries);
    let wall = began.elapsed().as_secs_f64();
    Ok(Took { cpu: cpu.seconds()?.max(wall * 0.01), wall })
}

/// What the tree asks of the hash function for one entry, and nothing else.
fn hashes_alone(bytes: usize) -> anyhow::Result<f64> {
    let (line, cpu) = (vec![b'x'; bytes], ThreadCpu::start()?);
    let mut hash = [0; 32];
    for _ in 0..HASHED {
        let leaf = leaf_hash(black_box(&line));
        hash = node_hash(&leaf, black_box(&hash));
    }
    anyhow::ensure!(hash != [0; 32], "nothing was hashed");
    Ok(HASHED as f64 / cpu.seconds()?.max(1e-9))
}
