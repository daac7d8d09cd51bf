-- The reference platform, part 2 of 3: its rows.
--
-- SET platform.scale = '1' first: a firm with 130 client groups and 5,000 valuations; 1000 is 5 million valuations.
-- All tables but providers and funds grow in proportion. The rows are a function of the scale alone: integer and
-- decimal arithmetic and md5 over generate_series, no clock, no chance, nothing that depends on time zone,
-- collation, machine or server version.

CREATE OR REPLACE FUNCTION pg_temp.scale() RETURNS bigint LANGUAGE sql STABLE AS $function$
    SELECT pg_catalog.current_setting('platform.scale')::bigint;
$function$;

CREATE OR REPLACE FUNCTION pg_temp.first_name(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
    SELECT (ARRAY['Amelia', 'Zoë', 'Siobhán', 'George', 'Łukasz', 'Mei', 'José', 'Åsa', 'Priya', 'Oliver',
                  'Ngọc', 'Dmitrij', '美咲', 'Ólafur', 'Fatima', 'Jean-Luc', 'Γιώργος'])[n % 17 + 1];
$function$;

CREATE OR REPLACE FUNCTION pg_temp.last_name(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
    SELECT (ARRAY['Smith', 'O''Brien', 'Müller', 'Nguyễn', 'Patel', 'de la Cruz', 'Ångström', 'Kowalski', '田中',
                  'MacDonald', 'Sørensen', 'Okafor', 'Jones'])[n % 13 + 1];
$function$;

CREATE OR REPLACE FUNCTION pg_temp.minute(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $function$
    SELECT timestamptz '2021-01-04 09:00:00+00' + pg_catalog.make_interval(mins => (n % 2000000)::integer);
$function$;

INSERT INTO public.users
    (id, public_id, email, display_name, role, is_active, manager_id, password_hash, last_login_at, settings,
     created_at, updated_at)
SELECT n,
       md5('user:' || n)::uuid,
       'user' || lpad(n::text, 6, '0') || '@portal.example',
       pg_temp.first_name(n) || ' ' || pg_temp.last_name(n),
       (CASE WHEN n % 20 = 2 THEN 'adviser' WHEN n % 20 = 3 THEN 'paraplanner' WHEN n % 100 = 4 THEN 'admin'
             ELSE 'client' END)::public.user_role,
       n % 31 <> 0,
       CASE WHEN n % 20 IN (2, 3) THEN (n - 1) / 100 * 100 + 4 END,
       '$argon2id$' || md5('password:' || n),
       CASE WHEN n % 9 <> 0 THEN pg_temp.minute(n * 977) + interval '0.123456 seconds' END,
       CASE n % 4 WHEN 0 THEN '{}'::jsonb
                  WHEN 1 THEN '{"theme": "dark", "rows": 50}'::jsonb
                  WHEN 2 THEN jsonb_build_object('theme', NULL, 'favourites', jsonb_build_array(n, n % 7, 'ISA'))
                  ELSE '{"theme": "", "zoom": 1.50}'::jsonb END,
       pg_temp.minute(n * 11),
       pg_temp.minute(n * 11 + 4321)
FROM generate_series(1, 200 * pg_temp.scale()) AS n;

INSERT INTO public.profiles
    (user_id, first_name, middle_name, last_name, date_of_birth, phone, address_lines, postcode, marketing_consent,
     legacy_details, updated_at)
SELECT n,
       pg_temp.first_name(n),
       CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE pg_temp.first_name(n * 5 + 3) END,
       pg_temp.last_name(n),
       CASE WHEN n % 23 <> 0 THEN date '1940-01-01' + (n * 7919 % 22000)::integer END,
       CASE n % 6 WHEN 0 THEN NULL
                  WHEN 1 THEN ''
                  WHEN 2 THEN '020 7946 0' || lpad((n * 37 % 1000)::text, 3, '0')
                  WHEN 3 THEN '(0161) 496-0' || lpad((n * 41 % 1000)::text, 3, '0')
                  WHEN 4 THEN '+44 29 2018 0' || lpad((n * 43 % 1000)::text, 3, '0')
                  ELSE '07700 900' || lpad((n * 47 % 1000)::text, 3, '0') END,
       CASE n % 5 WHEN 0 THEN '{}'::text[]
                  WHEN 1 THEN ARRAY[(n % 200 + 1) || ' High Street', 'Bath']
                  WHEN 2 THEN ARRAY['Flat ' || n % 40 + 1, '"The Mill", Old Road', 'Ebbw Vale']
                  WHEN 3 THEN ARRAY['', NULL, 'Caffè Row', '']
                  ELSE ARRAY['Rosé Cottage, ' || n] END,
       CASE WHEN n % 7 <> 0 THEN 'BA' || n % 20 + 1 || ' ' || n % 9 + 1 || 'QX' END,
       CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END,
       CASE n % 4 WHEN 0 THEN NULL
                  WHEN 1 THEN jsonb_build_object('preferred_name', left(pg_temp.first_name(n), 3), 'fax', '')
                  WHEN 2 THEN jsonb_build_object('employer', 'Employer ' || n % 37, 'fax', NULL,
                                                 'preferred_name', pg_temp.last_name(n))
                  ELSE '{}'::jsonb END,
       pg_temp.minute(n * 13 + 99)
FROM generate_series(1, 200 * pg_temp.scale()) AS n
WHERE n % 20 <> 0;

INSERT INTO public.client_groups
    (id, reference, name, kind, status, adviser_id, last_review_on, annual_fee_percent, tags, notes,
     created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n,
       'CG' || lpad(n::text, 8, '0'),
       pg_temp.last_name(n * 3) || (ARRAY['', ' & partner', ' family', ' Trust', ' Ltd'])[n % 5 + 1],
       (ARRAY['individual', 'couple', 'family', 'trust', 'company'])[n % 5 + 1],
       (ARRAY['active', 'active', 'active', 'prospect', 'active', 'dormant', 'active', 'left'])[n % 8 + 1],
       20 * ((n - 1) % (10 * pg_temp.scale())) + 2,
       CASE WHEN n % 6 <> 0 THEN date '2023-01-02' + (n * 53 % 700)::integer END,
       CASE WHEN n % 10 <> 0 THEN (n * 125 % 1750) * 0.001 END,
       CASE n % 4 WHEN 0 THEN '{}'::text[] WHEN 1 THEN ARRAY['vip'] WHEN 2 THEN ARRAY['vip', 'estate, gifts']
                  ELSE ARRAY['élite', '', 'vip'] END,
       CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'Prefers letters; see file ' || n || E'.\nMeets "in person".' END,
       pg_temp.minute(n * 17),
       pg_temp.minute(n * 17 + 60)
FROM generate_series(1, 130 * pg_temp.scale()) AS n;

-- The first owner of group n is owner n; the first 50 groups of every 130 have a second one.
INSERT INTO public.product_owners
    (id, client_group_id, public_id, title, first_name, last_name, known_as, email, date_of_birth,
     national_insurance_number_enc, is_primary, created_at)
OVERRIDING SYSTEM VALUE
SELECT n,
       (n - 1) % (130 * pg_temp.scale()) + 1,
       md5('owner:' || n)::uuid,
       (ARRAY['Ms', 'Mr', 'Dr', NULL, ''])[n % 5 + 1],
       pg_temp.first_name(n),
       pg_temp.last_name(n),
       CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE left(pg_temp.first_name(n), 4) END,
       CASE WHEN n % 3 <> 0 THEN 'user' || lpad(n::text, 6, '0') || '@portal.example' END,
       date '1940-01-01' + (n * 7919 % 22000)::integer,
       CASE WHEN n % 8 <> 0 THEN decode(md5('nonce:' || n) || md5('number:' || n), 'hex') END,
       n <= 130 * pg_temp.scale(),
       pg_temp.minute(n * 19)
FROM generate_series(1, 180 * pg_temp.scale()) AS n;

INSERT INTO public.providers (code, name, kind, register_number, website, minimum_investment, is_active) VALUES
    ('ALBION', 'Albion Platform', 'platform', 110001, 'https://albion.example', 500.00, true),
    ('AVALON', 'Avalon Life', 'insurer', 110002, NULL, 1000.00, true),
    ('BOREAL', 'Boréal Épargne', 'bank', 110003, '', NULL, true),
    ('CASTLE', 'Castle Wealth', 'platform', 110004, 'https://castle.example', 250.00, true),
    ('DELTA', 'Delta Pensions', 'insurer', 110005, 'https://delta.example', 1000.00, true),
    ('EQUINOX', 'Equinox Funds', 'fund house', 110006, NULL, 0.00, true),
    ('FJORD', 'Fjord Kapital Ø', 'fund house', 110007, 'https://fjord.example', 100.50, true),
    ('GRANITE', 'Granite Mutual', 'insurer', 110008, 'https://granite.example', 500.00, false),
    ('HARBOUR', 'Harbour Invest', 'platform', 110009, 'https://harbour.example', 500.00, true),
    ('IONA', 'Iona Savings Bank', 'bank', 110010, '', 1.00, true),
    ('JUNIPER', 'Juniper Bonds', 'fund house', 110011, NULL, NULL, true),
    ('KESTREL', 'Kestrel Platform', 'platform', 110012, 'https://kestrel.example', 500.00, true);

-- Where the group has two owners, every second round of its products belongs to the second.
INSERT INTO public.products
    (id, client_group_id, primary_owner_id, provider_code, name, wrapper, status, account_number, started_on, ended_on,
     charges)
OVERRIDING SYSTEM VALUE
SELECT n,
       g,
       CASE WHEN n > groups AND g <= owners - groups THEN g + groups ELSE g END,
       (ARRAY['ALBION', 'AVALON', 'BOREAL', 'CASTLE', 'DELTA', 'EQUINOX', 'FJORD', 'GRANITE', 'HARBOUR', 'IONA',
              'JUNIPER', 'KESTREL'])[n % 12 + 1],
       (ARRAY['Growth', 'Income', 'Retirement', 'Rainy day'])[n % 4 + 1] || ' ' || n % 90,
       (ARRAY['ISA', 'SIPP', 'GIA', 'bond', 'JISA'])[n % 5 + 1],
       CASE n % 25 WHEN 0 THEN 'matured' WHEN 13 THEN 'lapsed' ELSE 'active' END,
       'AC-' || lpad(n::text, 9, '0'),
       date '2010-04-06' + (n * 97 % 3000)::integer,
       CASE WHEN n % 25 IN (0, 13) THEN date '2022-05-01' + (n % 600)::integer END,
       jsonb_build_object('initial', (n % 9) * 0.25, 'ongoing', (n % 11) * 0.10, 'tiers',
                          jsonb_build_array(n % 3, '2.50'))
FROM (SELECT n, (n - 1) % (130 * pg_temp.scale()) + 1 AS g, 130 * pg_temp.scale() AS groups,
             180 * pg_temp.scale() AS owners
      FROM generate_series(1, 200 * pg_temp.scale()) AS n) AS numbered;

INSERT INTO public.funds (id, isin, name, asset_class, currency, ongoing_charge, risk_score, launched_on, is_open)
SELECT n,
       'GB00F' || lpad((n * 7919 % 1000000)::text, 6, '0') || n % 10,
       (ARRAY['Global', 'Régional', 'Nordic', '日本', 'Emerging', 'Sterling'])[n % 6 + 1] || ' '
           || (ARRAY['Equity', 'Bond', 'Property', 'Cash', 'Mixed'])[n % 5 + 1] || ' ' || n,
       (ARRAY['equity', 'bond', 'property', 'cash', 'mixed'])[n % 5 + 1],
       (ARRAY['GBP', 'GBP', 'EUR', 'USD'])[n % 4 + 1],
       (n * 137 % 17500) * 0.0001,
       n % 7 + 1,
       CASE WHEN n % 11 <> 0 THEN date '1998-02-02' + n * 113 END,
       n % 17 <> 0
FROM generate_series(1, 60) AS n;

-- Three to seven holdings a portfolio; each fiftieth portfolio is closed and empty. The numbers leave gaps.
INSERT INTO public.holdings (id, portfolio_id, fund_id, units, unit_price, market_value, book_cost, acquired_on)
SELECT n + 1, p, fund_id, units, unit_price, round(units * unit_price, 2),
       round(units * unit_price * (80 + n % 35) * 0.01, 2),
       date '2015-01-05' + (n * 31 % 3200)::integer
FROM (SELECT n, p, fund_id, (1000000 + n * 2654435761 % 4000000000) * 0.000001 AS units,
             (7500 + fund_id * 7919 % 400000) * 0.0001 AS unit_price
      FROM (SELECT n, n / 7 + 1 AS p, n % 7 AS j, (n / 7 * 7 + n % 7 * 11) % 60 + 1 AS fund_id
            FROM generate_series(0, 1750 * pg_temp.scale() - 1) AS n) AS placed
      WHERE j < 3 + p % 5 AND p % 50 <> 0) AS priced;

INSERT INTO public.portfolios
    (id, public_id, user_id, product_id, name, status, currency, risk_profile, calculated_value, target_allocation,
     opened_on, closed_at, created_at, updated_at)
SELECT n,
       md5('portfolio:' || n)::uuid,
       (n - 1) % (200 * pg_temp.scale()) + 1,
       (n - 1) % (200 * pg_temp.scale()) + 1,
       (ARRAY['Core', 'Satellite', 'Épargne', 'Model'])[n % 4 + 1] || ' ' || n % 60,
       (CASE WHEN n % 50 = 0 THEN 'closed' WHEN n % 37 = 0 THEN 'suspended' ELSE 'active' END)::public.portfolio_status,
       'GBP',
       (ARRAY['cautious', 'moderate', 'balanced', 'growth', 'adventurous', NULL])[n % 6 + 1],
       coalesce(held.market_value, 0),
       CASE WHEN n % 8 <> 0
            THEN jsonb_build_object('equity', n % 101, 'bond', 100 - n % 101, 'bands', '[[0, 5.0], [5.0, null]]'::jsonb)
       END,
       date '2015-01-05' + (n * 29 % 1800)::integer,
       CASE WHEN n % 50 = 0 THEN timestamptz '2024-03-28 16:30:00+00' END,
       pg_temp.minute(n * 23),
       pg_temp.minute(n * 23 + 777)
FROM generate_series(1, 250 * pg_temp.scale()) AS n
LEFT JOIN (SELECT portfolio_id, sum(market_value) AS market_value FROM public.holdings GROUP BY portfolio_id) AS held
    ON held.portfolio_id = n;

INSERT INTO public.valuations (portfolio_id, valuation_date, market_value, net_flow, source, is_estimated)
SELECT n / 20 + 1,
       (ARRAY['2020-03-31', '2020-06-30', '2020-09-30', '2020-12-31', '2021-03-31', '2021-06-30', '2021-09-30',
              '2021-12-31', '2022-03-31', '2022-06-30', '2022-09-30', '2022-12-31', '2023-03-31', '2023-06-30',
              '2023-09-30', '2023-12-31', '2024-03-31', '2024-06-30', '2024-09-30', '2024-12-31']::date[])[n % 20 + 1],
       (500000 + n * 2654435761 % 90000000) * 0.01,
       (n * 7919 % 2000001 - 1000000) * 0.01,
       (ARRAY['feed', 'feed', 'manual', NULL, ''])[n % 5 + 1],
       n % 33 = 0
FROM generate_series(0, 5000 * pg_temp.scale() - 1) AS n;

-- Fees are the same amount in every portfolio, so that rows exist which differ in little but their key.
INSERT INTO public.transactions
    (id, portfolio_id, fund_id, type, amount, units, traded_on, settled_on, reference, details, created_at)
SELECT n + 1,
       n / 15 + 1,
       CASE WHEN n % 5 >= 3 THEN (n * 7 % 60 + 1)::integer END,
       (ARRAY['contribution', 'withdrawal', 'fee', 'dividend', 'switch']::public.transaction_type[])[n % 5 + 1],
       CASE n % 5 WHEN 0 THEN (10000 + n * 3331 % 5000000) * 0.01
                  WHEN 1 THEN (-1 - n * 1777 % 2500000) * 0.01
                  WHEN 2 THEN -12.50
                  WHEN 3 THEN (1 + n * 389 % 90000) * 0.01
                  ELSE (n * 2477 % 200000 * 2 - 199999) * 0.01 END,
       CASE WHEN n % 5 >= 3 THEN (n * 104729 % 900000007) * 0.000001 END,
       date '2020-01-06' + (n * 61 % 1800)::integer,
       CASE WHEN n % 40 <> 0 THEN date '2020-01-06' + (n * 61 % 1800 + 2 + n % 4)::integer END,
       'T' || substr(md5('transaction:' || n), 1, 10),
       CASE n % 10 WHEN 0 THEN jsonb_build_object('channel', 'bacs', 'fee', 0.00)
                   WHEN 5 THEN '{"channel": "card"}'::jsonb END,
       pg_temp.minute(n * 3)
FROM generate_series(0, 3750 * pg_temp.scale() - 1) AS n;

INSERT INTO public.activity_log
    (id, user_id, action, entity, entity_id, detail, ip_address, duration_ms, occurred_at)
SELECT n,
       CASE WHEN n % 12 <> 0 THEN (n - 1) % (200 * pg_temp.scale()) + 1 END,
       (ARRAY['sign_in', 'view', 'view', 'export', 'update', 'sign_out'])[n % 6 + 1],
       (ARRAY['users', 'portfolios', 'client_groups', 'products'])[n % 4 + 1],
       (n * 31 % (130 * pg_temp.scale()) + 1)::text,
       CASE n % 5 WHEN 0 THEN '{}'::jsonb
                  ELSE jsonb_build_object('page', n % 12, 'agent', 'Portal/1.' || n % 4, 'ok', n % 50 <> 0) END,
       CASE WHEN n % 3 <> 0 THEN ('10.20.' || n % 250 || '.' || n / 250 % 250)::inet END,
       CASE WHEN n % 7 <> 0 THEN (n % 4001)::double precision / 8 END,
       pg_temp.minute(n * 5)
FROM generate_series(1, 1500 * pg_temp.scale()) AS n;

SELECT setval('public.users_id_seq', (SELECT max(id) FROM public.users)),
       setval('public.client_groups_id_seq', (SELECT max(id) FROM public.client_groups)),
       setval('public.product_owners_id_seq', (SELECT max(id) FROM public.product_owners)),
       setval('public.products_id_seq', (SELECT max(id) FROM public.products)),
       setval('public.portfolios_id_seq', (SELECT max(id) FROM public.portfolios)),
       setval('public.funds_id_seq', (SELECT max(id) FROM public.funds)),
       setval('public.holdings_id_seq', (SELECT max(id) FROM public.holdings)),
       setval('public.transactions_id_seq', (SELECT max(id) FROM public.transactions)),
       setval('public.activity_log_id_seq', (SELECT max(id) FROM public.activity_log));

DROP FUNCTION pg_temp.minute(bigint);
DROP FUNCTION pg_temp.last_name(bigint);
DROP FUNCTION pg_temp.first_name(bigint);
DROP FUNCTION pg_temp.scale();
