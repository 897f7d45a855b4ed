//! JWE, compact (RFC 7516): encrypting to a public key that somebody presents. `ECDH-ES` on P-256 (RFC 7518 §4.6)
//! and `RSA-OAEP-256` (RFC 7518 §4.3), each with `A256GCM`. There is no decryption here: nobody sends us anything so.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::jwk::Kind;
use crate::public::check_rsa;
use crate::{Jwk, KeyError, b64, sha256, unb64};

const ENC: &str = "A256GCM";

/// Encrypts for whoever holds the private key. The content type, such as `json`, goes into the header.
pub fn encrypt(to: &Jwk, content_type: &str, plain: &[u8]) -> Result<String, KeyError> {
    if !for_encryption(to) {
        return Err(KeyError::NotForEncryption);
    }
    let mut header = json!({ "enc": ENC, "cty": content_type });
    if let (Some(members), Some(kid)) = (header.as_object_mut(), &to.kid) {
        members.insert("kid".into(), Value::String(kid.clone()));
    }
    let (key, wrapped) = match (&to.kind, to.alg.as_deref()) {
        (Kind::Ec { crv, x, y }, None | Some("ECDH-ES")) if crv == "P-256" => {
            (agreed(&mut header, &point(x, y)?)?, Vec::new())
        }
        (Kind::Rsa { n, e }, None | Some("RSA-OAEP-256")) => transported(&mut header, n, e)?,
        _ => return Err(KeyError::Unsupported),
    };
    sealed(&header, &key, &wrapped, plain)
}

/// RFC 7517 §4.2 and §4.3.
fn for_encryption(jwk: &Jwk) -> bool {
    let wanted = ["encrypt", "wrapKey", "deriveKey", "deriveBits"];
    jwk.usage.as_deref().is_none_or(|usage| usage == "enc")
        && jwk.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| wanted.contains(&op.as_str())))
}

fn point(x: &str, y: &str) -> Result<Vec<u8>, KeyError> {
    let full = |text: &str| unb64(text).ok().filter(|bytes| bytes.len() == 32).ok_or(KeyError::Invalid);
    Ok([&[4], full(x)?.as_slice(), full(y)?.as_slice()].concat())
}

type Key = Zeroizing<Vec<u8>>;

