-- Takes back what dead workers and passed deadlines left behind, and runs schedules that are due; returns how many attempts were taken back.
select steward.upkeep()
