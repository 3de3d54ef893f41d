//! What lies inside a jsonb: its layout on disk, which is that of `utils/jsonb.h` and the same in all versions since 9.4.
//!
//! An array or an object is a header, an entry for each child, and the children one behind the other. An entry says the child's type, and either its length or where
//! it ends. Children of an object are its keys, the shorter before the longer and those of one length by their bytes, and then the values in the order of the keys.

use std::cmp::Ordering;
use std::ptr::NonNull;
use std::slice;

use pgrx::pg_sys;

use super::varlena;

/// What numbers and containers are aligned to, in bytes.
const ALIGNMENT: usize = 4;

/// An array or an object inside a jsonb; it is valid as long as the memory in which it lies.
#[derive(Clone, Copy)]
pub struct Container(NonNull<pg_sys::JsonbContainer>);

/// A value in a container, or a key.
#[derive(Clone, Copy)]
pub struct Child {
    entry: u32,
    /// Where the children of its container begin.
    base: *const u8,
    begin: usize,
    end: usize,
}

/// What a child is.
pub enum Content<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A text.
    Text(&'a [u8]),
    /// A number.
    Number(pg_sys::Numeric),
    /// An array or an object.
    Container(Container),
}

impl Container {
    /// The root of a jsonb.
    ///
    /// # Safety
    /// The datum is a jsonb; it, or the current memory, outlives every child.
    pub unsafe fn root(datum: pg_sys::Datum) -> Option<Self> {
        // SAFETY: behind the header of a plain value stands the root.
        unsafe { NonNull::new(&raw mut (*varlena::plain(datum).cast::<pg_sys::Jsonb>()).root).map(Self) }
    }

    fn header(self) -> u32 {
        // SAFETY: a container begins with its header.
        unsafe { (*self.0.as_ptr()).header }
    }

    fn is_object(self) -> bool {
        self.header() & pg_sys::JB_FOBJECT != 0
    }

    /// Values of an array, pairs of an object.
    fn count(self) -> usize {
        (self.header() & pg_sys::JB_CMASK) as usize
    }

    /// Keys of an object, then its values; those of an array.
    fn children(self) -> impl Iterator<Item = Child> {
        let count = self.count() * if self.is_object() { 2 } else { 1 };
        // SAFETY: so many entries follow the header, and the children follow them.
        let (entries, base) = unsafe {
            let entries = (&raw const (*self.0.as_ptr()).children).cast::<u32>();
            (slice::from_raw_parts(entries, count), entries.add(count).cast())
        };
        let mut begin = 0;
        entries.iter().map(move |entry| {
            let stored = (entry & pg_sys::JENTRY_OFFLENMASK) as usize;
            let end = if entry & pg_sys::JENTRY_HAS_OFF == 0 { begin + stored } else { stored };
            Child { entry: *entry, base, begin: std::mem::replace(&mut begin, end), end }
        })
    }

    /// Its values in its order; those of an object without their keys.
    pub fn values(self) -> impl Iterator<Item = Child> {
        self.children().skip(if self.is_object() { self.count() } else { 0 })
    }
}

impl Child {
    fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: the child lies there; the container's memory lives.
        unsafe { slice::from_raw_parts(self.base.add(self.begin), self.end - self.begin) }
    }

    /// What it is.
    pub fn content<'a>(self) -> Content<'a> {
        // SAFETY: what is aligned begins at the next such place, and the type says what is there.
        let aligned = unsafe { self.base.add(self.begin.next_multiple_of(ALIGNMENT)) }.cast_mut();
        match self.entry & pg_sys::JENTRY_TYPEMASK {
            pg_sys::JENTRY_ISSTRING => Content::Text(self.bytes()),
            pg_sys::JENTRY_ISNUMERIC => Content::Number(aligned.cast()),
            pg_sys::JENTRY_ISBOOL_FALSE => Content::Flag(false),
            pg_sys::JENTRY_ISBOOL_TRUE => Content::Flag(true),
            pg_sys::JENTRY_ISCONTAINER => {
                NonNull::new(aligned.cast()).map_or(Content::Null, |container| Content::Container(Container(container)))
            }
            _ => Content::Null,
        }
    }
}

/// A search for the values of some keys, any of them more than once, in one object after the other. One pass over an object finds them all; Postgres' own search begins anew for each key.
pub struct Search {
    /// Keys in the order of an object's, and of each the place of its value.
    keys: Vec<(String, usize)>,
    /// Which pair of the object at hand is wanted, and its place.
    hits: Vec<(usize, usize)>,
}

impl Search {
    /// A search for keys, each with the place of its value.
    pub fn of(mut keys: Vec<(String, usize)>) -> Self {
        keys.sort_by(|(one, _), (other, _)| order(one.as_bytes(), other.as_bytes()));
        Self { hits: Vec::with_capacity(keys.len()), keys }
    }

    /// Puts the values that an object has at their places; an array has none.
    pub fn find(&mut self, object: Container, found: &mut [Option<Child>]) {
        if !object.is_object() {
            return;
        }
        let mut children = object.children();
        let mut wanted = self.keys.iter().peekable();
        self.hits.clear();
        for (index, child) in children.by_ref().take(object.count()).enumerate() {
            let key = child.bytes();
            while wanted.next_if(|(name, _)| order(name.as_bytes(), key) == Ordering::Less).is_some() {}
            while let Some((_, place)) = wanted.next_if(|(name, _)| name.as_bytes() == key) {
                self.hits.push((index, *place));
            }
        }
        let mut hits = self.hits.iter().peekable();
        for (index, child) in children.enumerate() {
            while let Some((_, place)) = hits.next_if(|(hit, _)| *hit == index) {
                found[*place] = Some(child);
            }
        }
    }
}

/// The order in which an object has its keys.
fn order(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}
