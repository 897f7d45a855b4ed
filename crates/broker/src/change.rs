//! Which fields a change touches, as its event names them, and what they were and are.

use chancery_audit::Text;
use serde::Serialize;

#[derive(Debug, Default)]
pub(crate) struct Changes {
    names: Vec<Text>,
    values: Vec<Text>,
}

impl Changes {
    /// Puts the new value where there is one and it is another.
    pub fn tell<T: PartialEq + Serialize>(&mut self, field: &'static str, slot: &mut T, new: Option<T>) {
        let Some(new) = new.filter(|new| new != slot) else { return };
        self.names.push(Text::word(field));
        for (sign, value) in [("-", &*slot), ("+", &new)] {
            match serde_json::to_value(value).unwrap_or_default() {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) => {
                    self.values.push(Text::new(&format!("{field} {sign} {text}")))
                }
                other => self.values.push(Text::new(&format!("{field} {sign} {other}"))),
            }
        }
        *slot = new;
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn names(&self) -> Vec<Text> {
        self.names.clone()
    }

    pub fn values(&self) -> Option<Vec<Text>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}
