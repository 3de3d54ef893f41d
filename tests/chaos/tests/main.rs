//! Faults under load. Each scenario ends with an account of every job, by the database and by the sandbox's own log.

mod connections;
mod crashes;
mod disk;
mod kills;
mod outage;
mod outreach;
mod outreach_claims;
mod outreach_tools;
mod overspend;
mod quotas;
