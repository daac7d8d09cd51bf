-- Phase 2 of the portal, step 1: the existing schema makes room.
-- New columns are nullable and without defaults, so no table is rewritten and old application code keeps working.
--
-- phasegate: lock_timeout = 5s
-- phasegate: statement_timeout = 1min
-- phasegate: adds type public.workflow_status, public.note_category
-- phasegate: changes type public.transaction_type
-- phasegate: adds column public.users.preferred_name
-- phasegate: adds column public.client_groups.next_review_on, public.client_groups.service_level
-- phasegate: adds column public.product_owners.user_id
-- phasegate: adds column public.portfolios.risk_rating
-- phasegate: changes column public.client_groups.reference
-- phasegate: changes comment public.client_groups
-- phasegate: adds function public.next_review_on(date, integer)
-- phasegate: changes view public.client_dashboard_view

CREATE TYPE public.workflow_status AS ENUM ('open', 'waiting', 'done', 'cancelled');
CREATE TYPE public.note_category AS ENUM ('general', 'meeting', 'compliance');
ALTER TYPE public.transaction_type ADD VALUE 'fee_rebate' AFTER 'fee';

ALTER TABLE public.users ADD COLUMN preferred_name text;
COMMENT ON COLUMN public.users.preferred_name IS 'How the person wants to be addressed; NULL: as display_name';

ALTER TABLE public.client_groups
    ADD COLUMN next_review_on date,
    ADD COLUMN service_level text,
    ALTER COLUMN reference TYPE varchar(40);
COMMENT ON TABLE public.client_groups IS
    'A household, trust or company that the firm looks after as one client, with its review cycle';

ALTER TABLE public.product_owners ADD COLUMN user_id bigint;
COMMENT ON COLUMN public.product_owners.user_id IS 'The portal account of this person, where there is one';

ALTER TABLE public.portfolios ADD COLUMN risk_rating smallint;
COMMENT ON COLUMN public.portfolios.risk_rating IS 'From 1, cautious, to 7, adventurous; replaces risk_profile';

-- The day a number of months after a review.
CREATE FUNCTION public.next_review_on(date, integer) RETURNS date
LANGUAGE sql IMMUTABLE STRICT AS $function$
    SELECT ($1 + pg_catalog.make_interval(months => $2))::date;
$function$;

-- A view may gain columns at its end without being dropped: grants and dependants stay.
CREATE OR REPLACE VIEW public.client_dashboard_view AS
SELECT g.id AS client_group_id,
       g.name,
       g.kind,
       g.status,
       adviser.display_name AS adviser_name,
       people.owners,
       held.products,
       held.portfolios,
       held.total_value,
       g.last_review_on,
       g.next_review_on,
       g.service_level
FROM public.client_groups AS g
JOIN public.users AS adviser ON adviser.id = g.adviser_id
CROSS JOIN LATERAL (
    SELECT count(*) AS owners FROM public.product_owners AS o WHERE o.client_group_id = g.id
) AS people
CROSS JOIN LATERAL (
    SELECT count(DISTINCT p.id) AS products,
           count(f.id) AS portfolios,
           coalesce(sum(f.calculated_value), 0) AS total_value
    FROM public.products AS p
    LEFT JOIN public.portfolios AS f ON f.product_id = p.id
    WHERE p.client_group_id = g.id
) AS held;
