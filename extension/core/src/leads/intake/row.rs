//! A row that came in.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::identity::Identity;
use super::{Flaw, address, decoded, field};

/// Bytes of a row at most.
pub const ROW_BYTES: usize = 1 << 20;

/// Values by the name of their column.
type Columns<'a> = BTreeMap<String, &'a RawValue>;

/// What a row says: a value for each field that it names, none where it leaves it blank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// By the name of the field.
    pub fields: BTreeMap<String, Option<String>>,
}

impl Row {
    /// Reads a JSON object. The first thing that is wrong with it is told.
    pub fn read(raw: &str) -> Result<Self, Flaw> {
        if raw.len() > ROW_BYTES {
            return Err(Flaw::whole("the row is larger than 1 MB"));
        }
        let columns: Columns = serde_json::from_str(raw).map_err(|_| Flaw::whole("the row is no object"))?;
        let mut row = Self::default();
        for (column, raw) in columns {
            if column == "attributes" { row.take_attributes(raw)? } else { row.take(&column, raw)? }
        }
        Ok(row)
    }

    fn take_attributes(&mut self, raw: &RawValue) -> Result<(), Flaw> {
        if raw.get() == "null" {
            return Ok(());
        }
        let attributes: Columns = serde_json::from_str(raw.get()).map_err(|_| Flaw::of("attributes", "an object expected"))?;
        attributes.into_iter().try_for_each(|(name, raw)| self.take(&format!("{}{name}", field::ATTRIBUTE), raw))
    }

    fn take(&mut self, column: &str, raw: &RawValue) -> Result<(), Flaw> {
        let Some(name) = field::name(column) else {
            // Columns that a table had to spare come without a name, and without a value.
            let is_blank = matches!(field::value(field::ATTRIBUTE, raw), Ok(None));
            return if is_blank { Ok(()) } else { Err(Flaw::of(column, "the name of an attribute has 1 to 200 characters")) };
        };
        let value = field::value(&name, raw).map_err(|problem| Flaw::of(column, problem))?;
        let is_known = !name.starts_with(field::ATTRIBUTE);
        if self.fields.insert(name, value).is_some() && is_known {
            // Which of them is meant nobody can tell.
            return Err(Flaw::of(column, "the row has this column twice, in two spellings"));
        }
        Ok(())
    }

    /// The same, saying nothing of what it leaves blank.
    pub fn without_blanks(mut self) -> Self {
        self.fields.retain(|_, value| value.is_some());
        self
    }

    /// The text of a field that it says.
    pub fn text(&self, name: &str) -> Option<String> {
        decoded(self.fields.get(name)?.as_ref()?)
    }

    /// The domain that it names, or that follows from its website or e-mail address, unless everybody may be found there.
    pub fn domain(&self) -> Option<String> {
        let named = self.text("domain").or_else(|| address::derived(self.text("website").as_deref(), self.text("email").as_deref()));
        named.filter(|host| !address::is_shared(host))
    }

    /// What tells its lead apart; `provider` is its provider id in the plain form.
    pub fn identity(&self, provider: Option<&str>) -> Identity {
        Identity::of(|name| self.text(name), provider)
    }
}

/// What rows are looked up by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    pub provider_id: Option<String>,
    pub email: Option<String>,
    pub linkedin_url: Option<String>,
    /// None where everybody may be found there.
    pub domain: Option<String>,
}

/// The rows of a call: the texts of the elements of a JSON list; none where it is no list.
pub fn elements(rows: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(rows).ok()
}

/// Of each row; nothing of one that cannot be read.
pub fn keys(raw: &RawValue) -> Keys {
    let Ok(row) = Row::read(raw.get()) else {
        return Keys::default();
    };
    let text = |name| row.text(name);
    Keys { provider_id: text("provider_id"), email: text("email"), linkedin_url: text("linkedin_url"), domain: row.domain() }
}
