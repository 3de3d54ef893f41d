//! The secrets that count now.

use std::sync::{Arc, PoisonError, RwLock};

use super::Secrets;
use crate::redact::Redactor;

/// Holds the secrets; a request takes all of its own from one and the same set.
pub struct Vault {
    current: RwLock<Arc<Secrets>>,
    redactor: Arc<Redactor>,
}

impl Vault {
    /// Holds `secrets`.
    pub fn new(secrets: Secrets) -> anyhow::Result<Self> {
        let redactor = Arc::new(Redactor::new(&secrets)?);
        Ok(Self { current: RwLock::new(Arc::new(secrets)), redactor })
    }

    /// Knows every value that was ever held here.
    pub fn redactor(&self) -> &Arc<Redactor> {
        &self.redactor
    }

    /// What counts now.
    pub fn now(&self) -> Arc<Secrets> {
        // Only whole sets are put in, so a panic elsewhere cannot have left half of one.
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From the next request on these count. The redactor knows them first, and goes on knowing the old ones.
    pub fn replace(&self, secrets: Secrets) -> anyhow::Result<()> {
        self.redactor.learn(secrets.values())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
        Ok(())
    }
}
