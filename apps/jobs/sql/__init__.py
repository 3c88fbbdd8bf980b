"""The hot path's SQL: claim, settle, enqueue, sweep. Everything else in the house uses the ORM.

Lock order. Claim: lanes (SKIP LOCKED), buckets by id, jobs. Settle: jobs, buckets by id, lanes (SKIP LOCKED).
Enqueue: lane, then job, last in its transaction. What a person, an operation or a partner changes of waiting jobs: lanes by
id, then jobs. So neither claim nor settle ever waits for a lane.

Heads. A lane keeps for each priority a place (run_at, id) before which it has no claimable job, so that a probe need not
step over what an old snapshot keeps of jobs long gone. A head too low costs time; one too high hides a job. Hence:
- it is raised only under the lane's lock, taken by an earlier statement, and only where no lease covers running jobs;
- who makes a job claimable lowers it under that lock (enqueue), or computes it afresh after its own change (rewake);
- a settle lowers nothing: what it gives back comes at its old place or a later one, which no head has passed.
The sweep looks below the heads all the same, once a minute.

Plans. An engine worker plans a statement once, maybe while the tables are small, and keeps the plan. So a statement says
what it looks for as an array of ids beside the rows (`= ANY`), or probes row by row (LATERAL), and what else must hold is
asked with IS TRUE, which no index serves: no plan is left that goes through all that is queued for a handful of it. Where
rows that were found so meet those that we sent, it is asked with CASE (`seen`): else they meet each with each.
"""
