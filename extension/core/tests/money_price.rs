//! Prices against hand-made sums, and their upper bound against every usage within it.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use steward_core::money::moves::furthest_move;
use steward_core::money::price::ModelPrice;
use steward_core::money::unit::Unit;
use steward_core::money::usage::Usage;

fn noon() -> DateTime<Utc> {
    "2026-09-01T12:00:00Z".parse().unwrap()
}

fn usage(value: &Value) -> Usage {
    Usage::parse(value).unwrap()
}

fn cost(prices: &Value, counted: &Value) -> Result<i64, &'static str> {
    ModelPrice::parse(prices).unwrap().cost(&usage(counted), noon()).map_err(|problem| problem.code)
}

#[test]
fn a_call_costs_what_was_counted_times_the_rates() {
    let prices =
        json!({ "input_mtok": 0.15, "cache_read_mtok": 0.075, "output_mtok": 0.6, "web_searches_kcount": 10, "requests_kcount": 5 });
    for (counted, nanos) in [
        (json!({}), 5_000_000),
        (json!({ "input_tokens": 1000, "output_tokens": 100 }), 5_000_000 + 150_000 + 60_000),
        // Cached tokens are within the input.
        (json!({ "input_tokens": 1000, "cache_read_tokens": 400 }), 5_000_000 + 90_000 + 30_000),
        (json!({ "input_tokens": 1, "cache_read_tokens": 1 }), 5_000_075),
        // Reasoning without a rate of its own costs what output does; writing to a cache what input does.
        (
            json!({ "input_tokens": 10, "cache_write_1h_tokens": 10, "output_tokens": 10, "output_reasoning_tokens": 10 }),
            5_000_000 + 1500 + 6000,
        ),
        (json!({ "web_searches": 3, "requests": 2 }), 30_000_000 + 10_000_000),
    ] {
        assert_eq!(cost(&prices, &counted), Ok(nanos), "{counted}");
    }
}

#[test]
fn a_part_of_a_nano_dollar_is_a_whole_one_once() {
    // 0.1 nano-dollars a token, of three kinds: 3 parts of ten are one nano-dollar, not three.
    let prices = json!({ "input_mtok": 0.0001, "cache_read_mtok": 0.0001, "output_mtok": 0.0001 });
    assert_eq!(cost(&prices, &json!({ "input_tokens": 2, "cache_read_tokens": 1, "output_tokens": 1 })), Ok(1));
    assert_eq!(cost(&prices, &json!({ "input_tokens": 10 })), Ok(1));
    assert_eq!(cost(&prices, &json!({ "input_tokens": 11 })), Ok(2));
}

#[test]
fn the_tier_of_the_input_is_that_of_the_whole_call() {
    let tiers =
        |base: f64, price: f64| json!({ "base": base, "tiers": [{ "start": 400_000, "price": 9 }, { "start": 200_000, "price": price }] });
    let prices = json!({ "input_mtok": tiers(1.25, 2.5), "output_mtok": tiers(10.0, 15.0) });
    for (input, nanos) in [(200_000, 250_000_000 + 10_000_000), (200_001, 500_002_500 + 15_000_000), (400_001, 3_600_009_000 + 9_000_000)] {
        assert_eq!(cost(&prices, &json!({ "input_tokens": input, "output_tokens": 1000 })), Ok(nanos), "{input}");
    }
}

#[test]
fn sound_within_a_cache_has_its_own_rate() {
    let prices = json!({ "input_mtok": 2.5, "cache_read_mtok": 1.25, "input_audio_mtok": 40, "cache_audio_read_mtok": 2.5, "output_mtok": 10,
        "output_audio_mtok": 80 });
    let counted = json!({ "input_tokens": 100, "cache_read_tokens": 30, "input_audio_tokens": 50, "cache_audio_read_tokens": 20, "output_tokens": 10,
        "output_audio_tokens": 4 });
    // 40 text, 10 cached text, 30 sound, 20 cached sound; 6 text and 4 sound come out.
    assert_eq!(cost(&prices, &counted), Ok(40 * 2500 + 10 * 1250 + 30 * 40_000 + 20 * 2500 + 6 * 10_000 + 4 * 80_000));
}

#[test]
fn what_has_no_price_makes_the_cost_unknown() {
    for (prices, counted) in [
        (json!({}), json!({})),
        (json!({}), json!({ "input_tokens": 1 })),
        (json!({ "input_mtok": 1 }), json!({ "input_tokens": 1, "output_tokens": 1 })),
        (json!({ "input_mtok": 1 }), json!({ "web_searches": 1 })),
        (json!({ "audio_hours": 1 }), json!({ "input_tokens": 1 })),
        // A part that the whole does not have: it would be free.
        (json!({ "input_mtok": 1 }), json!({ "input_text_tokens": 1 })),
    ] {
        assert_eq!(cost(&prices, &counted), Err("price_incomplete"), "{prices} {counted}");
    }
    assert!(ModelPrice::parse(&json!({})).unwrap().is_unknown());
    assert_eq!(ModelPrice::parse(&json!({})).unwrap().most(1, 1), None);
    assert_eq!(ModelPrice::parse(&json!({ "input_mtok": 1 })).unwrap().most(1, 1), None);
    assert_eq!(ModelPrice::parse(&json!({ "input_mtok": 1 })).unwrap().most(1, 0), Some(1000));
}

