//! What nodes tell each other by notification: in which logs hot facts changed, and up to where.
//!
//! Whoever may connect to the database can send notifications and hear them, whatever rights the role has. So a hint holds
//! no fact, only where to look; a forged one costs a look.

use chancery_kernel::OrgId;

/// More logs than these are not named: PostgreSQL takes less than 8,000 bytes.
const MOST: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The node that tells.
    pub from: u64,
    /// None named: look at all.
    pub logs: Vec<(OrgId, i64)>,
}

impl Hint {
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{:016x}", self.from);
        if self.logs.len() <= MOST {
            for (log, hot) in &self.logs {
                text.push_str(&format!(" {log} {hot}"));
            }
        }
        text
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let from = u64::from_str_radix(words.next()?, 16).ok()?;
        let mut logs = Vec::new();
        while let Some(log) = words.next() {
            logs.push((log.parse().ok()?, words.next()?.parse().ok()?));
        }
        Some(Self { from, logs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Id;
    use chancery_kernel::id::Uuid;

    fn naming(many: u128) -> Hint {
        let log = |n| OrgId::from_uuid(Uuid::from_u128(n));
        Hint { from: u64::MAX - 7, logs: (0..many).map(|n| (log(n), i64::MAX)).collect() }
    }

    #[test]
    fn a_hint_reads_back_as_it_was_and_fits_into_a_notification() {
        for many in [0, 1, MOST as u128] {
            let text = naming(many).text();
            assert!(text.len() < 8_000, "{}", text.len());
            assert_eq!(Hint::parse(&text), Some(naming(many)));
        }
        let too_many = Hint { from: 0, ..naming(MOST as u128 + 1) };
        assert_eq!(Hint::parse(&too_many.text()), Some(Hint { from: 0, logs: Vec::new() }));
    }

    #[test]
    fn what_nobody_of_us_sends_is_no_hint() {
        let whole = naming(2).text();
        for text in ["", "x", " ", &whole[..whole.len() - 20], &format!("{whole} "), &format!("{whole} x y")]
        {
            assert_eq!(Hint::parse(text), None, "{text}");
        }
    }
}
