-- Signals: what leads do. A view of a page, an answer, a request for a quote.
--
-- record_signal writes one, record_signals (160_record_signals.sql) thousands, once each: its event_id is that of whoever saw it, and told again it changes nothing. Nobody needs to be known yet: a visitor's signals wait under the visitor's
-- key until identify_visitor (161_visitors.sql) says which lead it is. A signal says of what it comes (the draft or publication engaged with, a page, a campaign). Signals are kept as they came; what they are
-- worth, decay and daily caps, is the rubric's (extension/core/src/leads/decay.rs), a function of the set of them: order of arrival does not matter.
-- Each signal of a lead marks the lead as stale (148_scores.sql). How long signals are kept: 159_keep_signals.sql.

create table steward.signal (
    workspace_id uuid not null,
    event_id text not null constraint signal_event_id_check check (char_length(event_id) between 1 and 200),
    lead_id uuid,
    visitor text constraint signal_visitor_check check (char_length(visitor) between 1 and 200),
    by_visitor boolean not null,
    kind text not null constraint signal_kind_check check (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    amount float8 not null constraint signal_amount_check check (abs(amount) <= 1000000),
    occurred_at timestamptz not null constraint signal_occurred_at_check check (isfinite(occurred_at)),
    recorded_at timestamptz not null,
    forget_at timestamptz,
    source_kind text constraint signal_source_kind_check check (source_kind ~ '^[a-z][a-z0-9_]{0,62}$'),
    source_id text constraint signal_source_id_check check (char_length(source_id) between 1 and 500),
    constraint signal_pkey primary key (workspace_id, event_id),
    constraint signal_whose_check check (lead_id is not null or visitor is not null)
);
create index signal_of_lead on steward.signal (lead_id, occurred_at, event_id) where lead_id is not null;
create index signal_of_visitor on steward.signal (workspace_id, visitor) where visitor is not null;
create index signal_recorded on steward.signal (workspace_id, recorded_at);
create index signal_age on steward.signal (forget_at) where forget_at is not null;
comment on table steward.signal is 'What leads and visitors did. Deleted by upkeep after 800 days (two years, so that a year can be compared with the one before), and not before every rubric that was ever in force gives nothing for it any more.';
comment on column steward.signal.workspace_id is 'The workspace.';
comment on column steward.signal.event_id is 'Id of the event at whoever saw it.';
comment on column steward.signal.lead_id is 'Who did it; null for a visitor whom nobody knows yet.';
comment on column steward.signal.visitor is 'Key of the visitor, such as a cookie''s; null where the lead was known.';
comment on column steward.signal.by_visitor is 'Whether only the visitor was told, and the lead follows from who that is.';
comment on column steward.signal.kind is 'What it was: page_view, cta_click, email_reply, quote_request …; rubrics give kinds their points.';
comment on column steward.signal.amount is 'How much of it: points count times this.';
comment on column steward.signal.occurred_at is 'When it happened.';
comment on column steward.signal.recorded_at is 'When it was told, or turned out to be the lead''s.';
comment on column steward.signal.forget_at is 'When upkeep looks at whether it is to be deleted; null where it is kept for good.';
comment on column steward.signal.source_kind is 'What it came of: a draft, publication, page, campaign.';
comment on column steward.signal.source_id is 'Which one.';

create table steward.visitor (
    workspace_id uuid not null,
    visitor text not null constraint visitor_key_check check (char_length(visitor) between 1 and 200),
    lead_id uuid,
    former_leads uuid[] not null,
    identified_at timestamptz not null,
    constraint visitor_pkey primary key (workspace_id, visitor)
);
comment on table steward.visitor is 'Which lead a visitor turned out to be. Kept for good; erase_person removes those of a person.';
comment on column steward.visitor.workspace_id is 'The workspace.';
comment on column steward.visitor.visitor is 'Key of the visitor.';
comment on column steward.visitor.lead_id is 'The lead; null where that was taken back.';
comment on column steward.visitor.former_leads is 'Leads that the visitor was said to be before: their scores changed, too, when that was put right.';
comment on column steward.visitor.identified_at is 'When that was said.';

create function steward.check_signal(kind text, value numeric, occurred_at timestamptz, event_id text, visitor text, source_kind text, source_id text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('kind', check_signal.kind), steward.require('value', check_signal.value::text), steward.require('occurred_at', check_signal.occurred_at::text),
        steward.require('event_id', check_signal.event_id);
    if check_signal.kind !~ '^[a-z][a-z0-9_]{0,62}$' or check_signal.source_kind !~ '^[a-z][a-z0-9_]{0,62}$' then
        perform steward.refuse('22023', 'kind_unknown', 'a kind has lower-case letters, digits and _, at most 63', 'Use a kind such as page_view.');
    elsif check_signal.value = 'NaN' or abs(check_signal.value) > 1000000 then
        perform steward.refuse('22023', 'value_invalid', 'the value of a signal is a number of at most 1000000 either way', 'Pass 1 for something that simply happened.');
    elsif not isfinite(check_signal.occurred_at) or check_signal.occurred_at > steward.clock() + interval '1 day' then
        perform steward.refuse('22023', 'occurred_at_invalid', 'a signal happened at a moment, and at most a day ahead of this server''s clock', 'Pass when it happened.');
    elsif char_length(check_signal.event_id) not between 1 and 200 or char_length(check_signal.visitor) not between 1 and 200 or char_length(check_signal.source_id) not between 1 and 500 then
        perform steward.refuse('22023', 'signal_invalid', 'an event''s id and a visitor''s key have 1 to 200 characters, the id of a source 1 to 500', 'Pass the ids that the source uses.');
    end if;
end
$$;
comment on function steward.check_signal(text, numeric, timestamptz, text, text, text, text) is
    'Refuses what is no signal: 22004 argument_null, 22023 kind_unknown, value_invalid, occurred_at_invalid, signal_invalid.';

-- One who tells of many visitors in a transaction holds as many locks, and the server has room for some thousands in all: so visitors share 256 keys of a workspace, which are taken in their order.
-- Of the class `bucket`, beside limits, whose names begin with an id.
-- Who does both in one transaction says who a visitor is before telling of signals: two who tell and then say it may wait for each other.
create function steward.hold_visitors(workspace_id uuid, visitors text[], exclusive boolean) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.hold_key('bucket', concat_ws('/', 'visitor', hold_visitors.workspace_id, k.number), hold_visitors.exclusive, wait => true)
    from (select distinct hashtext(v) & 255 as number from unnest(hold_visitors.visitors) v order by 1) k;
end
$$;
comment on function steward.hold_visitors(uuid, text[], boolean) is 'From now to the end of the transaction nobody says which lead these visitors are; exclusive: nor tells of signals of them.';

create function steward.record_signal(lead_id uuid, kind text, value numeric default 1, occurred_at timestamptz default steward.now(), event_id text default pg_catalog.gen_random_uuid()::pg_catalog.text,
    source_kind text default null, source_id text default null, visitor text default null, workspace_id uuid default null) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    clock constant timestamptz := steward.clock();
    forget_at timestamptz;
    workspace uuid;
    who uuid := record_signal.lead_id;
    is_new boolean;
begin
    perform steward.require_read_committed(),
        steward.check_signal(record_signal.kind, record_signal.value, record_signal.occurred_at, record_signal.event_id, record_signal.visitor, record_signal.source_kind, record_signal.source_id);
    if record_signal.lead_id is not null then
        workspace := (steward.lead_for(record_signal.lead_id, 'record_signals')).workspace_id;
    elsif record_signal.visitor is null then
        perform steward.refuse('22004', 'argument_null', 'a signal needs a lead or a visitor', 'Pass lead_id, or visitor for somebody who is not known yet.');
    else
        workspace := steward.acting_workspace(steward.uid(), record_signal.workspace_id, 'record_signals');
        -- Shared, against one who is identified at this very moment.
        perform steward.hold_visitors(workspace, array[record_signal.visitor], exclusive => false);
        select v.lead_id into who from steward.visitor v where v.workspace_id = workspace and v.visitor = record_signal.visitor;
    end if;
    forget_at := record_signal.occurred_at + steward.signal_days();
    if forget_at <= clock then
        forget_at := record_signal.occurred_at + steward.signal_life(workspace, record_signal.kind);
    end if;
    -- Told now it would be gone with the next upkeep, and new again when it is told again.
    if forget_at <= clock then
        return false;
    end if;
    insert into steward.signal (workspace_id, event_id, lead_id, visitor, by_visitor, kind, amount, occurred_at, recorded_at, forget_at, source_kind, source_id)
    values (workspace, record_signal.event_id, who, record_signal.visitor, record_signal.lead_id is null, record_signal.kind, record_signal.value, record_signal.occurred_at, clock, forget_at,
        record_signal.source_kind, record_signal.source_id)
    on conflict on constraint signal_pkey do nothing;
    is_new := found;
    if is_new and who is not null then
        perform steward.note_stale(workspace, array[who]);
    end if;
    return is_new;
end
$$;
comment on function steward.record_signal(uuid, text, numeric, timestamptz, text, text, text, text, uuid) is
    'Tells what a lead did, or a visitor whom nobody knows yet (lead_id null, visitor the key of his cookie), and returns whether that was new: the same event_id told again changes nothing, nor '
    'does what is older than signals are kept. record_signals tells of many at once. '
    'The score follows at the next refresh_scores. For owners, admins and editors, and their jobs. '
    'Errors: 22004 argument_null, 22023 kind_unknown, value_invalid, occurred_at_invalid, signal_invalid, workspace_ambiguous, 42501 not_a_member, 42704 lead_unknown, workspace_unknown, 55000 isolation_unfit, lead_erased.';
