use serde_json::json;

use super::*;

fn drawn(week: &Value) -> String {
    Week::parse(&week.to_string()).map_or_else(|problem| problem.message, |week| week.svg())
}

#[test]
fn a_mark_stands_at_its_hour_and_a_break_is_not_shaded() {
    let svg = drawn(&json!({ "title": "ann", "days": [
        { "name": "Mon 1 Mar", "cap": 28, "open": [540, 720, 840, 1080], "marks": [{ "minute": 600, "state": "done", "words": "10:00 send_invite" }] },
        { "name": "Sat 6 Mar", "cap": null, "open": [], "marks": [] }] }));
    // 09:00 is at 110, an hour is 56 wide.
    assert!(svg.contains("<circle cx=\"166.0\" cy=\"82\""), "{svg}");
    assert!(
        svg.contains("<rect x=\"110.0\" y=\"69\" width=\"168.0\"") && svg.contains("<rect x=\"390.0\" y=\"69\" width=\"224.0\""),
        "{svg}"
    );
    assert!(svg.contains("1 of 28 done") && svg.contains("closed") && svg.contains(">18:00<") && !svg.contains(">19:00<"), "{svg}");
}

#[test]
fn what_people_wrote_stays_text() {
    let svg = drawn(&json!({ "title": "<script>alert(1)</script> & \"co\"\u{7}", "days": [] }));
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;</title>") && !svg.contains("<script"), "{svg}");
}

#[test]
fn what_is_no_week_is_refused() {
    for value in [json!(7), json!({ "title": "t" }), json!({ "title": "t", "days": [], "more": 1 })] {
        assert!(Week::parse(&value.to_string()).is_err_and(|problem| problem.code == "week_invalid"), "{value}");
    }
}
