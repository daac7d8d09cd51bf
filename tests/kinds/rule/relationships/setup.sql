CREATE TABLE public.users (id bigint PRIMARY KEY, code text);
INSERT INTO public.users SELECT n, 'c' || n FROM generate_series(1, 10) AS n;
-- NOT IN over this column finds no orphan at all: one NULL among the parents.
UPDATE public.users SET code = NULL WHERE id = 10;
CREATE TABLE public.owners (group_id int, id int, PRIMARY KEY (group_id, id));
INSERT INTO public.owners SELECT n % 3, n FROM generate_series(1, 9) AS n;
CREATE TABLE public.products (id int PRIMARY KEY, user_id int, user_code text, group_id int, owner_id int, note text);
INSERT INTO public.products SELECT n, n, 'c' || n, n % 3, n, 'note' FROM generate_series(1, 9) AS n;
UPDATE public.products SET user_id = NULL WHERE id = 1;
UPDATE public.products SET group_id = NULL, owner_id = NULL WHERE id = 2;
