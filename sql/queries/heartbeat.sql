-- Tells the database that worker $1 is alive and what it can do ($2); returns how many seconds it may be silent.
select steward.lease_seconds() as lease_seconds
from steward.heartbeat($1, $2)
