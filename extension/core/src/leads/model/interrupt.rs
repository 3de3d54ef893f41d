//! How a training learns that nobody waits for it any more.
//!
//! A million leads are gone through a hundred times, and Postgres can end a statement only where it is asked to. Who calls hands a function in that does not
//! come back once the statement was cancelled: it panics, and whatever was computed goes with the stack.

/// Leads between two questions: some 0.1 ms of work where a lead takes most of it.
const EVERY: usize = 1000;

/// What is called every now and then.
#[derive(Clone, Copy)]
pub struct Interrupt<'a>(pub &'a dyn Fn());

impl Interrupt<'_> {
    /// Never ends anything.
    pub const NEVER: Interrupt<'static> = Interrupt(&|| {});

    /// Asks whether to go on.
    pub fn ask(self) {
        (self.0)();
    }

    /// The same things, asking before the first and after each thousand.
    pub fn over<T>(self, things: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
        things.into_iter().enumerate().map(move |(number, thing)| {
            if number % EVERY == 0 {
                self.ask();
            }
            thing
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn it_asks_before_the_first_and_after_each_thousand_and_leaves_nothing_out() {
        let asked = Cell::new(0);
        let ask = || asked.set(asked.get() + 1);
        let interrupt = Interrupt(&ask);
        assert_eq!((interrupt.over(0..2001).sum::<i32>(), asked.get()), (2_001_000, 3));
        assert_eq!((interrupt.over(0..0).count(), asked.get()), (0, 3));
    }
}
