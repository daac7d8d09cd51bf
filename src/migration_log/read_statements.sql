SELECT attempt, statement, event, sha256 FROM :"schema".:"statements" ORDER BY attempt, statement, event DESC
