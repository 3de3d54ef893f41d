//! Templates that try to use up memory, time or the stack, or to say more than expressions, `if` and `for`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod template_support;

use serde_json::json;
use steward_core::engine::template::{Context, Document};
use template_support::{LIMITS, invalid, render, too_large};

#[test]
fn billion_laughs_by_nested_loops_stops_at_the_limit() {
    let list: Vec<_> = (0..1_000).collect();
    let loops = "{% for a in payload %}{% for b in payload %}{% for c in payload %}ha{% endfor %}{% endfor %}{% endfor %}";
    too_large(loops, json!(list));
    let long = format!("{{% for a in payload %}}{}{{% endfor %}}", "ha".repeat(1_000));
    too_large(&long, json!(list));
}

#[test]
fn a_fourth_loop_inside_three_is_refused() {
    let deep = format!("{}x{}", "{% for a in payload %}".repeat(4), "{% endfor %}".repeat(4));
    assert!(invalid(&deep).message.contains("deeper than 3"));
}

#[test]
fn doubling_a_string_has_no_operator() {
    for template in [
        "{{ payload * 1000000000 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ payload ** 9 }}",
        "{{ payload + payload }}",
        "{{ (payload|int(payload)) + (payload|int(payload)) }}",
        "{% set a = payload %}",
        "{% for a in a ~ a %}{% endfor %}",
        "{% for a in payload + 1 %}{% endfor %}",
    ] {
        invalid(template);
    }
}

#[test]
fn joining_a_big_string_many_times_pays_for_every_byte() {
    let big = "x".repeat(30_000);
    let chain = format!("{{% if {} == 1 %}}{{% endif %}}", vec!["payload"; 33].join(" ~ "));
    too_large(&chain, json!(big));
    let filters = "{% for i in payload.list %}{% if payload.big|upper == 1 %}{% endif %}{% endfor %}";
    too_large(filters, json!({"list": vec![0; 100], "big": big}));
}

#[test]
fn a_giant_join_or_json_inside_a_loop_stops_at_the_budget() {
    let payload = json!({"list": vec!["abc"; 2_000]});
    for filter in ["join(',')", "tojson", "join(payload.list|join)", "tojson|replace('a', payload.list|tojson)"] {
        let template = format!("{{% for i in payload.list %}}{{% if payload.list|{filter} == 1 %}}{{% endif %}}{{% endfor %}}");
        too_large(&template, payload.clone());
    }
    too_large("{% for i in payload %}{% if payload|join == '' %}{% endif %}{% endfor %}", json!(vec![""; 3_000]));
}

#[test]
fn the_budget_is_one_for_all_leaves_of_a_document() {
    let document = Document::compile(&json!(vec!["{{ payload }}"; 10]), "/request/body").unwrap();
    let context = Context::new(json!({"payload": "x".repeat(10_000)}));
    let problem = document.render(&context, &LIMITS, &mut || {}).unwrap_err();
    assert_eq!(problem.code, "render_too_large");
    assert!(problem.message.contains("/request/body/6"), "{problem}");
}

#[test]
fn an_inserted_value_counts_like_a_rendered_one() {
    let document = Document::compile(&json!([{"$ref": "/payload"}, {"$ref": "/payload"}]), "/request/body").unwrap();
    let context = Context::new(json!({ "payload": vec![1_000_000; 5_000] }));
    let problem = document.render(&context, &LIMITS, &mut || {}).unwrap_err();
    assert_eq!(problem.code, "render_too_large");
    assert!(problem.message.contains("/request/body/1"), "{problem}");
}

