-- Tells the database that worker $1 is alive and what it can do.
select steward.heartbeat($1, $2)
