//! What a stranger typed where a name belongs: nobody knows it, so it may be anything, also a secret in the wrong
//! place. Enough of it goes into the log to recognize a typo.

use chancery_audit::Text;

const SHOWN: usize = 4;

/// A name that somebody has, whole; of any other text its beginning.
pub(crate) fn shown(typed: &str, known: bool) -> Text {
    if known || typed.chars().count() <= SHOWN {
        return Text::new(typed);
    }
    let beginning: String = typed.chars().take(SHOWN).collect();
    Text::new(&format!("{beginning}…"))
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_password_in_the_place_of_a_login_is_not_written_down() {
        assert_eq!(shown("correct horse battery staple", false).as_str(), "corr…");
        assert_eq!(shown("alice@corp.example", true).as_str(), "alice@corp.example");
        assert_eq!(shown("bob", false).as_str(), "bob");
    }
}
