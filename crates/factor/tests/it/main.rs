//! One binary: passkeys against a device in software, and properties of everything that reads what strangers send.

#[cfg(test)]
#[path = "../../../testkit/tests/it/device.rs"]
mod device;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod properties;
