-- Phase 2 of the portal, step 2: the tables of the client data and workflow features.
-- They reference existing tables, which takes a short lock there; hence the lock timeout.
--
-- phasegate: lock_timeout = 5s
-- phasegate: statement_timeout = 1min
-- phasegate: adds table public.client_notes, public.client_information_items
-- phasegate: adds table public.product_owner_products, public.workflow_tasks

CREATE TABLE public.client_notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_group_id bigint NOT NULL,
    author_id bigint NOT NULL,
    category public.note_category NOT NULL DEFAULT 'general',
    body text NOT NULL CONSTRAINT client_notes_body_check CHECK (body <> ''),
    is_pinned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT public.platform_now(),
    updated_at timestamptz NOT NULL DEFAULT public.platform_now(),
    CONSTRAINT client_notes_client_group_id_fkey FOREIGN KEY (client_group_id) REFERENCES public.client_groups (id),
    CONSTRAINT client_notes_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.users (id)
);
COMMENT ON TABLE public.client_notes IS 'What advisers write down about a client group';
CREATE INDEX client_notes_client_group_id_idx ON public.client_notes (client_group_id, created_at);
CREATE TRIGGER client_notes_touch_updated_at BEFORE UPDATE ON public.client_notes
    FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

CREATE TABLE public.client_information_items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL,
    item_type text NOT NULL,
    value text,
    source text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT public.platform_now(),
    CONSTRAINT client_information_items_user_id_item_type_key UNIQUE (user_id, item_type),
    CONSTRAINT client_information_items_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users (id)
        ON DELETE CASCADE
);
COMMENT ON TABLE public.client_information_items IS 'Single facts about a person, one row a fact';
COMMENT ON COLUMN public.client_information_items.value IS 'NULL: asked, not known; empty: known to be none';

CREATE TABLE public.product_owner_products (
    product_id bigint NOT NULL,
    product_owner_id bigint NOT NULL,
    share_percent numeric(5, 2) NOT NULL
        CONSTRAINT product_owner_products_share_check CHECK (share_percent > 0 AND share_percent <= 100),
    CONSTRAINT product_owner_products_pkey PRIMARY KEY (product_id, product_owner_id),
    CONSTRAINT product_owner_products_product_id_fkey FOREIGN KEY (product_id) REFERENCES public.products (id),
    CONSTRAINT product_owner_products_product_owner_id_fkey
        FOREIGN KEY (product_owner_id) REFERENCES public.product_owners (id)
);
COMMENT ON TABLE public.product_owner_products IS 'Who owns which share of a product';
CREATE INDEX product_owner_products_product_owner_id_idx ON public.product_owner_products (product_owner_id);

CREATE TABLE public.workflow_tasks (
    id uuid PRIMARY KEY,
    client_group_id bigint NOT NULL,
    assigned_to bigint NOT NULL,
    depends_on uuid,
    title text NOT NULL,
    status public.workflow_status NOT NULL DEFAULT 'open',
    due_on date NOT NULL,
    finished_at timestamptz,
    CONSTRAINT workflow_tasks_finished_check CHECK ((status IN ('done', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT workflow_tasks_client_group_id_fkey FOREIGN KEY (client_group_id) REFERENCES public.client_groups (id),
    CONSTRAINT workflow_tasks_assigned_to_fkey FOREIGN KEY (assigned_to) REFERENCES public.users (id),
    CONSTRAINT workflow_tasks_depends_on_fkey FOREIGN KEY (depends_on) REFERENCES public.workflow_tasks (id)
);
COMMENT ON TABLE public.workflow_tasks IS 'Work to be done for a client group, in order';
CREATE INDEX workflow_tasks_assigned_to_idx ON public.workflow_tasks (assigned_to, due_on)
    WHERE status IN ('open', 'waiting');
