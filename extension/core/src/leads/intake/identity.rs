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

    /// Whether both may be one lead: nothing that both say differs, and neither names somebody where the other knows somebody without a name.
    pub fn agrees(&self, other: &Self) -> bool {
        let agree = |mine: &Option<String>, theirs: &Option<String>| mine.is_none() || theirs.is_none() || mine == theirs;
        let is_anybody = |one: &Self| *one == Self::default();
        let is_same_name = self.name == other.name || is_anybody(self) || is_anybody(other);
        agree(&self.provider, &other.provider) && agree(&self.email, &other.email) && is_same_name
    }
}
