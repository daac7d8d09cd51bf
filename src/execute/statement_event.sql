-- A statement may be tried again within one attempt (no lock in time): its intent stands already then.
INSERT INTO :"schema".:"statements" (attempt, phase, statement, event, sha256, excerpt)
VALUES (:'attempt', :'phase', :'statement', :'event', :'digits', :'excerpt')
ON CONFLICT DO NOTHING
