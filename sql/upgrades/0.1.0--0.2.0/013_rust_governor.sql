-- Functions of the library that the governor needs.

create function steward.draw_cap(
    "secret" bytea,
    "version" TEXT,
    "policy" TEXT,
    "day" date,
    "age_days" INT,
    "days_ago" INT[],
    "caps" INT[]
) RETURNS INT
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'draw_cap_wrapper';

create function steward.plan_moments(
    "secret" bytea,
    "version" TEXT,
    "policy" TEXT,
    "day" date,
    "parts" timestamp with time zone[],
    "from_at" timestamp with time zone,
    "actions" INT,
    "cap" INT,
    "claims" INT,
    "first_claims" timestamp with time zone[]
) RETURNS timestamp with time zone[]
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'plan_moments_wrapper';

create function steward.read_policy(
    "policy" TEXT
) RETURNS TABLE (
    "definition" jsonb,
    "days" INT,
    "minutes" INT[],
    "gap_seconds" INT,
    "week_cap" INT,
    "most_a_day" INT
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'read_policy_wrapper';

create function steward.simulate_days(
    "secret" bytea,
    "policy" TEXT,
    "dates" date[],
    "starts" timestamp with time zone[],
    "parts" timestamp with time zone[],
    "backlog" INT
) RETURNS TABLE (
    "day" INT,
    "cap" INT,
    "slot" INT,
    "at" timestamp with time zone
)
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'simulate_days_wrapper';

create function steward.day_parts(
    "day" date,
    "minutes" INT[],
    "time_zone" TEXT
) RETURNS timestamp with time zone[]
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'day_parts_wrapper';

create function steward.draw_week(
    "week" TEXT
) RETURNS TEXT
IMMUTABLE STRICT PARALLEL SAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'draw_week_wrapper';
