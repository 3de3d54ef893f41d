//! The leads of a domain, found by what a row says of itself.
//!
//! A provider of software may have 300,000 customers at one domain, and a call has 10,000 rows: each row that looks at each lead would take an hour.
//! So leads lie by their name, and those of one name by whether their provider id and e-mail address are known: a row whose own is known to nobody can
//! only be about one that has none.

use std::collections::{BTreeSet, HashMap};

use super::identity::Identity;

/// Leads by their places in the book, the first being the one that was there first.
type Places = BTreeSet<usize>;

/// Leads of one name: by whether they have a provider id, and an e-mail address.
#[derive(Debug, Default)]
struct Namesakes([[Places; 2]; 2]);

/// The leads of a domain.
#[derive(Debug, Default)]
pub struct Site {
    all: Places,
    by_name: HashMap<Option<String>, Namesakes>,
}

impl Namesakes {
    fn of(&mut self, identity: &Identity) -> &mut Places {
        &mut self.0[usize::from(identity.provider.is_some())][usize::from(identity.email.is_some())]
    }

    /// Those that do not contradict somebody whose provider id and address are nobody's.
    fn agreeing(&self, identity: &Identity) -> impl Iterator<Item = usize> {
        let providers = if identity.provider.is_some() { 1 } else { 2 };
        let emails = if identity.email.is_some() { 1 } else { 2 };
        self.0[..providers].iter().flat_map(move |by_email| by_email[..emails].iter().flatten().copied())
    }

    /// Those of whom nothing but the name is known.
    fn plain(&self) -> &Places {
        &self.0[0][0]
    }
}

impl Site {
    /// Adds a lead.
    pub fn insert(&mut self, place: usize, identity: &Identity) {
        self.all.insert(place);
        self.by_name.entry(identity.name.clone()).or_default().of(identity).insert(place);
    }

    /// Takes one away, by the identity that it was added with.
    pub fn remove(&mut self, place: usize, identity: &Identity) {
        self.all.remove(&place);
        if let Some(namesakes) = self.by_name.get_mut(&identity.name) {
            namesakes.of(identity).remove(&place);
        }
    }

    /// The lead that a row may be about whose provider id and address, if it says them, are nobody's: the one that says exactly as much, or else the
    /// only one that it does not contradict.
    pub fn find(&self, identity: &Identity) -> Option<usize> {
        let of_name = self.by_name.get(&identity.name);
        if identity.provider.is_none()
            && identity.email.is_none()
            && let Some(exact) = of_name.and_then(|namesakes| namesakes.plain().first())
        {
            return Some(*exact);
        }
        if *identity == Identity::default() {
            return only(self.all.iter().copied());
        }
        // Of a lead without any identity nothing is known that a name could contradict.
        let anybody = self.by_name.get(&None).filter(|_| identity.name.is_some()).into_iter().flat_map(|of| of.plain().iter().copied());
        only(of_name.into_iter().flat_map(|of| of.agreeing(identity)).chain(anybody))
    }
}

fn only(mut places: impl Iterator<Item = usize>) -> Option<usize> {
    let first = places.next();
    first.filter(|_| places.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: [Option<&str>; 3] = [None, Some("a"), Some("b")];

    fn identities() -> impl Iterator<Item = Identity> {
        let own = |said: Option<&str>| said.map(str::to_owned);
        (0..27).map(move |n| Identity { provider: own(SAID[n % 3]), email: own(SAID[n / 3 % 3]), name: own(SAID[n / 9]) })
    }

    /// Whether both may be one lead: nothing that both say differs, and neither names somebody where the other knows somebody without a name.
    fn agrees(one: &Identity, other: &Identity) -> bool {
        let agree = |mine: &Option<String>, theirs: &Option<String>| mine.is_none() || theirs.is_none() || mine == theirs;
        let is_anybody = |one: &Identity| *one == Identity::default();
        let is_same_name = one.name == other.name || is_anybody(one) || is_anybody(other);
        agree(&one.provider, &other.provider) && agree(&one.email, &other.email) && is_same_name
    }

    /// The rule as it is written down: of those that agree the first that is the same, or else the only one.
    fn by_the_rule(leads: &[Identity], row: &Identity) -> Option<usize> {
        let agreeing = || (0..leads.len()).filter(|place| agrees(&leads[*place], row));
        let exact = agreeing().find(|place| leads[*place] == *row);
        exact.or_else(|| only(agreeing()))
    }

    #[test]
    fn it_finds_whom_a_look_at_each_lead_would_find() {
        let mut found = 0;
        for leads in identities().flat_map(|one| identities().map(move |other| [one.clone(), other])) {
            let mut site = Site::default();
            (0..).zip(&leads).for_each(|(place, identity)| site.insert(place, identity));
            // Who says a provider id or an address that is known is found by that, before.
            let is_new = |row: &Identity| {
                let is_said = |mine: &Option<String>, theirs: &Option<String>| mine.is_some() && mine == theirs;
                !leads.iter().any(|lead| is_said(&lead.provider, &row.provider) || is_said(&lead.email, &row.email))
            };
            for row in identities().filter(is_new) {
                let expected = by_the_rule(&leads, &row);
                assert_eq!(site.find(&row), expected, "{row:?} among {leads:?}");
                found += usize::from(expected.is_some());
            }
        }
        assert!(found > 1000, "{found}");
    }

    #[test]
    fn who_was_taken_away_is_not_found() {
        let mut site = Site::default();
        for (place, identity) in identities().enumerate() {
            site.insert(place, &identity);
            site.remove(place, &identity);
            assert_eq!(site.find(&identity), None);
        }
    }
}
