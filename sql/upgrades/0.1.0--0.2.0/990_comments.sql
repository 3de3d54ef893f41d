-- Comments of the library's functions.

comment on function steward.decide_outcomes(uuid[], text[], int[], int[], timestamptz, int[], bigint[], bigint[], uuid[]) is
    'What follows from what a worker saw of each attempt, in order: decision, state, wait, result, usage, reason and cool-down of the provider. With what is held for each attempt (nano-dollars, tokens, price row) also what is posted for it. Errors: 22023 outcome_invalid.';
comment on function steward.shipped_prices() is 'The price file that comes with the extension, for steward.import_prices. For steward_admin. Errors: none.';
comment on function steward.price_rows(text) is 'The rows that a price file makes, with the place of each in it. Errors: 22023 or 22032 price_file_malformed.';
comment on function steward.price_moved(text, text) is 'The first of some prices that is more than ten times as high or low in others; null where none is. Errors: 22023 price_file_malformed.';
comment on function steward.remembered_price(text, text, timestamptz) is
    'The row that prices a model, as this backend remembers it; zeros where no price is known, null where it has the prices of the provider not at hand.';
comment on function steward.price_among(text, text, timestamptz, uuid[], text[], timestamptz[], timestamptz[], boolean[]) is
    'The row that prices a model among those of its provider, in their order, which this backend remembers; zeros where no price is known. Errors: 22023 price_file_malformed.';
comment on function steward.price_is_compiled(uuid) is 'Whether this backend has a row of steward.price compiled.';
comment on function steward.compile_price(uuid, text) is 'Compiles a row of steward.price into this backend''s cache. Errors: 22023 price_file_malformed.';
comment on function steward.price_cost(uuid, text, timestamptz) is
    'What a call cost, in nano-dollars, by what was counted ({"input_tokens": 10}). Errors: 22023 price_incomplete, price_not_loaded, usage_invalid, 54000 cost_too_large.';
comment on function steward.price_most(uuid, bigint, bigint) is
    'The most that a call with so many input and output tokens costs, in nano-dollars; null where that is not known. Errors: 22023 price_not_loaded.';
comment on function steward.hold_key(text, text, boolean, boolean) is
    'Locks a name in a class (spending, ledger, unit, bucket, leads) until the end of the transaction, shared or alone; without waiting it says false when somebody stands in the way. Nobody can take these locks but through this function.';
comment on function steward.measure_job(uuid, uuid, int, uuid, uuid, text, text, boolean, boolean) is
    'The most that the next attempt of a job may use, its request being kept for prepare_job; is_over where the job ends at its claim, with its outcome set aside.';
comment on function steward.measure_payload(uuid, uuid, uuid, text) is
    'The most that a job with this payload may use. Errors: 22023 cost_unbounded, render_failed, 54000 render_too_large.';
comment on function steward.kept_token(uuid) is 'The token of a job that this claim hands out, the same until the claim is over.';
comment on function steward.forget_prepared() is 'Forgets the requests and tokens that a claim of this backend has made.';
comment on function steward.admit(int[], bigint[], bigint[], boolean[], boolean[], int[], int[], text[], bigint[], bigint[], boolean[]) is
    'Which jobs of a batch fit into what is left: the room that stops each, counted from 0, what is taken of each room, and how many it turned away.';
comment on function steward.next_transaction() is 'The first transaction id that nobody has yet.';
comment on function steward.hold_unit(uuid, text, timestamptz, bigint, bigint) is
    'Holds, to the end of the transaction, the first number of a quota''s units that nobody else holds, above one and up to one; null where there is none.';
comment on function steward.remember_guard(uuid, uuid, uuid, bigint, bigint, uuid[], text[], bigint[], timestamptz[], timestamptz[], timestamptz) is
    'Remembers for a second at most, in this backend, the most that a job may cost and take in tokens, and the quotas of which it takes a unit: limit, bucket, amount and window of each.';
comment on function steward.read_policy(text) is 'A policy of an account with its defaults, and what the tables of the governor hold of it. Errors: 22023 policy_invalid.';
comment on function steward.draw_cap(bytea, text, text, date, int, int[], int[]) is
    'The cap of a local day, drawn with the secret of an account and the version of its policy; age_days: of its ramp; days_ago and caps: what the six days before had. Errors: 22023 policy_invalid, secret_invalid.';
comment on function steward.simulate_days(bytea, text, date[], timestamptz[], timestamptz[], int) is
    'What an account would do on local days in order: number of the day, its cap, slot and moment. parts: beginnings and ends of what is open, as many for each day; backlog: actions that come each day, -1 for always enough.';
