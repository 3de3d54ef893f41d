//! Whose a lead is: by its segment, then by words in it.

use serde::{Deserialize, Serialize};

use super::fold::Fold;
use crate::error::Problem;

/// Owners at most.
const MOST_OWNERS: usize = 1000;

/// Rules of ownership, in the order in which owners are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Who may own a lead.
    pub owners: Vec<Owner>,
    /// What does not count in comparing.
    #[serde(default = "accents")]
    pub fold: Fold,
}

/// Somebody who may own leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// As leads name him.
    pub owner: String,
    /// Segments that are his.
    #[serde(default)]
    pub segments: Vec<String>,
    /// Words that make a segment his when it is nobody's.
    #[serde(default)]
    pub keywords: Vec<String>,
}

fn accents() -> Fold {
    Fold::Accents
}

/// Rules of ownership, ready to be asked.
#[derive(Debug, Clone)]
pub struct Routing {
    definition: Definition,
    segments: Vec<Vec<String>>,
    keywords: Vec<Vec<String>>,
}

impl Routing {
    /// Reads rules of ownership.
    ///
    /// # Errors
    /// `routing_invalid`, with the place.
    pub fn parse(definition: &serde_json::Value) -> Result<Self, Problem> {
        let definition: Definition = Definition::deserialize(definition)
            .map_err(|error| Problem::bad("routing_invalid", format!("the rules of ownership: {error}")))?;
        if definition.owners.len() > MOST_OWNERS {
            return Err(Problem::bad("routing_invalid", format!("at /owners: there are at most {MOST_OWNERS}")));
        }
        let folded = |texts: &[String]| texts.iter().map(|text| definition.fold.of(text.trim())).collect::<Vec<_>>();
        for (index, owner) in definition.owners.iter().enumerate() {
            let is_blank = |text: &String| text.trim().is_empty();
            if is_blank(&owner.owner) || owner.segments.iter().chain(&owner.keywords).any(is_blank) {
                return Err(Problem::bad("routing_invalid", format!("at /owners/{index}: a name, a segment or a keyword is blank")));
            }
        }
        let segments = definition.owners.iter().map(|owner| folded(&owner.segments)).collect();
        let keywords = definition.owners.iter().map(|owner| folded(&owner.keywords)).collect();
        Ok(Self { definition, segments, keywords })
    }

    /// Whose a segment is: the first owner who has it, else the first who has a word of it, else nobody's.
    pub fn owner(&self, segment: &str) -> Option<&str> {
        let segment = self.definition.fold.of(segment.trim());
        if segment.is_empty() {
            return None;
        }
        let exact = self.segments.iter().position(|owned| owned.contains(&segment));
        let found = exact.or_else(|| self.keywords.iter().position(|words| words.iter().any(|word| segment.contains(word.as_str()))));
        found.map(|index| self.definition.owners[index].owner.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routing() -> Routing {
        let rules = serde_json::json!({"owners": [
            {"owner": "A", "segments": ["Implantes Médicos"], "keywords": ["implante", "industrial"]},
            {"owner": "B", "segments": ["Implantes Hospitalares"], "keywords": ["comércio"]}]});
        Routing::parse(&rules).expect("rules")
    }

    #[test]
    fn a_segment_comes_before_every_word_and_case_accents_and_blanks_do_not_count() {
        let routing = routing();
        assert_eq!(routing.owner("  implantes medicos "), Some("A"));
        assert_eq!(routing.owner("IMPLANTES HOSPITALARES"), Some("B"));
        assert_eq!(routing.owner("Comercio de implantes"), Some("A"));
        assert_eq!(routing.owner("COMÉRCIO"), Some("B"));
        assert_eq!(routing.owner("software"), None);
        assert_eq!(routing.owner(" "), None);
    }

    #[test]
    fn blank_rules_are_refused() {
        let refused = Routing::parse(&serde_json::json!({"owners": [{"owner": "A", "keywords": [" "]}]}));
        assert_eq!(refused.expect_err("blank").code, "routing_invalid");
    }
}
