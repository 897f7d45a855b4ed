//! Passwords of the people in the stories: made anew at every start, so that none stands in the source.

use anyhow::anyhow;
use aws_lc_rs::rand;
use chancery_client::Secret;

/// Letters and digits that are not mistaken for one another when somebody types them off a terminal.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A password of 100 bits, in groups of four.
pub(crate) fn password() -> anyhow::Result<Secret> {
    let groups = (0..5).map(|_| letters(4)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Secret::from(groups.join("-")))
}

/// A name that nobody can guess.
pub(crate) fn word() -> anyhow::Result<String> {
    letters(16)
}

fn letters(count: usize) -> anyhow::Result<String> {
    let mut bytes = vec![0_u8; count];
    rand::fill(&mut bytes)
        .map_err(|_| anyhow!("the system gives no randomness: try again on another machine"))?;
    Ok(bytes.iter().filter_map(|byte| LETTERS.get(usize::from(byte % 32))).copied().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_passwords_are_the_same_and_all_can_be_typed() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), 24);
        assert!(one.expose().bytes().all(|b| b == b'-' || LETTERS.contains(&b)), "{}", one.expose());
    }
}
