//! Why a ceremony failed.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not in the form that the specification gives it.
    Malformed,
    /// Answers another kind of ceremony.
    WrongCeremony,
    WrongChallenge,
    WrongOrigin,
    /// The page was shown within another one.
    Framed,
    WrongParty,
    /// Nobody touched it.
    NotPresent,
    /// An algorithm, curve or size that was not asked for.
    WrongKey,
    /// A kind of attestation that was not asked for.
    WrongAttestation,
    BadSignature,
    /// The counter did not go on: the passkey may have been copied (§6.1.1).
    CounterWentBack,
}

impl Refusal {
    /// For the log.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "the browser's answer cannot be read",
            Self::WrongCeremony => "it answers another ceremony",
            Self::WrongChallenge => "it answers another challenge",
            Self::WrongOrigin => "it comes from another origin",
            Self::Framed => "it was made within another page",
            Self::WrongParty => "it is for another server",
            Self::NotPresent => "nobody was present",
            Self::WrongKey => "its key is of a kind that is not accepted",
            Self::WrongAttestation => "its attestation was not asked for",
            Self::BadSignature => "its signature is wrong",
            Self::CounterWentBack => "its counter went back: it may have been copied",
        }
    }
}
