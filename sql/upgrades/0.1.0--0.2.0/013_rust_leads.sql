-- Functions of the library that leads need.

create function steward.lead_row_keys(
    "rows" TEXT
) RETURNS TABLE (
    "number" INT,
    "provider_id" TEXT,
    "email" TEXT,
    "linkedin_url" TEXT,
    "domain" TEXT
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'lead_row_keys_wrapper';

create function steward.merge_lead_rows(
    "rows" TEXT,
    "providers" TEXT[],
    "erased" INT[],
    "leads" TEXT[],
    "by_person" bool,
    "now" TEXT
) RETURNS TABLE (
    "number" INT,
    "outcome" TEXT,
    "lead_id" uuid,
    "column_name" TEXT,
    "problem" TEXT,
    "columns" TEXT,
    "before" TEXT,
    "after" TEXT,
    "claims" TEXT[]
)
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'merge_lead_rows_wrapper';

create function steward.change_lead(
    "lead" TEXT,
    "changes" TEXT,
    "provider" TEXT,
    "by_person" bool,
    "now" TEXT
) RETURNS TABLE (
    "field" TEXT,
    "outcome" TEXT,
    "columns" TEXT,
    "before" TEXT,
    "after" TEXT,
    "claims" TEXT[]
)
IMMUTABLE PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'change_lead_wrapper';

create function steward.complete_rubric(
    "rubric" TEXT
) RETURNS jsonb
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'complete_rubric_wrapper';

create function steward.rubric_contributions(
    "rubric" TEXT
) RETURNS TEXT[]
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'rubric_contributions_wrapper';

create function steward.rubric_reads_signals(
    "rubric" TEXT
) RETURNS bool
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'rubric_reads_signals_wrapper';

create function steward.score_of(
    "contributions" INT[]
) RETURNS INT
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'score_of_wrapper';

create function steward.route_segments(
    "routing" TEXT,
    "segments" TEXT[]
) RETURNS TEXT[]
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'route_segments_wrapper';

create function steward.lead_presets() RETURNS TABLE (
    "kind" TEXT,
    "name" TEXT,
    "definition" jsonb
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'lead_presets_wrapper';

create function steward.score_contributions(rubric_id uuid, rubric jsonb, lead anyelement, kinds text[], amounts float8[], moments timestamptz[], days int[],
    now timestamptz, probability float8, base float8) returns int[]
    language c stable parallel safe cost 100 as 'MODULE_PATHNAME', 'score_contributions_wrapper';

create function steward.score_due_at(rubric_id uuid, rubric jsonb, lead anyelement, kinds text[], amounts float8[], moments timestamptz[], days int[],
    now timestamptz, probability float8, base float8) returns timestamptz
    language c stable parallel safe cost 100 as 'MODULE_PATHNAME', 'score_due_at_wrapper';

create function steward.score_reasons(rubric_id uuid, rubric jsonb, lead anyelement, kinds text[], amounts float8[], moments timestamptz[], days int[],
    now timestamptz, probability float8, base float8) returns jsonb
    language c stable parallel safe cost 1000 as 'MODULE_PATHNAME', 'score_reasons_wrapper';

create function steward.lead_likelihood(model_id uuid, model jsonb, lead anyelement) returns float8
    language c immutable parallel safe cost 100 as 'MODULE_PATHNAME', 'lead_likelihood_wrapper';

create function steward.likelihood_reasons(model_id uuid, model jsonb, lead anyelement) returns jsonb
    language c immutable parallel safe cost 1000 as 'MODULE_PATHNAME', 'likelihood_reasons_wrapper';

create function steward.gather_to_train(state internal, definition jsonb, lead anyelement, key text, won boolean, at timestamptz, score float8) returns internal
    language c immutable as 'MODULE_PATHNAME', 'gather_to_train_wrapper';

create function steward.gather_to_evaluate(state internal, model jsonb, lead anyelement, key text, won boolean, at timestamptz, score float8) returns internal
    language c immutable as 'MODULE_PATHNAME', 'gather_to_evaluate_wrapper';

create function steward.gathered(state internal) returns jsonb
    language c immutable as 'MODULE_PATHNAME', 'gathered_wrapper';

create function steward.nothing_learned(definition jsonb) returns jsonb
    language c immutable parallel safe strict as 'MODULE_PATHNAME', 'nothing_learned_wrapper';

create function steward.top_reasons(
    "contributions" TEXT[],
    "points" INT[]
) RETURNS TEXT[]
IMMUTABLE PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'top_reasons_wrapper';

create function steward.draw_chart(
    "chart" TEXT
) RETURNS TEXT
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'draw_chart_wrapper';
