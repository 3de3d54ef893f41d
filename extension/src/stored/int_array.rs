//! Arrays of integers, a million of which are written and summed up in one statement: element by element, as a `Vec` and an `Array` are, took a twelfth of the time.

use pgrx::{pg_sys, varlena::set_varsize_4b};

use super::varlena;

/// An array's header, and the length and lower bound of its one dimension, which are aligned to 8 bytes together.
#[repr(C)]
struct Header {
    array: pg_sys::ArrayType,
    length: i32,
    lower_bound: i32,
}

/// An `int[]` in the current memory.
pub fn of(values: &[i32]) -> pg_sys::Datum {
    let size = size_of::<Header>() + size_of_val(values);
    let length = i32::try_from(values.len()).unwrap_or(i32::MAX);
    // SAFETY: there is room for the header and behind it for so many elements; the memory is aligned to 8 bytes.
    unsafe {
        let header: *mut Header = pg_sys::palloc(size).cast();
        let array = pg_sys::ArrayType { vl_len_: 0, ndim: 1, dataoffset: 0, elemtype: pg_sys::INT4OID };
        header.write(Header { array, length, lower_bound: 1 });
        set_varsize_4b(header.cast(), i32::try_from(size).unwrap_or(i32::MAX));
        header.add(1).cast::<i32>().copy_from_nonoverlapping(values.as_ptr(), values.len());
        header.into()
    }
}

/// The elements of an `int[]`, wherever it lies, without its nulls.
///
/// # Safety
/// The datum is an `int[]`, and outlives the elements.
pub unsafe fn elements(array: pg_sys::Datum) -> impl Iterator<Item = i32> {
    // SAFETY: the caller's. A short header leaves nothing aligned, so it is read as bytes; all but its length follows.
    let bytes = unsafe { varlena::bytes(array) };
    let word = |at: usize| bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| i32::from_ne_bytes(*word));
    let length = size_of::<i32>();
    let begin = match usize::try_from(word(length)).unwrap_or_default() {
        // Lengths and lower bounds of all dimensions come first.
        0 => (size_of::<pg_sys::ArrayType>() + usize::try_from(word(0)).unwrap_or_default() * 2 * length).next_multiple_of(8),
        // With nulls it is said; they themselves take no room.
        said => said,
    };
    bytes
        .get(begin - length..)
        .unwrap_or_default()
        .chunks_exact(length)
        .map(|element| element.first_chunk().map_or(0, |word| i32::from_ne_bytes(*word)))
}
