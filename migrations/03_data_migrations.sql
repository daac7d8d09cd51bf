-- Phase 2 of the portal, step 3: the new columns and tables get their rows from what is there.
-- Nothing is taken away: profiles.legacy_details and portfolios.risk_profile stay until no code reads them.
--
-- phasegate: lock_timeout = 5s
-- phasegate: statement_timeout = 10min
-- phasegate: adds function public.normalise_uk_phone(text)
-- phasegate: changes data public.profiles (phone, updated_at)
-- phasegate: changes data public.users (preferred_name, updated_at)
-- phasegate: changes data public.client_groups (next_review_on, service_level, updated_at)
-- phasegate: changes data public.product_owners (user_id)
-- phasegate: changes data public.portfolios (risk_rating, updated_at)
-- phasegate: changes data public.provider_summary (last_portfolio_update)
-- phasegate: inserts public.client_information_items
-- phasegate: inserts public.product_owner_products
-- phasegate: inserts public.client_notes
-- phasegate: inserts public.workflow_tasks rows >= 1
-- Triggers on portfolios and product_owners write the audit trail:
-- phasegate: inserts public.activity_log
-- Each product gets its one owner and each note its row, none more and none less:
-- phasegate: copies public.products -> public.product_owner_products (id = product_id, primary_owner_id = product_owner_id)
-- phasegate: copies public.client_groups where (notes <> '') -> public.client_notes (id = client_group_id, adviser_id = author_id, notes = body)
-- Numbers get another form, and a number that was never asked for stays so; portfolios are rewritten, their money is not:
-- phasegate: keeps nulls public.profiles.phone
-- phasegate: keeps sum public.portfolios.calculated_value

-- A British phone number in international form, without spaces.
CREATE FUNCTION public.normalise_uk_phone(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $function$
    SELECT pg_catalog.regexp_replace(pg_catalog.regexp_replace($1, '[^0-9+]', '', 'g'), '^0', '+44');
$function$;

-- Empty stays empty and NULL stays NULL: "has none" and "never asked" are different answers.
UPDATE public.profiles
SET phone = public.normalise_uk_phone(phone)
WHERE phone <> public.normalise_uk_phone(phone);

DO $block$
DECLARE
    unreadable bigint;
BEGIN
    SELECT count(*) INTO unreadable
    FROM public.profiles
    WHERE phone <> '' AND phone !~ '^[+]44[0-9]{9,10}$';
    IF unreadable > 0 THEN
        RAISE EXCEPTION '% phone numbers have a form that this migration does not know; none was changed', unreadable
            USING HINT = 'correct them in public.profiles, then run the phase again';
    END IF;
END;
$block$;

UPDATE public.users AS u
SET preferred_name = p.legacy_details ->> 'preferred_name'
FROM public.profiles AS p
WHERE p.user_id = u.id AND p.legacy_details ->> 'preferred_name' <> '';

INSERT INTO public.client_information_items (user_id, item_type, value, source)
SELECT p.user_id, item.key, item.value, 'legacy_details'
FROM public.profiles AS p
CROSS JOIN LATERAL jsonb_each_text(p.legacy_details) AS item
ORDER BY p.user_id, item.key COLLATE "C";

UPDATE public.client_groups
SET next_review_on = public.next_review_on(last_review_on, CASE WHEN 'vip' = ANY (tags) THEN 6 ELSE 12 END),
    service_level = CASE WHEN 'vip' = ANY (tags) THEN 'premier' ELSE 'standard' END
WHERE status IN ('active', 'dormant');

-- A subquery, not a join: the audit trail is then written in the order of the table, whatever the plan.
UPDATE public.product_owners AS o
SET user_id = (SELECT u.id FROM public.users AS u WHERE u.email = o.email AND u.role = 'client')
WHERE o.email IS NOT NULL;

UPDATE public.portfolios
SET risk_rating = CASE risk_profile
        WHEN 'cautious' THEN 1 WHEN 'moderate' THEN 2 WHEN 'balanced' THEN 4 WHEN 'growth' THEN 5
        WHEN 'adventurous' THEN 7 ELSE 4
    END;

INSERT INTO public.product_owner_products (product_id, product_owner_id, share_percent)
SELECT id, primary_owner_id, 100 FROM public.products;

INSERT INTO public.client_notes (client_group_id, author_id, category, body)
SELECT id, adviser_id, 'general', notes
FROM public.client_groups
WHERE notes <> ''
ORDER BY id;

-- A review is two tasks; the second waits for the first. The keys follow from the group, so that both can be found.
INSERT INTO public.workflow_tasks (id, client_group_id, assigned_to, depends_on, title, status, due_on)
SELECT md5(task.title || id)::uuid,
       id,
       adviser_id,
       md5(task.waits_for || id)::uuid,
       task.title,
       task.status::public.workflow_status,
       next_review_on - task.days_before
FROM public.client_groups
CROSS JOIN (VALUES ('Ask for documents', NULL, 'open', 14), ('Hold the review', 'Ask for documents', 'waiting', 0))
    AS task (title, waits_for, status, days_before)
WHERE next_review_on IS NOT NULL;

REFRESH MATERIALIZED VIEW public.provider_summary;
