//! All key material at rest: master key, seals, signing keys and their rotation.
