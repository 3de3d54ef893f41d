\echo '-- Eight carousels for two personas. The models of three of them answer with a fault the first time (sandbox only).'
select right(job::text, 12) as job, topic, persona
from (values
    ('Medical Device Regulations',   'Regulatory affairs lead, medical devices', :'model'),
    ('Clinical Evaluation Reports',  'Regulatory affairs lead, medical devices', :'rate_limited'),
    ('Account-Based Marketing',      'Marketing director, B2B software',         :'server_error'),
    ('Buyer Intent Data',            'Marketing director, B2B software',         :'cut_off'),
    ('Post-Market Surveillance',     'Regulatory affairs lead, medical devices', :'model'),
    ('Software as a Medical Device', 'Regulatory affairs lead, medical devices', :'model'),
    ('Customer Reference Stories',   'Marketing director, B2B software',         :'model'),
    ('Marketing Attribution',        'Marketing director, B2B software',         :'model'))
    as wish (topic, persona, model),
    steward.enqueue('carousel',
        jsonb_build_object('topic', topic, 'persona', persona, 'slides', 5, 'model', model)) as job;

\echo '-- 500 leads to enrich, and three invitations; the mail service is slow with the last.'
select right(steward.enqueue('enrich_leads', '{"file": "leads.csv"}')::text, 12) as job;

select right(job::text, 12) as job, receiver
from (values ('ada@alder-medical.example', 'sandbox'), ('ivan@beacon-cloud.example', 'sandbox'),
             ('maya@cobalt-devices.example', 'sandbox-slow')) as invite (receiver, gateway),
    steward.enqueue('send_invite', jsonb_build_object('to', receiver, 'gateway', gateway, 'webinar', 'MDR in practice'),
        idempotency_key => 'invite:mdr-in-practice:' || receiver) as job;
