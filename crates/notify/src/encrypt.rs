//! Messages that only one browser reads: RFC 8291 over the `aes128gcm` coding of RFC 8188.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hmac;

/// What a browser gave us: its public point and the secret it shares with us (RFC 8291 §2).
#[derive(Clone)]
pub struct Keys {
    pub p256dh: Vec<u8>,
    pub auth: Vec<u8>,
}

/// Uncompressed points of P-256, and the shared secret.
pub(crate) const POINT: usize = 65;
pub(crate) const AUTH: usize = 16;
const SALT: usize = 16;
/// RFC 8291 §4: one record of 4096 octets, of which tag and padding delimiter take 17 and the header 86.
const RECORD: u32 = 4_096;
pub(crate) const LONGEST: usize = 3_993;

/// Encrypts for this browser, under a key and a salt made for this message.
pub fn seal(keys: &Keys, salt: [u8; SALT], plain: &[u8]) -> Option<Vec<u8>> {
    seal_with(&PrivateKey::generate(&ECDH_P256).ok()?, keys, salt, plain)
}

fn seal_with(own: &PrivateKey, keys: &Keys, salt: [u8; SALT], plain: &[u8]) -> Option<Vec<u8>> {
    if plain.len() > LONGEST || keys.p256dh.len() != POINT || keys.auth.len() != AUTH {
        return None;
    }
    let public = own.compute_public_key().ok()?;
    let (key, nonce) = derive(own, &keys.p256dh, keys, public.as_ref(), &salt)?;
    // One record, the last: its delimiter is 2 (RFC 8188 §2).
    let mut body = [plain, &[2]].concat();
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut body).ok()?;
    let mut out = salt.to_vec();
    out.extend_from_slice(&RECORD.to_be_bytes());
    out.push(u8::try_from(POINT).ok()?);
    out.extend_from_slice(public.as_ref());
    out.extend_from_slice(&body);
    Some(out)
}

/// RFC 8291 §3.4: `theirs` is the other side's point; the browser's stands first in the key info, whoever computes.
fn derive(
    own: &PrivateKey,
    theirs: &[u8],
    keys: &Keys,
    sender: &[u8],
    salt: &[u8],
) -> Option<(LessSafeKey, Nonce)> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
    let shared = agree(own, theirs, (), |secret| Ok(hash(&keys.auth, &[secret]))).ok()?;
    let ikm = hash(shared.as_ref(), &[b"WebPush: info\0", &keys.p256dh, sender, &[1]]);
    let prk = hash(salt, &[ikm.as_ref()]);
    let key = hash(prk.as_ref(), &[b"Content-Encoding: aes128gcm\0", &[1]]);
    let nonce = hash(prk.as_ref(), &[b"Content-Encoding: nonce\0", &[1]]);
    let key = UnboundKey::new(&AES_128_GCM, key.as_ref().get(..16)?).ok()?;
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_ref().get(..NONCE_LEN)?).ok()?;
    Some((LessSafeKey::new(key), nonce))
}

/// One step of HKDF with SHA-256 (RFC 5869): both of its halves are an HMAC where no more than 32 bytes are wanted.
fn hash(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    parts.iter().for_each(|part| context.update(part));
    context.sign()
}

/// The browser's half: reads a message. `private` is the browser's private key.
pub fn open_for_tests(private: &[u8], keys: &Keys, message: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = message.split_at_checked(SALT)?;
    let sender = rest.get(5..5 + POINT)?;
    let mut body = rest.get(5 + POINT..)?.to_vec();
    let own = PrivateKey::from_private_key(&ECDH_P256, private).ok()?;
    let (key, nonce) = derive(&own, sender, keys, sender, salt)?;
    let plain = key.open_in_place(nonce, Aad::empty(), &mut body).ok()?;
    plain.strip_suffix(&[2]).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use chancery_jose::{b64, unb64};

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        unb64(text).unwrap()
    }

    /// RFC 8291 appendix A.
    fn published() -> (PrivateKey, Keys, [u8; 16]) {
        let own =
            PrivateKey::from_private_key(&ECDH_P256, &bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"));
        let keys = Keys {
            p256dh: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        };
        (own.unwrap(), keys, bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap())
    }

    #[test]
    fn the_published_example_comes_out_byte_for_byte() {
        let (own, keys, salt) = published();
        let sealed = seal_with(&own, &keys, salt, b"When I grow up, I want to be a watermelon").unwrap();
        assert_eq!(
            b64(&sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        let private = bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
        assert_eq!(
            open_for_tests(&private, &keys, &sealed).unwrap(),
            b"When I grow up, I want to be a watermelon"
        );
    }

    #[test]
    fn what_is_no_key_or_too_long_is_not_sealed() {
        let (_, keys, salt) = published();
        assert!(seal(&keys, salt, &[0; LONGEST]).is_some() && seal(&keys, salt, &[0; LONGEST + 1]).is_none());
        let wrong = Keys { p256dh: vec![4; POINT], ..keys.clone() };
        assert!(seal(&wrong, salt, b"x").is_none(), "no point of the curve");
        assert!(seal(&Keys { auth: vec![0; 15], ..keys }, salt, b"x").is_none());
    }
}
