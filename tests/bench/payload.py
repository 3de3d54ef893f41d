"""The payload of every bench: what a carousel is asked for, as an SQL expression with one number (:n or n) in it."""

FORM = """\
jsonb_build_object('model', 'gpt-4o-mini', 'topic', 'How to write a newsletter that people open, part ' || {number},
    'audience', 'founders of small software companies', 'slides', 8, 'tags', jsonb_build_array('newsletter', 'writing'))"""

PAYLOAD = FORM.format(number="(:n)::text")  # in a script of with_number
NUMBERED = FORM.format(number="n")  # in a query with a column n


def with_number(script):
    """A pgbench script that knows :n."""
    return f"\\set n random(1, 1000000)\n{script}"
