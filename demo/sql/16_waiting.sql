select waiting_for, waiting_detail, count(*) as jobs from steward.jobs where tool = 'illustrate' and state = 'waiting'
group by waiting_for, waiting_detail;
