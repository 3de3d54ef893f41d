-- Shows a message of a running script to whoever watches the job; false when the attempt is no longer live.
select steward.report_progress($1, $2, $3, $4)
