//! A backchannel request and its details: whatever is accepted is within its bounds and says the same when written again.
#![no_main]

use chancery_oauth::{CibaRequest, Details, Params, REPEATABLE};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(params) = Params::parse_form(data, REPEATABLE)
        && let Ok(request) = CibaRequest::read(&params)
    {
        assert!(request.scope.contains("openid"));
        assert!(request.binding_message.is_none_or(|m| m.chars().count() <= 400));
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(details) = Details::parse(text)
    {
        let again = serde_json::to_string(&details.values).expect("JSON was read");
        assert_eq!(Details::parse(&again).expect("what was read is accepted"), details);
    }
});
