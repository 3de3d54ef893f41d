//! Which filters and tests there are: the whitelist of names and what stands behind each.

use minijinja::value::Value;
use minijinja::{Environment, State, filters, tests};

use super::filters as own;
use super::operators::CONCAT;

/// Filters a template may name.
pub(super) const FILTERS: [&str; 15] = [
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "replace",
    "round",
    "title",
    "tojson",
    "trim",
    "upper",
];
/// Tests a template may name after `is`. Without `divisibleby`, which panics on 0 in minijinja 3.0.5.
/// `eq`, `in` and the like are operators.
pub(super) const TESTS: [&str; 17] = [
    "boolean",
    "defined",
    "endingwith",
    "even",
    "false",
    "float",
    "integer",
    "iterable",
    "mapping",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// Gives an environment the whitelisted filters and tests, and the way values are written.
pub(super) fn install(env: &mut Environment<'static>) {
    env.add_filter("upper", |state: &State, value: &Value| own::mapped(state, value, |text| text.to_uppercase()));
    env.add_filter("lower", |state: &State, value: &Value| own::mapped(state, value, |text| text.to_lowercase()));
    env.add_filter("trim", |state: &State, value: &Value| own::mapped(state, value, |text| text.trim().to_owned()));
    env.add_filter("title", |state: &State, value: &Value| own::mapped(state, value, |text| filters::title(text.into())));
    env.add_filter("capitalize", |state: &State, value: &Value| own::mapped(state, value, own::capitalized));
    env.add_filter("replace", own::replace);
    env.add_filter("join", own::join);
    env.add_filter("tojson", own::to_json);
    env.add_filter(CONCAT, own::concat);
    env.add_filter("default", own::default);
    env.add_filter("last", own::last);
    env.add_filter("first", filters::first);
    env.add_filter("length", own::length);
    env.add_filter("round", filters::round);
    env.add_filter("int", own::int);
    env.add_filter("float", own::float);
    install_tests(env);
    env.set_formatter(own::write_value);
}

fn install_tests(env: &mut Environment<'static>) {
    env.add_test("boolean", tests::is_boolean);
    env.add_test("defined", tests::is_defined);
    env.add_test("endingwith", tests::is_endingwith);
    env.add_test("even", tests::is_even);
    env.add_test("false", tests::is_false);
    env.add_test("float", tests::is_float);
    env.add_test("integer", tests::is_integer);
    env.add_test("iterable", tests::is_iterable);
    env.add_test("mapping", tests::is_mapping);
    env.add_test("none", tests::is_none);
    env.add_test("number", tests::is_number);
    env.add_test("odd", tests::is_odd);
    env.add_test("sequence", tests::is_sequence);
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("string", tests::is_string);
    env.add_test("true", tests::is_true);
    env.add_test("undefined", tests::is_undefined);
}
