-- Before worker $1 claims again after a claim without an answer: takes back all it claimed but has not sent, other than the attempts ($2, $3).
select steward.release_unheld($1, $2, $3)
