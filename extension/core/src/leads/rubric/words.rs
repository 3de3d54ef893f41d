//! Words that a text is searched for, folded once.

use std::cell::RefCell;

use aho_corasick::{AhoCorasick, MatchKind};

use super::definition::Words;
use crate::leads::fold::Fold;
use crate::leads::value::Value;

thread_local! {
    /// Where texts are folded, again and again: most of a score's time went into making room for them.
    static FOLDED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Groups of words; a text is in the first group of which it contains a word.
#[derive(Debug, Clone)]
pub struct WordGroups {
    fold: Fold,
    groups: Vec<Vec<String>>,
    /// All words at once: most texts contain none, and are read once to know it. None where there are more than it can be built of.
    /// Which word is found does not matter; but only for the leftmost are few words looked for 32 bytes at a time (a third of the time).
    all: Option<AhoCorasick>,
}

/// Where a word was found: the places of its group and of it.
pub type Found = Option<(usize, usize)>;

impl WordGroups {
    /// The words of a rule.
    pub fn of(groups: &[Words], fold: Fold) -> Self {
        let groups: Vec<Vec<String>> = groups.iter().map(|words| words.of.iter().map(|word| fold.of(word)).collect()).collect();
        let all = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(groups.iter().flatten()).ok();
        Self { fold, groups, all }
    }

    /// The first word that the texts of the values contain, a blank between them; None where no value has a text.
    pub fn find<'v>(&self, values: impl Iterator<Item = Value<'v>>) -> Option<Found> {
        FOLDED.with_borrow_mut(|folded| {
            folded.clear();
            let mut texts = 0;
            for value in values {
                let Some(text) = value.text() else { continue };
                if texts > 0 {
                    folded.push(' ');
                }
                self.fold.append(&text, folded);
                texts += 1;
            }
            (texts > 0).then(|| self.first_in(folded))
        })
    }

    fn first_in(&self, folded: &str) -> Found {
        if self.all.as_ref().is_some_and(|all| !all.is_match(folded)) {
            return None;
        }
        let word_of = |words: &Vec<String>| words.iter().position(|word| folded.contains(word.as_str()));
        self.groups.iter().enumerate().find_map(|(group, words)| word_of(words).map(|word| (group, word)))
    }
}
