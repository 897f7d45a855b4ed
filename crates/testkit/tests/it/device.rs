//! An authenticator in software: makes passkeys and signs with them as devices do (WebAuthn §6), or as a thief's would.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};

pub enum Key {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(RsaKeyPair),
}

/// What the flags and the client data will say; a test that lies changes them.
pub struct Device {
    pub key: Key,
    pub id: Vec<u8>,
    pub rp_id: String,
    pub origin: String,
    pub flags: u8,
    pub counter: u32,
    pub cross_origin: bool,
}

/// What a browser hands over when a passkey is made, and when it is used.
pub struct Made {
    pub client_data: Vec<u8>,
    pub attestation: Vec<u8>,
}

pub struct Signed {
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

/// User present, user verified.
pub const HERE: u8 = 0x05;
const ATTESTED: u8 = 0x40;

impl Device {
    pub fn es256(rp_id: &str, origin: &str) -> Self {
        Self::of(Key::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()), rp_id, origin)
    }

    pub fn ed_dsa(rp_id: &str, origin: &str) -> Self {
        Self::of(Key::EdDsa(Ed25519KeyPair::generate().unwrap()), rp_id, origin)
    }

    pub fn rs256(rp_id: &str, origin: &str) -> Self {
        Self::of(Key::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()), rp_id, origin)
    }

    fn of(key: Key, rp_id: &str, origin: &str) -> Self {
        let mut id = vec![0; 16];
        aws_lc_rs::rand::fill(&mut id).unwrap();
        let (rp_id, origin) = (rp_id.to_owned(), origin.to_owned());
        Self { key, id, rp_id, origin, flags: HERE, counter: 0, cross_origin: false }
    }

    fn client_data(&self, ceremony: &str, challenge: &str) -> Vec<u8> {
        let (origin, cross) = (&self.origin, self.cross_origin);
        format!(
            r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}","crossOrigin":{cross},"other_keys_can_be_added_here":"do not compare clientDataJSON against a template"}}"#
        )
        .into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }

    /// COSE, in the canonical order of its labels.
    pub fn public(&self) -> Vec<u8> {
        match &self.key {
            Key::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let mut out = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
                out.extend(bytes(&point[1..33]));
                out.push(0x22);
                out.extend(bytes(&point[33..65]));
                out
            }
            Key::EdDsa(pair) => {
                let mut out = vec![0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21];
                out.extend(bytes(pair.public_key().as_ref()));
                out
            }
            Key::Rs256(pair) => {
                // RSAPublicKey of 2048 bits: the modulus after nine bytes of headings, the exponent at the end.
                let der = pair.public_key().as_ref();
                let mut out = vec![0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20];
                out.extend(bytes(&der[9..265]));
                out.push(0x21);
                out.extend(bytes(&der[der.len() - 3..]));
                out
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Rs256(pair) => {
                let mut out = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut out).unwrap();
                out
            }
        }
    }

    fn attested(&self) -> Vec<u8> {
        let mut data = self.data(self.flags | ATTESTED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend_from_slice(&self.id);
        data.extend(self.public());
        data
    }

    /// Without attestation. `challenge` in base64url.
    pub fn make(&self, challenge: &str) -> Made {
        let mut attestation = vec![0xa3];
        attestation.extend(text("fmt"));
        attestation.extend(text("none"));
        attestation.extend(text("attStmt"));
        attestation.push(0xa0);
        attestation.extend(text("authData"));
        attestation.extend(bytes(&self.attested()));
        Made { client_data: self.client_data("webauthn.create", challenge), attestation }
    }

    /// Signed by the new key itself, under this algorithm.
    pub fn make_self_attested(&self, challenge: &str, algorithm: &[u8]) -> Made {
        let client_data = self.client_data("webauthn.create", challenge);
        let data = self.attested();
        let signature = self.sign(&[&data, digest(&SHA256, &client_data).as_ref()].concat());
        let mut attestation = vec![0xa3];
        attestation.extend(text("fmt"));
        attestation.extend(text("packed"));
        attestation.extend(text("attStmt"));
        attestation.push(0xa2);
        attestation.extend(text("alg"));
        attestation.extend(algorithm);
        attestation.extend(text("sig"));
        attestation.extend(bytes(&signature));
        attestation.extend(text("authData"));
        attestation.extend(bytes(&data));
        Made { client_data, attestation }
    }

    pub fn sign_in(&self, challenge: &str) -> Signed {
        let client_data = self.client_data("webauthn.get", challenge);
        let authenticator_data = self.data(self.flags);
        let hash = digest(&SHA256, &client_data);
        let signature = self.sign(&[&authenticator_data, hash.as_ref()].concat());
        Signed { client_data, authenticator_data, signature }
    }
}

fn head(major: u8, length: usize) -> Vec<u8> {
    match length {
        0..=23 => vec![major | u8::try_from(length).unwrap()],
        24..=255 => vec![major | 24, u8::try_from(length).unwrap()],
        _ => [&[major | 25][..], &u16::try_from(length).unwrap().to_be_bytes()].concat(),
    }
}

fn bytes(of: &[u8]) -> Vec<u8> {
    [head(0x40, of.len()), of.to_vec()].concat()
}

fn text(of: &str) -> Vec<u8> {
    [head(0x60, of.len()), of.as_bytes().to_vec()].concat()
}