#[test]
fn searching_a_big_value_in_a_loop_runs_out_of_steps_early() {
    let payload = json!({"big": "x".repeat(4_000_000), "list": vec![0; 1_000]});
    for condition in
        ["'xxxy' in payload.big", "payload.big == payload.big", "payload.big is startingwith(payload.big)", "1 < 2 < payload.big"]
    {
        too_large(&format!("{{% for i in payload.list %}}{{% if {condition} %}}{{% endif %}}{{% endfor %}}"), payload.clone());
    }
    // Comparing with a constant costs no more than the constant is long.
    let cheap = "{% for i in payload.list %}{% if i == 1 or payload.big in ['a', 'b'] or loop.index == i %}x{% endif %}{% endfor %}";
    assert_eq!(render(cheap, payload).unwrap(), "");
}

#[test]
fn characters_that_grow_when_escaped_count_with_their_growth() {
    let nul = "\0".repeat(20_000);
    too_large("{{ payload }}", json!(nul));
    assert!(render("{{ payload }}", json!("x".repeat(20_000))).is_ok());
}

#[test]
fn a_range_is_not_available() {
    for template in ["{% for i in range(1000000000) %}{% endfor %}", "{{ range }}", "{{ namespace() }}", "{{ dict() }}"] {
        assert!(render(template, json!(1)).is_err());
    }
    invalid("{{ payload.items() }}");
    invalid("{{ loop(1) }}");
}

#[test]
fn nothing_but_if_and_for_is_a_tag() {
    for tag in [
        "set a = 1",
        "with a = 1",
        "macro a()",
        "call a()",
        "filter upper",
        "include 'a'",
        "import 'a' as b",
        "from 'a' import b",
        "extends 'a'",
        "block a",
        "autoescape true",
        "do a()",
        "raw",
        "- raw -",
        "break",
        "1",
    ] {
        invalid(&format!("{{% {tag} %}}x{{% end %}}"));
    }
    invalid("{% raw %}{{ secret.A }}{% endraw %}");
    invalid("a{# c #}{%- raw -%}{% endraw %}b");
    invalid("{% for a in payload recursive %}{% endfor %}");
    invalid("{{ payload[1:] }}");
    invalid("{{ payload if payload }}");
    invalid("{{ payload|default(value=1) }}");
    invalid("{{ payload is filter('upper') }}");
}

#[test]
fn unbounded_recursion_of_the_parser_is_cut_off_before_it_starts() {
    let openings = ["(", "[", "{1:", "not ", "- ", "a.b", "a|upper", "1 if 1 else ", "a[", "a ~ ", "a or ", "a(", "a is ", "-(", "a < "];
    for opening in openings {
        let repeated = opening.repeat(60_000 / opening.len());
        invalid(&format!("{{{{ {repeated}a }}}}"));
        invalid(&format!("{{% if {repeated}a %}}{{% endif %}}"));
        invalid(&format!("{{% for a in {repeated}a %}}{{% endfor %}}"));
        // Just within the number of tokens.
        let within = opening.repeat(250 / opening.split(' ').count());
        let _ = Document::compile(&json!(format!("{{{{ {within}a }}}}")), "/request/body");
    }
    for tag in ["{% if a %}", "{% for a in b %}", "{% if a %}{% elif b %}", "{# ", "{{ ", "{% "] {
        invalid(&tag.repeat(60_000 / tag.len()));
    }
    let elifs = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}".repeat(5_000));
    invalid(&elifs);
    let within = format!("{{% if payload == 1 %}}{}{{% endif %}}", "{% elif payload == 2 %}x".repeat(250));
    assert_eq!(render(&within, json!(3)).unwrap(), "");
    invalid(&"{{ 1 }}".repeat(60_000 / 7));
}

#[test]
fn a_huge_template_is_refused() {
    invalid(&format!("{{{{ payload }}}}{}", "x".repeat(65_536)));
}

#[test]
fn a_deep_document_is_refused() {
    let deep = (0..100).fold(json!("x"), |inner, _| json!([inner]));
    assert!(Document::compile(&deep, "/request/body").unwrap_err().message.contains("deeper than 64"));
}

#[test]
fn steps_run_out() {
    let nested = "{% for a in payload %}{% for b in payload %}{% endfor %}{% endfor %}";
    too_large(nested, json!(vec![0; 1_000]));
}
