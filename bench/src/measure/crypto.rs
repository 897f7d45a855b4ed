//! How fast the cryptography library is on this machine right now: operations per second of processor time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    ParsedPublicKey,
};

use super::ThreadCpu;

/// The size of a token's signing input.
const MESSAGE: [u8; 600] = [b'm'; 600];

/// Operations per second of processor time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Speeds {
    pub es256_sign: f64,
    pub es256_verify: f64,
    pub ed25519_sign: f64,
    pub ed25519_verify: f64,
    pub sha256: f64,
}

/// Keys and signatures, ready to be timed.
pub struct Crypto {
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    ec_public: ParsedPublicKey,
    ed_public: ParsedPublicKey,
    ec_signature: Vec<u8>,
    ed_signature: Vec<u8>,
}

impl Crypto {
    pub fn new() -> anyhow::Result<Self> {
        let failed = |_| anyhow!("no key");
        let rng = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).map_err(failed)?;
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref())
            .map_err(|_| anyhow!("no key"))?;
        let document = Ed25519KeyPair::generate_pkcs8v1(&rng).map_err(failed)?;
        let ed = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| anyhow!("no key"))?;
        let rejected = |_| anyhow!("no public key");
        Ok(Self {
            ec_public: ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, ec.public_key()).map_err(rejected)?,
            ed_public: ParsedPublicKey::new(&ED25519, ed.public_key()).map_err(rejected)?,
            ec_signature: ec.sign(&rng, &MESSAGE).map_err(failed)?.as_ref().to_vec(),
            ed_signature: ed.sign(&MESSAGE).as_ref().to_vec(),
            ec,
            ed,
        })
    }

    /// Times every operation for this long each.
    pub fn probe(&self, each: Duration) -> anyhow::Result<Speeds> {
        let rng = SystemRandom::new();
        let verifies = |key: &ParsedPublicKey, signature: &[u8]| key.verify_sig(&MESSAGE, signature).is_ok();
        Ok(Speeds {
            es256_sign: rate(each, || self.ec.sign(&rng, black_box(&MESSAGE)).is_ok())?,
            es256_verify: rate(each, || verifies(&self.ec_public, black_box(&self.ec_signature)))?,
            ed25519_sign: rate(each, || self.ed.try_sign(black_box(&MESSAGE)).is_ok())?,
            ed25519_verify: rate(each, || verifies(&self.ed_public, black_box(&self.ed_signature)))?,
            sha256: rate(each, || !digest(&SHA256, black_box(&MESSAGE)).as_ref().is_empty())?,
        })
    }
}

fn rate(long: Duration, operation: impl Fn() -> bool) -> anyhow::Result<f64> {
    let (began, cpu) = (Instant::now(), ThreadCpu::start()?);
    let mut done = 0u32;
    while began.elapsed() < long {
        for _ in 0..32 {
            anyhow::ensure!(operation(), "the cryptography library failed");
        }
        done += 32;
    }
    Ok(f64::from(done) / cpu.seconds()?.max(1e-9))
}
