//! Values of variable length, made plain only where they are not: a call into Postgres for each of a lead's values took a tenth of the time of its score.

use pgrx::{pg_sys, varlena};

/// The value, neither compressed nor elsewhere nor with a short header.
///
/// # Safety
/// The datum is a value of variable length; it, or the current memory, outlives what is made of it.
pub unsafe fn plain(datum: pg_sys::Datum) -> *mut pg_sys::varlena {
    // SAFETY: the caller's.
    unsafe {
        let value = datum.cast_mut_ptr();
        if varlena::varatt_is_4b_u(value) { value } else { pg_sys::pg_detoast_datum(value) }
    }
}

/// The bytes of the value.
///
/// # Safety
/// As for [`plain`].
pub unsafe fn bytes<'v>(datum: pg_sys::Datum) -> &'v [u8] {
    // SAFETY: the caller's; a short header says nothing of another place or of compression unless it is one of a place.
    unsafe {
        let value: *mut pg_sys::varlena = datum.cast_mut_ptr();
        let is_there = varlena::varatt_is_4b_u(value) || varlena::varatt_is_1b(value) && !varlena::varatt_is_1b_e(value);
        varlena::varlena_to_byte_slice(if is_there { value } else { pg_sys::pg_detoast_datum_packed(value) })
    }
}
