-- Actions: what is scheduled, refused, cancelled, skipped; what is unknown and how it is learnt; nobody is invited twice.
\pset tuples_only on
\pset format unaligned
\i sql/include/outreach.sql
select tests.travel('2027-03-01 08:00+00'), tests.enabled(), tests.enabled('bob');
create function tests.act(kind text, person text) returns uuid language sql stable security definer as $$
    select a.id from steward.action a where a.kind = act.kind and a.person = act.person order by a.id desc limit 1
$$;
create function tests.states() returns text language sql stable security definer as $$
    select string_agg(format('%s %s: %s%s', a.kind, a.person, a.state, ' (' || a.code || ')'), ', ' order by a.id) from steward.action a
$$;

select tests.refused(format('select steward.schedule_action(tests.account(), %s)', a)) from unnest(array['''poke'', ''p1''', '''send_invite'', ''''', '''send_invite'', ''https://''', '''send_invite'', null',
    '''send_invite'', ''p1'', ''[]''', '''send_invite'', ''p1'', ''{"account": "other"}''', '''send_invite'', ''p1'', not_before => ''2027-02-28 12:00+00''', '''send_invite'', ''p1'', not_before => ''infinity''',
    '''send_invite'', ''p1'', priority => 1001']) a;
select tests.refused('select steward.schedule_action(''01234567-0123-7123-8123-0123456789ab'', ''send_invite'', ''p1'')');
select l, tests.as_login(l, 'select steward.schedule_action(tests.account(), ''view_profile'', ''p0'') is not null') from unnest('{regress_editor,regress_viewer,regress_outsider,regress_worker,regress_admin}'::text[]) l;
-- A kind of which the policy has none, and a provider without a governed tool for it.
select steward.add_account('eve', 'linked', 'id of eve', 'UTC', '{"preset": "founder"}') is not null;
select tests.refused('select steward.schedule_action(tests.account(''eve''), ''inmail'', ''p1'')');
select steward.define_provider('other', '{"base_url": "https://other.example"}'), steward.add_account('max', 'other', 'id of max', 'UTC') is not null;
select tests.refused('select steward.schedule_action(tests.account(''max''), ''send_invite'', ''p1'')');
select tests.refused('select steward.define_tool(''other_send_invite'', ''{"executor": "http", "provider": "other", "adapter": "http_json", "governed": true, "request": {"path": "/", "body": {}}}'')');
-- Nobody but the governor sends with a governed tool.
select tests.refused('select steward.enqueue(''linked_send_invite'', ''{"account": "id of ann", "person": "p1"}'', workspace_id => tests.workspace(''acme''))'),
    tests.code('select steward.enqueue_many(''linked_send_invite'', array[''{}'']::jsonb[], workspace_id => tests.workspace(''acme''))');

-- The same person, however it is written, is invited once, by whichever account.
select steward.schedule_action(tests.account(), 'send_invite', 'https://www.linkedin.com/in/Ada/?x=1') is not null;
select tests.refused('select steward.schedule_action(tests.account(), ''send_invite'', ''linkedin.com/in/ada'')'), tests.code('select steward.schedule_action(tests.account(''bob''), ''send_invite'', ''LINKEDIN.com/in/ada#me'')');
select steward.cancel_action(tests.act('send_invite', 'https://www.linkedin.com/in/Ada/?x=1'), 'a mistake');
select steward.schedule_action(tests.account('bob'), 'send_invite', 'linkedin.com/in/ada') is not null;
select tests.refused(format('select steward.cancel_action(%L, ''again'')', tests.act('send_invite', 'https://www.linkedin.com/in/Ada/?x=1')));

-- Left alone: what is scheduled is skipped, what comes later is refused; by person and by domain.
select steward.schedule_action(tests.account(), 'send_message', 'grace') is not null, steward.schedule_action(tests.account('bob'), 'send_message', 'linus', domain => 'Kernel.example') is not null;
select steward.suppress('person', 'GRACE', 'asked us to', tests.workspace('acme')), steward.suppress('domain', 'kernel.example', 'a customer', tests.workspace('acme'));
select tests.states();
select tests.refused('select steward.schedule_action(tests.account(), ''send_invite'', ''grace'')'), tests.code('select steward.schedule_action(tests.account(), ''send_invite'', ''alan'', domain => ''KERNEL.example'')');
select tests.refused('select steward.suppress(''planet'', ''mars'', ''why'', tests.workspace(''acme''))');

-- An answer ends follow-ups from every account.
select steward.schedule_action(tests.account(), 'follow_up', 'kurt') is not null, steward.schedule_action(tests.account('bob'), 'follow_up', 'kurt') is not null, steward.schedule_action(tests.account('bob'), 'send_message', 'kurt') is not null;
select steward.record_outreach_event(tests.account(), 'reply', 'Kurt');
select tests.refused('select steward.record_outreach_event(tests.account(), ''shrug'', ''kurt'')'), tests.code('select steward.record_outreach_event(tests.account(), ''reply'')');
select string_agg(state || coalesce(' ' || code, ''), ', ' order by id) from steward.action where person = 'kurt';

-- Why it waits.
select check_name, verdict, retry_at at time zone 'UTC' from steward.explain_action(tests.act('send_message', 'kurt'));
select steward.governor_tick(), tests.as_login('regress_outsider', format('select count(*) from steward.explain_action(%L)', tests.act('send_message', 'kurt')));
select check_name, verdict, regexp_replace(regexp_replace(detail, '\d+ drawn', 'N drawn'), '\.\d+ 2027 PST', ''), retry_at at time zone 'UTC' from steward.explain_action(tests.act('send_message', 'kurt'));
select slot, state, kind from steward.plan_preview(tests.account('bob')) order by slot;

-- Nobody knows whether it was sent: it counts, is not repeated, and the person gets nothing else until a probe has asked.
call tests.live('2027-03-01 20:59+00', '{"phase": "lost", "error": "the connection broke"}', '{outreach}');
select tests.states();
select count(*), tests.violations() from steward.action_claim;
select steward.schedule_action(tests.account('bob'), 'send_message', 'linkedin.com/in/ada') is not null;
select check_name, verdict, detail ~ 'is unknown' from steward.explain_action(tests.act('send_message', 'linkedin.com/in/ada')) where check_name = 'person';
select check_name, verdict, detail from steward.explain_action(tests.act('send_invite', 'linkedin.com/in/ada'));
select tests.refused(format('select steward.resolve_job(%L, ''queued'', ''again'')', (select job_id from steward.action where id = tests.act('send_invite', 'linkedin.com/in/ada'))));
-- The provider lists it: it was done. Of a message, it does not: asked twice, it failed.
call tests.live('2027-03-02 12:00+00', tests.answer(200, '{"id": 2, "items": [{"invited": {"id": "linkedin.com/in/ada"}}, {"attendee": "kurt", "timestamp": "2027-02-01T00:00:00Z"}]}'));
select string_agg(format('%s %s: %s (%s)', kind, person, state, code), ', ' order by id) from steward.action where code in ('probed', 'not_listed');
select steward.is_listed('[{"a": "kurt", "t": "2027-03-01T10:00:00.123Z"}]', 'kurt', '2027-03-01 10:00+00'), steward.is_listed('[{"a": "kurt", "t": "2027-03-01T09:59:00Z"}]', 'kurt', '2027-03-01 10:00+00'), steward.is_listed('{}', 'kurt', null);
-- And the person is not waited for any longer.
select state in ('backlog', 'planned', 'done') from steward.action where id = tests.act('send_message', 'linkedin.com/in/ada');

-- Who it was is erased, wherever it stood; that the person was invited, and is to be left alone, is still known.
select tests.as_login('regress_editor', 'select steward.erase_person(''linkedin.com/in/ada'', tests.workspace(''acme''))');
call tests.live('2027-03-02 23:00+00');
select steward.erase_person('https://LinkedIn.com/in/ada', tests.workspace('acme')) >= 2;
select count(*) from steward.action where person ~ 'ada' and state <> 'cancelled';
select count(*) from steward.job where payload::text ~ 'in/ada' or result::text ~ 'in/ada';
select tests.code('select steward.schedule_action(tests.account(), ''send_invite'', ''linkedin.com/in/ada'')'), (select count(*) from steward.suppression where value is null);
-- In a dry run nothing goes out, and nothing counts: an action is rehearsed once.
select steward.set_dry_run(tests.workspace('acme'), true), steward.schedule_action(tests.account(), 'view_profile', 'niels', priority => -1000) is not null;
select count(*) as claims from steward.action_claim \gset
call tests.live('2027-03-03 23:00+00');
select state, code, claimed_at from steward.action where person = 'niels';
select count(*) = :claims from steward.action_claim;
-- Where spending is stopped, or somebody ended the job, nothing goes out and nothing counts.
select steward.set_dry_run(tests.workspace('acme'), false), steward.schedule_action(tests.account('bob'), 'view_profile', 'alonzo', priority => -1000) is not null;
select steward.stop_spending(tests.workspace('acme'), 'a look at the bill');
call tests.live('2027-03-04 23:00+00');
select state in ('backlog', 'planned'), claimed_at from steward.action where person = 'alonzo';
select steward.resume_spending(tests.workspace('acme'));
call tests.live('2027-03-05 23:00+00');
select state, count(*) from steward.action where person = 'alonzo' group by 1;
-- After a restore a job that was on its way is in doubt, and so is its action.
select steward.schedule_action(tests.account('bob'), 'view_profile', 'emmy', priority => -1000) is not null;
call tests.live('2027-03-09 20:59+00', queues => '{none}');
select a.state, j.outcome from steward.action a join steward.job j on j.id = a.job_id where a.person = 'emmy';
select steward.end_job(j.job_id, 0, 'in_doubt', 'restored', 'it may have run since') from steward.action_job j join steward.action a on a.id = j.action_id where a.person = 'emmy';
delete from steward.waiting w using steward.action a where a.person = 'emmy' and w.id = a.job_id;
delete from steward.ready r using steward.action a where a.person = 'emmy' and r.id = a.job_id;
select steward.reconcile_actions();
select state, code, probe_at is not null from steward.action where person = 'emmy';
