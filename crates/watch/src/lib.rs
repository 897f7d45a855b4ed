//! Reading the audit log, containment, the feed of marks, outcomes of guards.
