//! What tells leads apart.

/// What tells leads apart that share a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The provider's id in its plain form.
    pub provider: Option<String>,
    pub email: Option<String>,
    /// The full name, in lower case.
    pub name: Option<String>,
}

impl Identity {
    pub fn of(text: impl Fn(&str) -> Option<String>, provider: Option<&str>) -> Self {
        let name = text("full_name").map(|name| name.to_lowercase());
        Self { provider: provider.map(str::to_owned), email: text("email"), name }
    }
}
