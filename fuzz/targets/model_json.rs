//! Models and tuples in JSON: whatever the document, no panic; what is read is written and read again as it was.

#![no_main]

use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::tuple::Tuple;
use chancery_rebac::{dsl, validate, write_rules};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let tuple = Tuple::from_json(&value);
    if let Ok(tuple) = &tuple {
        assert_eq!(Tuple::from_json(&tuple.to_json()).as_ref(), Ok(tuple));
    }
    let Ok(model) = AuthorizationModel::from_json(&value) else { return };
    assert_eq!(AuthorizationModel::from_json(&model.to_json()).as_ref(), Ok(&model));
    let _ = dsl::print(&model);
    let _ = validate::check(&model);
    if let Ok(tuple) = tuple {
        let _ = write_rules::check(&model, &tuple);
    }
});
