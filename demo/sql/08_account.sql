\echo '-- What ran, and how long the calls took that were answered, in seconds.'
select j.tool, j.state, count(distinct j.id) as jobs, count(*) as attempts,
    round(avg(extract(epoch from a.duration)) filter (where a.decision = 'succeed'), 2) as average,
    round(max(extract(epoch from a.duration)) filter (where a.decision = 'succeed'), 2) as longest
from steward.jobs j join steward.attempts a on a.job_id = j.id
group by j.tool, j.state
order by j.tool;

\echo '-- What was not answered the first time, why, and what followed.'
select right(j.id::text, 12) as job, coalesce(j.payload ->> 'topic', j.payload ->> 'file', j.payload ->> 'to') as about,
    a.number as attempt, a.error_code as code, a.decision,
    round(extract(epoch from again.claimed_at - a.finished_at), 1) as again_after_s
from steward.attempts a
join steward.jobs j on j.id = a.job_id
left join steward.attempts again on again.job_id = a.job_id and again.number = a.number + 1
where a.decision <> 'succeed'
order by a.finished_at;

\echo '-- The reasons in words.'
select error_code as code, left(error_message, 82) as reason, count(*) as attempts
from steward.attempts
where decision <> 'succeed'
group by code, reason
order by code;

\echo '-- Two of the eight drafts.'
select result ->> 'title' as title, slide.number, slide.content ->> 'headline' as headline
from steward.jobs, jsonb_array_elements(result -> 'slides') with ordinality as slide (content, number)
where payload ->> 'topic' in ('Medical Device Regulations', 'Marketing Attribution') and slide.number <= 2
order by jobs.id, slide.number;

\echo '-- What became of the 500 leads, and three of them.'
select result ->> 'read' as read, result ->> 'enriched' as enriched,
    jsonb_array_length(result -> 'rejected') as rejected, result ->> 'decision_makers' as decision_makers,
    result #>> '{filled_in,country}' as countries_found, result #>> '{filled_in,department}' as departments_found
from steward.jobs where tool = 'enrich_leads';

select lead.name, lead.company, lead.domain, lead.seniority, lead.department, lead.country
from steward.jobs, jsonb_to_recordset(result -> 'leads') as lead
    (line int, name text, company text, domain text, title text, seniority text, department text, country text)
where tool = 'enrich_leads' and lead.department = 'regulatory & quality'
order by lead.line limit 3;

select lead ->> 'line' as line, lead ->> 'reason' as rejected_because
from steward.jobs, jsonb_array_elements(result -> 'rejected') as lead
where tool = 'enrich_leads' limit 3;

\echo '-- What a carousel job sends, exactly (here without the JSON schema, which stands above).'
\pset format unaligned
\pset tuples_only on
select jsonb_pretty(steward.preview_request('carousel', jsonb_build_object('topic', 'Medical Device Regulations',
    'persona', 'Regulatory affairs lead, medical devices', 'slides', 5, 'model', :'model'))
    #- '{body,response_format}') as preview_request;
