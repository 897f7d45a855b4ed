//! Event catalogue, canonical encoding, Merkle log, checkpoints, offline verification.