comment on function steward.day_parts(date, int[], text) is
    'Instants of minutes of a local day, beginnings and ends of parts in turn; where a clock change makes one come twice or not at all, the part is the shorter one.';
comment on function steward.draw_week(text) is 'A picture (SVG) of a week, from its title and days in JSON. Errors: 22023 week_invalid.';
comment on function steward.plan_moments(bytea, text, text, date, timestamptz[], timestamptz, int, int, int, timestamptz[]) is
    'The moments of so many actions in what is left of a local day, as many as fit; claims: how many the last week_cap rows of the claim ledger are; first_claims: when the first of them were. Errors: 22023 policy_invalid, secret_invalid.';
comment on function steward.lead_row_keys(text) is 'What the rows of an import are looked up by, in their order; nothing of a row that cannot be read.';
comment on function steward.merge_lead_rows(text, text[], int[], text[], boolean, text) is
    'What becomes of the rows of an import, given the leads that they may be about: lines of the report, which have a number, then what is to be written of each lead.';
comment on function steward.change_lead(text, text, text, boolean, text) is
    'What becomes of the fields of a lead when somebody changes it, then, in a row without a field, what is to be written. Errors: 22023 lead_invalid.';
comment on function steward.complete_rubric(text) is 'A rubric with everything that was left out. Errors: 22023 rubric_invalid.';
comment on function steward.rubric_contributions(text) is 'Names of the contributions to a rubric''s scores, in the order in which the ledger keeps them. Errors: 22023 rubric_invalid.';
comment on function steward.rubric_reads_signals(text) is 'Whether scores by a rubric change with signals and with time. Errors: 22023 rubric_invalid.';
comment on function steward.score_of(int[]) is 'The score that contributions make, in thousandths of a point: their sum. Errors: 22023 score_invalid.';
comment on function steward.route_segments(text, text[]) is 'The owner that rules of ownership give each segment, in their order; null for one that is nobody''s. Errors: 22023 routing_invalid.';
comment on function steward.lead_presets() is 'Rubrics and rules of ownership that come with the extension: kind (rubric or routing), name, definition. For everybody. Errors: none.';
comment on function steward.score_contributions(uuid, jsonb, anyelement, text[], float8[], timestamptz[], int[], timestamptz, float8, float8) is
    'Contributions to the score of a lead by a rubric, in thousandths of a point. The id stands for the rubric, which is read once in a statement; lead: a row with the columns of a lead; its signals as arrays, in the order in '
    'which they happened, days counted from anywhere; probability and base: its likelihood and the model''s share of wins, null without a model. Errors: 22023 rubric_invalid.';
comment on function steward.score_due_at(uuid, jsonb, anyelement, text[], float8[], timestamptz[], int[], timestamptz, float8, float8) is
    'When that score will have fallen by a point because its signals got old; null where it never will. Errors: 22023 rubric_invalid.';
comment on function steward.score_reasons(uuid, jsonb, anyelement, text[], float8[], timestamptz[], int[], timestamptz, float8, float8) is
    'Why the contributions to that score are what they are, in their order: objects with term, group, input, points (thousandths), reason. Errors: 22023 rubric_invalid.';
comment on function steward.lead_likelihood(uuid, jsonb, anyelement) is
    'How likely a lead is to be won, 0 to 1, by a model that was fitted; the id stands for the model, which is read once in a statement. Null without one. Errors: 22023 model_invalid.';
comment on function steward.likelihood_reasons(uuid, jsonb, anyelement) is
    'By how much each feature moves the log-odds of that likelihood, the average lead''s (field null) at last: objects with field, value, log_odds. Errors: 22023 model_invalid.';
comment on function steward.gather_to_train(internal, jsonb, anyelement, text, boolean, timestamptz, float8) is 'Takes a lead into a training (train_on). Errors: 22023 model_invalid, 54000 training_too_large.';
comment on function steward.gather_to_evaluate(internal, jsonb, anyelement, text, boolean, timestamptz, float8) is 'Takes a lead into an evaluation (evaluate_on). Errors: 22023 model_invalid, 54000 training_too_large.';
comment on function steward.gathered(internal) is 'What came of a training or an evaluation; null without any lead. Errors: 22023 model_invalid, 54000 training_too_large.';
comment on function steward.nothing_learned(jsonb) is 'What a training without any lead says, of a definition that may be trained. Errors: 22023 model_invalid.';
comment on function steward.top_reasons(text[], int[]) is 'The three contributions to a score that give most, with their points.';