#[test]
fn parts_above_the_whole_are_no_usage() {
    let prices = json!({ "input_mtok": 1, "cache_read_mtok": 0.1 });
    assert_eq!(cost(&prices, &json!({ "input_tokens": 1, "cache_read_tokens": 2 })), Err("usage_invalid"));
}

#[test]
fn what_does_not_fit_is_an_error_and_has_no_bound() {
    let prices = json!({ "input_mtok": 1_000_000 });
    let counted = json!({ "input_tokens": 1_000_000_000_000_u64 });
    assert_eq!(cost(&prices, &counted), Err("cost_too_large"));
    let price = ModelPrice::parse(&prices).unwrap();
    assert_eq!(price.most(1_000_000_000_000, 0), None);
    assert_eq!(price.most(u64::MAX, u64::MAX), None);
    assert_eq!(price.cost(&Usage::tokens(u64::MAX, 0), noon()).map_err(|problem| problem.code), Err("cost_too_large"));
}

#[test]
fn the_hour_decides_where_prices_have_hours() {
    let prices = json!([
        { "prices": { "input_mtok": 1 } },
        { "constraint": { "start_time": "16:30:00Z", "end_time": "00:30:00Z" }, "prices": { "input_mtok": 2 } },
        { "constraint": { "start_time": "08:00:00+02:00", "end_time": "10:00:00+02:00" }, "prices": { "input_mtok": 3 } },
    ]);
    let price = ModelPrice::parse(&prices).unwrap();
    for (time, nanos) in [("00:29:59", 2), ("00:30:00", 1), ("05:59:59", 1), ("06:00:00", 3), ("08:00:00", 1), ("16:30:00", 2)] {
        let at: DateTime<Utc> = format!("2026-09-01T{time}Z").parse().unwrap();
        assert_eq!(price.cost(&usage(&json!({ "input_tokens": 1 })), at), Ok(nanos * 1000), "{time}");
    }
    assert_eq!(price.most(1, 0), Some(3000));
}

#[test]
fn the_bound_is_of_the_dearest_kind_and_tier_that_can_be() {
    let prices = json!({ "input_mtok": { "base": 3, "tiers": [{ "start": 200_000, "price": 6 }] }, "cache_write_mtok": 3.75, "cache_write_1h_mtok": 6,
        "output_mtok": 15, "web_searches_kcount": 10 });
    let price = ModelPrice::parse(&prices).unwrap();
    assert_eq!(price.most(1000, 100), Some(6_000_000 + 1_500_000));
    assert_eq!(price.most_within(&Usage::tokens(1000, 100).with(Unit::WEB_SEARCHES, 2)), Some(27_500_000));
    assert_eq!(price.most_within(&Usage::tokens(1000, 100).with(Unit::IMAGES, 1)), None);
}

#[test]
fn a_price_that_cannot_be_meant_is_refused_with_its_place() {
    for (prices, message) in [
        (json!(null), "at the top level: must be an object of prices"),
        (json!([]), "at the top level: must be an object of prices, or a list of 1 to 48"),
        (json!({ "input_mtok": -1 }), "at /input_mtok: must be an amount of US dollars, from 0 to 1000000"),
        (json!({ "inputs_mtok": 1 }), "at /inputs_mtok: is not a known price, such as input_mtok or requests_kcount"),
        (json!({ "input_mtok": { "base": 1 } }), "at /input_mtok/tiers: must be a list of up to 100 tiers"),
        (
            json!({ "input_mtok": { "base": 1, "tiers": [{ "price": 1 }] } }),
            "at /input_mtok/tiers/0/start: must be a whole number of tokens",
        ),
        (json!({ "cache_read_mtok": 1 }), "at the top level: cache_read_mtok needs input_mtok, which counts the same and more"),
        (
            json!({ "input_mtok": 1, "cache_read_mtok": 1, "input_audio_mtok": 1 }),
            "at the top level: cache_read_mtok and input_audio_mtok need cache_audio_read_mtok",
        ),
        (json!([{ "constraint": { "start_time": "x" }, "prices": {} }]), "at /0/constraint: must have start_time and end_time"),
        (
            json!([{ "constraint": { "start_time": "25:00", "end_time": "x" }, "prices": {} }]),
            "at /0/constraint/start_time: must be a time of day such as 16:30:00Z",
        ),
    ] {
        let problem = ModelPrice::parse(&prices).unwrap_err();
        assert_eq!((problem.code, problem.message.as_str()), ("price_file_malformed", message), "{prices}");
    }
}