/// ECDH-ES: a key of this message alone, agreed with a key that is forgotten at once.
fn agreed(header: &mut Value, peer: &[u8]) -> Result<Key, KeyError> {
    let own =
        EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(|_| KeyError::Invalid)?;
    let public = own.compute_public_key().map_err(|_| KeyError::Invalid)?;
    // After the mark of an uncompressed point, the two coordinates.
    let (x, y) = public.as_ref().get(1..).and_then(|xy| xy.split_at_checked(32)).ok_or(KeyError::Invalid)?;
    if let Some(members) = header.as_object_mut() {
        members.insert("alg".into(), json!("ECDH-ES"));
        members.insert("epk".into(), json!({ "kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y) }));
    }
    let peer = UnparsedPublicKey::new(&ECDH_P256, peer);
    // The library refuses points off the curve.
    agree_ephemeral(own, peer, KeyError::Invalid, |secret| Ok(Zeroizing::new(derived(secret).to_vec())))
}

/// Concat KDF (NIST SP 800-56A §5.8.1 as in RFC 7518 §4.6.2), one round: 256 bits for A256GCM, no party information.
fn derived(secret: &[u8]) -> [u8; 32] {
    let mut input = Zeroizing::new(1u32.to_be_bytes().to_vec());
    input.extend_from_slice(secret);
    input.extend_from_slice(&(ENC.len() as u32).to_be_bytes());
    input.extend_from_slice(ENC.as_bytes());
    for empty_party in [0u32, 0] {
        input.extend_from_slice(&empty_party.to_be_bytes());
    }
    input.extend_from_slice(&256u32.to_be_bytes());
    sha256(&input)
}

/// RSA-OAEP-256: a random key, encrypted to theirs.
fn transported(header: &mut Value, n: &str, e: &str) -> Result<(Key, Vec<u8>), KeyError> {
    let (n, e) = (unb64(n).map_err(|_| KeyError::Invalid)?, unb64(e).map_err(|_| KeyError::Invalid)?);
    check_rsa(&n, &e)?;
    let public = PublicEncryptingKey::from_der(&spki(&n, &e)).map_err(|_| KeyError::Invalid)?;
    let public = OaepPublicEncryptingKey::new(public).map_err(|_| KeyError::Invalid)?;
    let mut key = Zeroizing::new(vec![0; 32]);
    fill(&mut key).map_err(|_| KeyError::Invalid)?;
    let mut wrapped = vec![0; public.ciphertext_size()];
    let length = public
        .encrypt(&OAEP_SHA256_MGF1SHA256, &key, &mut wrapped, None)
        .map_err(|_| KeyError::Invalid)?
        .len();
    wrapped.truncate(length);
    if let Some(members) = header.as_object_mut() {
        members.insert("alg".into(), json!("RSA-OAEP-256"));
    }
    Ok((key, wrapped))
}

/// The key as SubjectPublicKeyInfo (RFC 8017 appendix A.1.1): the only form the library takes for encryption.
fn spki(n: &[u8], e: &[u8]) -> Vec<u8> {
    // rsaEncryption with NULL parameters.
    const ALGORITHM: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let key = der(0x30, &[integer(n), integer(e)].concat());
    let bits = der(0x03, &[&[0], key.as_slice()].concat());
    der(0x30, &[ALGORITHM.as_slice(), bits.as_slice()].concat())
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    // A leading one would make it negative.
    let sign: &[u8] = if bytes.first().is_some_and(|top| top & 0x80 != 0) { &[0] } else { &[] };
    der(0x02, &[sign, bytes].concat())
}

fn der(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut out = vec![tag];
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let used: Vec<u8> = bytes.into_iter().skip_while(|byte| *byte == 0).collect();
        out.push(0x80 | used.len() as u8);
        out.extend_from_slice(&used);
    }
    out.extend_from_slice(body);
    out
}

fn sealed(header: &Value, key: &[u8], wrapped: &[u8], plain: &[u8]) -> Result<String, KeyError> {
    let protected = b64(header.to_string().as_bytes());
    let mut nonce = [0; NONCE_LEN];
    fill(&mut nonce).map_err(|_| KeyError::Invalid)?;
    let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| KeyError::Invalid)?;
    let mut body = plain.to_vec();
    let tag = LessSafeKey::new(key)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(protected.as_bytes()),
            &mut body,
        )
        .map_err(|_| KeyError::Invalid)?;
    Ok([protected, b64(wrapped), b64(&nonce), b64(&body), b64(tag.as_ref())].join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};

    fn parts(jwe: &str) -> Vec<Vec<u8>> {
        jwe.split('.').map(|part| unb64(part).unwrap()).collect()
    }

    fn open(jwe: &str, key: &[u8]) -> Vec<u8> {
        let protected = jwe.split('.').next().unwrap();
        let parts = parts(jwe);
        let nonce = Nonce::try_assume_unique_for_key(&parts[2]).unwrap();
        let mut body = [parts[3].clone(), parts[4].clone()].concat();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
        key.open_in_place(nonce, Aad::from(protected.as_bytes()), &mut body).unwrap().to_vec()
    }

    /// RFC 7518 appendix C has A128GCM with party information; this is the same derivation, of its shared secret.
    #[test]
    fn the_derivation_is_one_round_over_the_algorithm_and_its_length() {
        let z = [7; 32];
        let mut by_hand = vec![0, 0, 0, 1];
        by_hand.extend_from_slice(&z);
        by_hand.extend_from_slice(b"\0\0\0\x07A256GCM\0\0\0\0\0\0\0\0\0\0\x01\0");
        assert_eq!(derived(&z), sha256(&by_hand));
    }

    #[test]
    fn what_is_encrypted_on_a_curve_is_opened_by_its_key_alone() {
        let own = aws_lc_rs::agreement::PrivateKey::generate(&ECDH_P256).unwrap();
        let public = own.compute_public_key().unwrap();
        let at = public.as_ref();
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": b64(&at[1..33]), "y": b64(&at[33..]), "kid": "k"});
        let jwk: Jwk = serde_json::from_value(jwk).unwrap();
        let jwe = encrypt(&jwk, "json", b"{\"key\":\"hunter2\"}").unwrap();
        let header: Value = serde_json::from_slice(&parts(&jwe)[0]).unwrap();
        let told = ["alg", "enc", "kid"].map(|name| header[name].as_str().unwrap());
        assert_eq!(told, ["ECDH-ES", "A256GCM", "k"]);
        let epk = |name: &str| unb64(header["epk"][name].as_str().unwrap()).unwrap();
        let peer = UnparsedPublicKey::new(&ECDH_P256, [vec![4], epk("x"), epk("y")].concat());
        let key = aws_lc_rs::agreement::agree(&own, &peer, KeyError::Invalid, |z| Ok(derived(z)));
        assert_eq!(open(&jwe, &key.unwrap()), b"{\"key\":\"hunter2\"}");
    }

    #[test]
    fn what_is_encrypted_to_an_rsa_key_is_opened_by_it() {
        let own = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = own.public_key();
        let der = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(&public).unwrap();
        // Modulus and exponent, by the lengths that a key of 2048 bits has.
        let at = der.as_ref();
        let (n, e) = (&at[33..289], &at[291..]);
        let jwk: Jwk =
            serde_json::from_value(json!({"kty": "RSA", "n": b64(n), "e": b64(e), "alg": "RSA-OAEP-256"}))
                .unwrap();
        let jwe = encrypt(&jwk, "json", b"hunter2").unwrap();
        let private = OaepPrivateDecryptingKey::new(own).unwrap();
        let mut key = vec![0; private.min_output_size()];
        let key = private.decrypt(&OAEP_SHA256_MGF1SHA256, &parts(&jwe)[1], &mut key, None).unwrap();
        assert_eq!(open(&jwe, key), b"hunter2");
    }

    #[test]
    fn keys_for_signatures_and_of_other_kinds_are_refused() {
        let x = b64(&[9; 32]);
        let curve = |more: Value| {
            let mut jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": x});
            jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            jwk
        };
        for (jwk, why) in [
            (curve(json!({"use": "sig"})), KeyError::NotForEncryption),
            (curve(json!({"key_ops": ["verify"]})), KeyError::NotForEncryption),
            (curve(json!({"alg": "ECDH-ES+A256KW"})), KeyError::Unsupported),
            (curve(json!({})), KeyError::Invalid),
            (json!({"kty": "OKP", "crv": "Ed25519", "x": x}), KeyError::Unsupported),
            (json!({"kty": "RSA", "n": b64(&[0xff; 128]), "e": "AQAB"}), KeyError::Weak),
        ] {
            let jwk: Jwk = serde_json::from_value(jwk).unwrap();
            assert_eq!(encrypt(&jwk, "json", b"hunter2"), Err(why), "{jwk:?}");
        }
    }
}
