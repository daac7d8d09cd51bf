-- Rows that nobody wrote down. The time of the entry must not lie before the change that it is about.
NOT EXISTS (SELECT FROM :audit AS p WHERE :matches AND (:in_time) AND (:audit_filter))
