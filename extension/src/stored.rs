//! Values as Postgres stores them, read and made where they lie: a million leads are scored in one statement.
//!
//! ```text
//! varlena          values of variable length, made plain only where they are not
//! int_array        arrays of integers
//! jsonb_container  arrays and objects inside a jsonb
//! jsonb_value      a jsonb as values that a rule looks at
//! lead_row         the fields of a lead, from its row
//! ```

pub mod int_array;
mod jsonb_container;
pub mod jsonb_value;
pub mod lead_row;
mod varlena;
