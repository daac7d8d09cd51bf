CREATE TABLE public.users (id bigint PRIMARY KEY);
CREATE TABLE public.owners (group_id int, id int, PRIMARY KEY (group_id, id));
CREATE TABLE public.products (
    id int PRIMARY KEY,
    user_id int CONSTRAINT products_user_fk REFERENCES public.users,
    group_id int, owner_id int,
    full_group_id int, full_owner_id int,
    CONSTRAINT products_owner_fk FOREIGN KEY (group_id, owner_id) REFERENCES public.owners,
    CONSTRAINT products_full_fk FOREIGN KEY (full_group_id, full_owner_id) REFERENCES public.owners MATCH FULL
);
CREATE TABLE public.events (id int, at date, user_id bigint CONSTRAINT events_user_fk REFERENCES public.users, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.keyless (user_id bigint CONSTRAINT keyless_user_fk REFERENCES public.users);
INSERT INTO public.users SELECT generate_series(1, 5);
INSERT INTO public.owners SELECT n % 2, n FROM generate_series(1, 6) AS n;
INSERT INTO public.products SELECT n, n, n % 2, n, n % 2, n FROM generate_series(1, 5) AS n;
INSERT INTO public.products (id, group_id) VALUES (6, 77);
INSERT INTO public.events SELECT n, date '2024-05-01', n FROM generate_series(1, 5) AS n;
INSERT INTO public.keyless VALUES (1), (NULL);
