select steward.governor_tick() as enqueued;