#[test]
fn a_price_moves_too_far_by_more_than_ten_times() {
    for (old, new, moved) in [
        (json!({ "input_mtok": 1, "output_mtok": 2 }), json!({ "input_mtok": 10, "output_mtok": 0.2 }), None),
        (json!({ "input_mtok": 1, "output_mtok": 2 }), json!({ "input_mtok": 1, "output_mtok": 20.1 }), Some("output_mtok")),
        (json!({ "input_mtok": 1 }), json!({ "input_mtok": 0.09 }), Some("input_mtok")),
        (json!({ "input_mtok": 0 }), json!({ "input_mtok": 0.1 }), Some("input_mtok")),
        (json!({ "input_mtok": 1 }), json!({ "input_mtok": { "base": 1, "tiers": [{ "start": 1, "price": 11 }] } }), Some("input_mtok")),
        (json!({ "input_mtok": 1 }), json!({ "output_mtok": 1000 }), None),
    ] {
        assert_eq!(furthest_move(&old, &new).unwrap(), moved, "{old} {new}");
    }
}

/// Every kind of token that a price may have, with parts that fit into the whole.
fn tokens() -> impl Strategy<Value = Usage> {
    let parts = proptest::collection::vec(0_u64..1000, 8);
    (parts, 0_u64..300_000, 0_u64..2000).prop_map(|(parts, input, output)| {
        let sum = |range: std::ops::Range<usize>| parts[range].iter().sum::<u64>();
        usage(&json!({
            "cache_write_1h_tokens": parts[0], "cache_write_tokens": sum(0..2), "cache_audio_read_tokens": parts[2],
            "cache_read_tokens": sum(2..4), "input_audio_tokens": parts[2] + parts[4], "input_tokens": input + sum(0..5),
            "output_audio_tokens": parts[5], "output_reasoning_tokens": parts[6], "output_tokens": output + sum(5..8),
        }))
    })
}

fn rate() -> impl Strategy<Value = Value> {
    let amount = || (0_u64..100_000, 0_u32..8).prop_map(|(digits, decimals)| json!(digits as f64 / 10_f64.powi(decimals as i32)));
    let tiers = proptest::collection::vec((0_u64..310_000, amount()), 0..3);
    (amount(), tiers).prop_map(|(base, tiers)| {
        let tiers: Vec<Value> = tiers.into_iter().map(|(start, price)| json!({ "start": start, "price": price })).collect();
        if tiers.is_empty() { base } else { json!({ "base": base, "tiers": tiers }) }
    })
}

fn prices() -> impl Strategy<Value = Value> {
    let keys = [
        "input_mtok",
        "output_mtok",
        "cache_read_mtok",
        "cache_write_mtok",
        "cache_write_1h_mtok",
        "output_reasoning_mtok",
        "requests_kcount",
    ];
    let one = || {
        (proptest::collection::vec(rate(), keys.len()), 2_usize..8).prop_map(move |(rates, kept)| {
            // Narrower units stand behind the wider ones.
            Value::Object(keys.iter().map(|key| (*key).to_owned()).zip(rates).take(kept).collect())
        })
    };
    prop_oneof![
        one(),
        (one(), one(), 0_u32..24, 0_u32..24).prop_map(|(always, sometimes, start, end)| {
            let constraint = json!({ "start_time": format!("{start:02}:00:00Z"), "end_time": format!("{end:02}:00:00Z") });
            json!([{ "prices": always }, { "constraint": constraint, "prices": sometimes }])
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_usage_within_the_counts_costs_more_than_the_bound(prices in prices(), usage in tokens(), hour in 0_u32..24, more in 0_u64..100_000) {
        let price = ModelPrice::parse(&prices).unwrap();
        let at = noon().date_naive().and_hms_opt(hour, 30, 0).unwrap().and_utc();
        let cost = price.cost(&usage, at).unwrap();
        let (input, output) = (usage.input_tokens(), usage.output_tokens());
        let most = price.most(input, output).unwrap();
        prop_assert!(cost <= most, "{cost} > {most}");
        // It rises with either count.
        prop_assert!(most <= price.most(input + more, output).unwrap());
        prop_assert!(most <= price.most(input, output + more).unwrap());
    }

    #[test]
    fn a_usage_reads_back_as_it_was_written(usage in tokens(), reported in proptest::option::of(0_i64..1_000_000_000_000)) {
        let mut usage = usage;
        usage.reported = reported;
        prop_assert_eq!(Usage::parse(&usage.to_value()).unwrap(), usage);
    }
}
