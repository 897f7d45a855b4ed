//! Models as text: whatever the text, no panic and no endless loop; what is read prints, reads again as it was, and survives
//! JSON. Modules and their manifest: `model_modules`.

#![no_main]

use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::{dsl, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let Ok(model) = dsl::parse(data) else { return };
    let printed = dsl::print(&model).expect("what can be written can be printed");
    assert_eq!(dsl::parse(&printed).as_ref(), Ok(&model), "{printed}");
    // JSON has more rules: a model holds a type, and names are only so long.
    if let Ok(read) = AuthorizationModel::from_json(&model.to_json()) {
        assert_eq!(read, model);
    }
    let _ = validate::check(&model);
});
