CREATE TABLE public.spans (id int PRIMARY KEY, owner int, low date, high date, first int, last int);
INSERT INTO public.spans SELECT n, n % 2, date '2024-01-01' + n * 10, date '2024-01-01' + (n + 2) * 10, n * 10, n * 10 + 9 FROM generate_series(1, 8) AS n;
UPDATE public.spans SET high = NULL WHERE id = 8;
UPDATE public.spans SET low = NULL WHERE id = 1;
CREATE TABLE public.stays (id int PRIMARY KEY, room int, during tsrange);
INSERT INTO public.stays SELECT n, n % 2, tsrange(timestamp '2024-01-01' + (n - 1) / 2 * interval '2 days', timestamp '2024-01-03' + (n - 1) / 2 * interval '2 days') FROM generate_series(1, 8) AS n;
INSERT INTO public.stays VALUES (20, 0, 'empty'), (21, 0, 'empty'), (22, 0, NULL), (23, 0, NULL), (24, 3, '(,)'), (25, 0, '[2024-02-01,)');
-- Ends that belong to a range, and ends that do not, at one value.
CREATE TABLE public.prices (id int PRIMARY KEY, span numrange);
INSERT INTO public.prices VALUES (1, '[1,1]'), (2, '(1,5]'), (3, '(5,6)'), (4, '[6,7)'), (5, '[7,7]'), (6, '(7,8)'), (7, '(8,9)'), (8, '(,1)');
