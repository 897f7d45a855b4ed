//! What can go wrong with seals. Messages name the purpose or the file, never the content.

#[derive(Debug, thiserror::Error)]
pub enum SealFault {
    #[error("the master key is not 32 bytes")]
    BadMasterKey,
    #[error("cannot use the master key file {path}: {why}")]
    KeyFile { path: String, why: String },
    #[error("the master key file {path} can be read by others: run `chmod 600 {path}`")]
    OpenToOthers { path: String },
    #[error("cannot seal {purpose}")]
    Seal { purpose: String },
    #[error("cannot open the seal of {purpose}: was this database sealed under another master key?")]
    Unseal { purpose: String },
    #[error("a sealed key is damaged: {why}")]
    BadKey { why: String },
}

impl From<SealFault> for chancery_kernel::Fault {
    fn from(fault: SealFault) -> Self {
        Self::internal("vault").because(fault)
    }
}
