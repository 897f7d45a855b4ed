//! How things are named: types, relations, objects and users, with OpenFGA's rules for each.

const LONGEST_TYPE: usize = 254;
const LONGEST_NAME: usize = 50;
const LONGEST_OBJECT: usize = 256;
/// Of one that is asked about. Those that are stored are counted in bytes, before anything else is looked at.
const LONGEST_USER: usize = 512;
const LONGEST_CONDITION_OF_TUPLE: usize = 256;

/// `type:id`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object<'a> {
    pub type_name: &'a str,
    pub id: &'a str,
}

/// Whom a tuple names or a question is about, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum User<'a> {
    /// `user:anne`
    Object(Object<'a>),
    /// `user:*`, with the name of the type.
    Wildcard(&'a str),
    /// `group:eng#member`
    Userset(Object<'a>, &'a str),
}

impl<'a> Object<'a> {
    /// An object with an id; the id may be `*`, which only users may have.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (type_name, id) = text.split_once(':')?;
        let well_formed = is_word(type_name, |c| c == '#') && is_word(id, |c| c == ':' || c == '#');
        well_formed.then_some(Self { type_name, id })
    }

    pub fn is_wildcard(&self) -> bool {
        self.id == "*"
    }
}

impl<'a> User<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST_USER && text.chars().count() > LONGEST_USER {
            return None;
        }
        let Some((object, relation)) = text.split_once('#') else {
            let object = Object::parse(text)?;
            return Some(if object.is_wildcard() {
                Self::Wildcard(object.type_name)
            } else {
                Self::Object(object)
            });
        };
        let object = Object::parse(object)?;
        let well_formed = !object.id.contains('*') && is_word(relation, |c| matches!(c, ':' | '#' | '*'));
        well_formed.then_some(Self::Userset(object, relation))
    }

    /// The type of the object that the user is, or whose relation it is.
    pub fn type_name(&self) -> &'a str {
        match self {
            Self::Object(object) | Self::Userset(object, _) => object.type_name,
            Self::Wildcard(type_name) => type_name,
        }
    }
}

/// May a model call a type this?
pub fn is_type(name: &str) -> bool {
    is_name(name, LONGEST_TYPE)
}

/// May a model call a relation this? Conditions, their parameters and modules follow the same rule.
pub fn is_relation(name: &str) -> bool {
    is_name(name, LONGEST_NAME)
}

/// May a tuple name a condition like this? Models may use shorter and longer names, which no tuple can then use.
pub fn is_condition_of_tuple(name: &str) -> bool {
    let length = name.chars().count();
    (2..=LONGEST_CONDITION_OF_TUPLE).contains(&length) && !name.chars().any(char::is_whitespace)
}

/// Is it an id without a type? No tuple of ours has such a user, but who deletes one is not told off for its spelling.
pub fn is_user_id(text: &str) -> bool {
    is_word(text, |c| c == ':' || c == '#')
}

/// Is the object short enough to be stored?
pub fn is_storable_object(object: &str) -> bool {
    (2..=LONGEST_OBJECT).contains(&object.chars().count())
}

fn is_name(name: &str, longest: usize) -> bool {
    name.chars().count() <= longest && is_word(name, |c| matches!(c, ':' | '#' | '@'))
}

/// Something, without the space, control characters, or what is `banned` besides.
fn is_word(text: &str, banned: impl Fn(char) -> bool) -> bool {
    let parts = |c: char| c == ' ' || c.is_control() || banned(c);
    // As nearly all are: a letter is a byte.
    let parted =
        if text.is_ascii() { text.bytes().map(char::from).any(parts) } else { text.chars().any(parts) };
    !text.is_empty() && !parted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_objects_wildcards_or_usersets() {
        let anne = Object { type_name: "user", id: "anne" };
        assert_eq!(User::parse("user:anne"), Some(User::Object(anne)));
        assert_eq!(User::parse("user:*"), Some(User::Wildcard("user")));
        assert_eq!(User::parse("user:anne#member"), Some(User::Userset(anne, "member")));
        for bad in [
            "anne",
            "*",
            "user:",
            ":anne",
            "user:a:b",
            "user:a b",
            "user:*#m",
            "user:a*#m",
            "user:a#m*",
            "user:a#",
            "u:a#b#c",
            "a:b\u{0}",
        ] {
            assert_eq!(User::parse(bad), None, "{bad:?}");
        }
        assert_eq!(User::parse(&format!("user:{}", "ä".repeat(508))), None, "513 characters");
        assert!(User::parse("user:a\u{a0}b").is_some(), "only the space of ASCII parts words");
    }

    #[test]
    fn names_have_their_lengths_and_no_signs_that_tuples_use() {
        assert!(is_type(&"t".repeat(254)) && !is_type(&"t".repeat(255)));
        assert!(is_relation(&"ä".repeat(50)) && !is_relation(&"r".repeat(51)));
        for bad in ["", "a b", "a:b", "a#b", "a@b", "a\nb"] {
            assert!(!is_type(bad) && !is_relation(bad), "{bad:?}");
        }
        assert!(is_condition_of_tuple("cc") && !is_condition_of_tuple("c"));
        assert!(is_storable_object(&"o".repeat(256)) && !is_storable_object(&"o".repeat(257)));
    }
}
