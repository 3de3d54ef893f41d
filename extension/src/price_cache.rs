//! Prices as this backend remembers them: which row is the price of a model, and the rows that were compiled.
//!
//! A claim asks for the price of a few models over and over, and a provider has up to a thousand rows. So the rows of a provider are taken in once
//! (`steward.price_for`), and for each name of a model it is remembered which of them fit. All that is forgotten when the table changes anywhere:
//! its trigger sends what Postgres sends when a catalog changes, as for admissions (`admission.rs`), with the same care not to remember what may be
//! older than a change that was told of.
//!
//! What a row costs never changes under its id, so compiled prices are never stale.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::pg_sys;
use steward_core::error::Problem;
use steward_core::money::matching::{Clause, with_dashed_dates};
use steward_core::money::price::ModelPrice;
use uuid::Uuid;

/// Compiled prices kept; beyond it all are dropped, and compiled again as needed. Some hundred bytes each.
const MOST_PRICES: usize = 10_000;
/// Providers kept, and names of models for each.
const MOST_PROVIDERS: usize = 100;
const MOST_NAMES: usize = 1000;
/// Longer names are matched each time, so that nobody fills the memory of a backend with them.
const LONGEST_NAME: usize = 400;

/// A row of `steward.price`, as far as finding it goes.
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// Which names it is for.
    pub clause: Clause,
    /// Since when and until when, in microseconds as Postgres counts them.
    pub valid: std::ops::Range<i64>,
    /// Whether it has any price.
    pub is_known: bool,
}

/// The rows of a provider, in the order in which they are tried.
pub struct Prices {
    rows: Vec<Row>,
    names: RefCell<HashMap<String, Rc<[Vec<usize>; 2]>>>,
}

impl Prices {
    /// The rows of a provider, in the order in which they are tried.
    pub fn of(rows: Vec<Row>) -> Self {
        Self { rows, names: RefCell::default() }
    }

    /// The price of a model at a time; None where it is not known.
    pub fn find(&self, model: &str, at: i64) -> Option<Uuid> {
        let fitting = self.fitting(model);
        let valid = |places: &Vec<usize>| places.iter().map(|place| &self.rows[*place]).find(|row| row.valid.contains(&at));
        // The name with its dates in the other form only where no price is for the name as it is.
        let row = fitting.iter().find_map(valid)?;
        row.is_known.then_some(row.id)
    }

    /// The rows whose clause fits a name, and those that fit it with dashes in its dates.
    fn fitting(&self, model: &str) -> Rc<[Vec<usize>; 2]> {
        if let Some(known) = self.names.borrow().get(model) {
            return Rc::clone(known);
        }
        let name = model.to_lowercase();
        let matching = |name: &str| -> Vec<usize> { (0..self.rows.len()).filter(|place| self.rows[*place].clause.matches(name)).collect() };
        let fitting = Rc::new([matching(&name), with_dashed_dates(&name).map_or_else(Vec::new, |name| matching(&name))]);
        if model.len() <= LONGEST_NAME {
            let mut names = self.names.borrow_mut();
            if names.len() >= MOST_NAMES {
                names.clear();
            }
            names.insert(model.to_owned(), Rc::clone(&fitting));
        }
        fitting
    }
}

thread_local! {
    static COMPILED: RefCell<HashMap<Uuid, Rc<ModelPrice>>> = RefCell::default();
    static PROVIDERS: RefCell<HashMap<String, Rc<Prices>>> = RefCell::default();
    /// The table, since the first question.
    static WATCHED: Cell<pg_sys::Oid> = const { Cell::new(pg_sys::InvalidOid) };
    /// How many invalidations have come, and how many when a question found no answer last.
    static FORGOTTEN: Cell<u64> = const { Cell::new(0) };
    static ASKED_AT: Cell<u64> = const { Cell::new(0) };
    static IS_STALE: Cell<bool> = const { Cell::new(false) };
}

/// Makes Postgres tell of changes. Called once, when the library is loaded.
pub fn register() {
    // SAFETY: called on the backend's only thread; the callback lives as long as the library, which is never unloaded.
    unsafe { pg_sys::CacheRegisterRelcacheCallback(Some(on_table), pg_sys::Datum::from(0)) };
}

// Called in the middle of anything, also while an error is cleaned up: it sets two cells and does nothing else.
unsafe extern "C-unwind" fn on_table(_: pg_sys::Datum, table: pg_sys::Oid) {
    if table == pg_sys::InvalidOid || table == WATCHED.get() {
        FORGOTTEN.set(FORGOTTEN.get().wrapping_add(1));
        IS_STALE.set(true);
    }
}

/// The prices of a provider, if they were taken in and nothing has changed since.
pub fn remembered(provider: &str) -> Option<Rc<Prices>> {
    // SAFETY: takes what other backends have sent, as every lock of a table does; within a transaction, as every function runs.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    if IS_STALE.replace(false) {
        PROVIDERS.with_borrow_mut(HashMap::clear);
    }
    // SAFETY: reads a variable of this backend.
    let is_old_snapshot = unsafe { pg_sys::XactIsoLevel > pg_sys::XACT_READ_COMMITTED.cast_signed() };
    let prices = if is_old_snapshot { None } else { PROVIDERS.with_borrow(|providers| providers.get(provider).cloned()) };
    if prices.is_none() {
        // SAFETY: looks names up in the catalogs; the strings end with NUL. Each time, because the extension may have been created again.
        WATCHED.set(unsafe { pg_sys::get_relname_relid(c"price".as_ptr(), pg_sys::get_namespace_oid(c"steward".as_ptr(), true)) });
        ASKED_AT.set(FORGOTTEN.get());
    }
    prices
}

/// Keeps the prices of the provider that was asked for last, unless something has changed since then.
pub fn remember(provider: &str, prices: Rc<Prices>) {
    // SAFETY: reads a variable of this backend; takes messages as above.
    let is_old_snapshot = unsafe {
        pg_sys::AcceptInvalidationMessages();
        pg_sys::XactIsoLevel > pg_sys::XACT_READ_COMMITTED.cast_signed()
    };
    if is_old_snapshot || WATCHED.get() == pg_sys::InvalidOid || ASKED_AT.get() != FORGOTTEN.get() || provider.len() > LONGEST_NAME {
        return;
    }
    PROVIDERS.with_borrow_mut(|providers| {
        if providers.len() >= MOST_PROVIDERS {
            providers.clear();
        }
        providers.insert(provider.to_owned(), prices);
    });
}

/// Whether a row is compiled.
pub fn contains(price_id: Uuid) -> bool {
    COMPILED.with_borrow(|prices| prices.contains_key(&price_id))
}

/// Keeps a compiled row.
pub fn insert(price_id: Uuid, price: ModelPrice) {
    COMPILED.with_borrow_mut(|prices| {
        if prices.len() >= MOST_PRICES {
            prices.clear();
        }
        prices.insert(price_id, Rc::new(price));
    });
}

/// The compiled row; SQL calls `steward.load_price` first.
///
/// # Errors
/// When it did not.
pub fn get(price_id: Uuid) -> Result<Rc<ModelPrice>, Problem> {
    COMPILED
        .with_borrow(|prices| prices.get(&price_id).cloned())
        .ok_or_else(|| Problem::bad("price_not_loaded", format!("price {price_id} is not compiled in this session")))
}
