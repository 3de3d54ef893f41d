//! Made-up people: the same name for the same provider id, always.

use axum::http::StatusCode;
use serde_json::json;

use super::ask::Ask;
use super::errors::Problem;
use super::outbox::Deed;
use crate::sandbox::answer::Answer;
use crate::sandbox::seed::{self, Seeded};

const FIRST_NAMES: [&str; 12] = ["Ada", "Amara", "Bruno", "Chiara", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kenji", "Lucia"];
const LAST_NAMES: [&str; 12] =
    ["Almeida", "Bauer", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanov", "Jensen", "Keller", "Larsen"];
const ROLES: [&str; 6] =
    ["Head of Quality", "Regulatory Affairs Manager", "Managing Director", "Product Manager", "Clinical Lead", "Head of Sales"];
const COMPANIES: [&str; 6] = ["Alder Medical", "Beacon Cloud", "Cedar Devices", "Delta Diagnostics", "Elm Robotics", "Fjord Analytics"];
const PLACES: [&str; 5] = ["Munich, Germany", "Lyon, France", "Porto, Portugal", "Gothenburg, Sweden", "Graz, Austria"];

/// Somebody.
pub(super) struct Person {
    first_name: &'static str,
    last_name: &'static str,
    pub(super) headline: String,
    pub(super) public_identifier: String,
    location: &'static str,
    connections: u64,
}

impl Person {
    pub(super) fn of(provider_id: &str) -> Self {
        let number = seed::hash(&[b"person", provider_id.as_bytes()]);
        let mut random = Seeded::new(number);
        let (first_name, last_name) = (*random.pick(&FIRST_NAMES), *random.pick(&LAST_NAMES));
        let slug = format!("{first_name}-{last_name}").to_ascii_lowercase();
        Self {
            first_name,
            last_name,
            headline: format!("{} at {}", random.pick(&ROLES), random.pick(&COMPANIES)),
            public_identifier: format!("{slug}-{:08x}", number >> 32),
            location: *random.pick(&PLACES),
            connections: 50 + random.below(450),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

/// `GET /api/v1/users/{identifier}`: whatever identifies the person here is their provider id.
pub(super) fn view(ask: &Ask) -> Result<(Answer, Deed), Problem> {
    ask.account()?;
    let person = Person::of(&ask.id);
    let body = json!({
        "object": "UserProfile",
        "provider": "LINKEDIN",
        "provider_id": ask.id,
        "public_identifier": person.public_identifier,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.headline,
        "location": person.location,
        "network_distance": "SECOND_DEGREE",
        "is_relationship": false,
        "is_open_profile": false,
        "is_premium": false,
        "is_self": false,
        "connections_count": person.connections,
        "follower_count": person.connections,
        "websites": [],
    });
    Ok((Answer::json(StatusCode::OK, &body), Deed::default()))
}
