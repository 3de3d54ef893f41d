-- Takes back what dead workers and passed deadlines left behind; returns how many attempts.
select steward.rescue_jobs()
