//! Models as text: whatever the text, no panic and no endless loop; what is read prints, reads again as it was, and survives
//! JSON.

#![no_main]

use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::{dsl, validate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let _ = dsl::read_manifest(data);
    if let Ok(module) = dsl::parse_module(dsl::File { name: "a.fga", text: data }) {
        let _ = dsl::compose(chancery_rebac::model::Schema::V1_2, vec![module]);
    }
    let Ok(model) = dsl::parse(data) else { return };
    let printed = dsl::print(&model).expect("what can be written can be printed");
    assert_eq!(dsl::parse(&printed).as_ref(), Ok(&model), "{printed}");
    assert_eq!(AuthorizationModel::from_json(&model.to_json()).as_ref(), Ok(&model));
    let _ = validate::check(&model);
});
