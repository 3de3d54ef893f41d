use serde_json::json;

use super::*;

fn drawn(chart: &Value) -> String {
    Chart::parse(&chart.to_string()).map_or_else(|problem| problem.message, |chart| chart.svg())
}

fn two_groups() -> Value {
    json!({"title": "t", "across": "a", "upward": "u", "labels": ["0", "50", "100"], "series": [{"name": "fit", "values": [4, null]}]})
}

#[test]
fn a_bar_stands_in_its_group_as_high_as_its_value_and_one_without_a_value_nowhere() {
    let svg = drawn(&two_groups());
    // Two groups of 360; 78 % of the first from 64 on; four of four steps high.
    assert!(svg.contains("<rect x=\"103.6\" y=\"84.0\" width=\"280.8\" height=\"240.0\""), "{svg}");
    assert!(svg.contains("<title>fit: 4</title>") && svg.matches("<title>fit").count() == 1, "{svg}");
    // Labels between groups stand at their borders, others below their middles.
    assert!(svg.contains("<text x=\"424.0\" y=\"341\" text-anchor=\"middle\" fill=\"#555b63\">50</text>"), "{svg}");
    let mut below = two_groups();
    below["labels"] = json!(["one", "two"]);
    assert!(drawn(&below).contains("<text x=\"244.0\" y=\"341\" text-anchor=\"middle\" fill=\"#555b63\">one</text>"));
}

#[test]
fn series_stand_side_by_side_and_the_line_lies_at_its_value() {
    let mut chart = two_groups();
    chart["series"] = json!([{"name": "model", "values": [2.5, 0.5]}, {"name": "rubric", "values": [1.5, 1]}]);
    chart["line"] = json!(1);
    let svg = drawn(&chart);
    assert!(svg.contains("<rect x=\"103.6\"") && svg.contains("<rect x=\"244.0\""), "{svg}");
    // The highest is 2.5, in steps of half a point: the line is at two fifths.
    assert!(svg.contains("<line x1=\"64\" y1=\"228.0\" x2=\"784\" y2=\"228.0\" stroke=\"#c2362b\""), "{svg}");
    assert!(svg.contains(">model</text>") && svg.contains(">rubric</text>"), "{svg}");
}

#[test]
fn bands_lie_behind_from_cold_to_hot_and_words_take_no_more_room_than_they_have() {
    let mut chart = two_groups();
    chart["bands"] = json!([{"label": "cold", "from": -3, "to": 1.2}, {"label": "a very long word for warm", "from": 1.2, "to": 1.3},
        {"label": "hot", "from": 1.3, "to": 9}, {"label": "none", "from": 2, "to": 2}]);
    let svg = drawn(&chart);
    assert!(svg.contains("<rect x=\"64.0\" y=\"84\" width=\"432.0\" height=\"240\" fill=\"#e4edf8\"><title>cold</title>"), "{svg}");
    assert!(svg.contains("<rect x=\"532.0\" y=\"84\" width=\"252.0\"") && !svg.contains("none"), "{svg}");
    assert!(svg.contains("<title>a very long word for warm</title>") && svg.contains(">a ve…</text>"), "{svg}");
}

#[test]
fn what_people_wrote_stays_text_wherever_it_stands() {
    let hostile = "</text><script>alert(1)</script>\u{0}\u{1b}&\"";
    let svg = drawn(
        &json!({"title": hostile, "across": hostile, "upward": hostile, "labels": [hostile], "series": [{"name": hostile, "values": [1]}],
        "bands": [{"label": hostile, "from": 0, "to": 1}]}),
    );
    assert!(!svg.contains("<script") && !svg.contains('\u{0}') && !svg.contains('\u{1b}'), "{svg}");
    assert!(svg.contains("&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;"), "{svg}");
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
}

#[test]
fn nothing_to_draw_and_what_is_no_number_make_a_picture_all_the_same() {
    let svg = drawn(&json!({"title": "t", "across": "a", "upward": "u", "labels": ["1"], "series": []}));
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
    // What JSON can hold at the most.
    let mut chart = two_groups();
    chart["series"] = json!([{"name": "n", "values": [1e308, -5]}]);
    assert!(!drawn(&chart).contains("NaN") && !drawn(&chart).contains("inf"), "{}", drawn(&chart));
}

#[test]
fn what_is_no_chart_is_refused() {
    let of = |values: usize| json!([{"name": "n", "values": vec![1; values]}]);
    let labels = |labels: usize| json!(vec!["x"; labels]);
    let four: Vec<Value> = (0..4).map(|_| of(2)[0].clone()).collect();
    let bad = [
        (labels(4), of(2)),
        (labels(0), of(2)),
        (labels(2), json!(four)),
        (labels(101), of(101)),
        (labels(0), json!([])),
        (json!(1), of(1)),
    ];
    for (labels, series) in bad {
        let chart = json!({"title": "t", "across": "a", "upward": "u", "labels": labels, "series": series});
        assert!(Chart::parse(&chart.to_string()).is_err_and(|problem| problem.code == "chart_invalid"), "{chart}");
    }
    let mut more = two_groups();
    more["more"] = json!(1);
    assert!(Chart::parse(&more.to_string()).is_err());
}

#[test]
fn numbers_that_steps_of_a_grid_cannot_be_told_apart_at_are_refused_and_the_largest_others_drawn() {
    for (place, wrong) in [("/series/0/values/0", 1.7e308), ("/series/0/values/0", -1.1e15), ("/line", 1.7e308), ("/bands/0/to", 1e16)] {
        let mut chart = two_groups();
        chart["line"] = json!(1);
        chart["bands"] = json!([{"label": "all", "from": 0, "to": 2}]);
        assert!(drawn(&chart).starts_with("<svg"));
        chart.pointer_mut(place).map(|number| *number = json!(wrong)).expect("a number");
        assert_eq!(drawn(&chart), "a chart has numbers of at most 1e15 either way", "{place}");
    }
    for highest in [1e15, 1e-300, 5e-324, 0.0] {
        let mut chart = two_groups();
        chart["series"][0]["values"][0] = json!(highest);
        let lines = drawn(&chart).matches("text-anchor=\"end\"").count();
        assert!((2..=7).contains(&lines), "{highest}: {lines}");
    }
}
