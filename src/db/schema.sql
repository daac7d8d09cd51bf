-- Every object of the user's schemas: kind, name as a declaration writes it, the object it belongs to where its own
-- name does not begin with that one's, and a definition that changes exactly when the object does. Members of
-- extensions are the extension's. Of a sequence the parameters, not where it stands.
WITH schemas AS (
    SELECT n.oid, n.nspname, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
), members AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), rels AS (
    SELECT c.*, n.nspname, n.nspname || '.' || c.relname AS full_name
    FROM pg_catalog.pg_class c
    JOIN schemas n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'i', 'I')
      AND NOT EXISTS (SELECT FROM members e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid)
), procs AS (
    SELECT p.*, n.nspname || '.' || p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' AS full_name
    FROM pg_catalog.pg_proc p
    JOIN schemas n ON n.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM members e WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid)
      -- The constructors of a range come with it, and those of its multirange from PostgreSQL 14 on.
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i'
                        AND d.refclassid = 'pg_catalog.pg_type'::regclass)
), types AS (
    -- Types of their own: not the row types of tables, not arrays, not the multirange that comes with a range.
    SELECT t.*, n.nspname || '.' || t.typname AS full_name
    FROM pg_catalog.pg_type t
    JOIN schemas n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('e', 'd', 'r', 'b') OR t.typtype = 'c' AND c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_type y WHERE y.typarray = t.oid)
      AND NOT EXISTS (SELECT FROM members e WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = t.oid)
), owned_sequences AS (
    SELECT d.objid, r.full_name || '.' || a.attname AS of, d.deptype
    FROM pg_catalog.pg_depend d
    -- Before PostgreSQL 15 a table with a generated column depends likewise on its own columns.
    JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN rels r ON r.oid = d.refobjid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
), parents AS (
    -- What a partition or an inheritor has from above belongs to the part of its parent.
    SELECT DISTINCT ON (i.inhrelid) i.inhrelid AS oid, r.oid AS parent, r.full_name
    FROM pg_catalog.pg_inherits i JOIN rels r ON r.oid = i.inhparent
    ORDER BY i.inhrelid, i.inhseqno
), acls AS (
    -- Who may do what. Rights that the owner has by default are written out, so that granting them changes nothing.
    SELECT r.full_name AS name, q.of,
           r.relowner AS owner, 1 AS part, '' AS on_part, r.relacl AS acl,
           pg_catalog.acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, r.relowner) AS usual
    FROM rels r LEFT JOIN owned_sequences q ON q.objid = r.oid
    WHERE r.relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT r.full_name, NULL, r.relowner, 2, ' on column ' || a.attname, a.attacl, NULL
    FROM rels r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
    WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT p.full_name, NULL, p.proowner, 1, '', p.proacl, pg_catalog.acldefault('f', p.proowner) FROM procs p
    UNION ALL
    SELECT t.full_name, NULL, t.typowner, 1, '', t.typacl, pg_catalog.acldefault('T', t.typowner) FROM types t
    UNION ALL
    SELECT n.nspname, NULL, n.nspowner, 1, '', n.nspacl, pg_catalog.acldefault('n', n.nspowner) FROM schemas n
), grants AS (
    SELECT g.name, g.of, g.owner, g.part, g.on_part,
           coalesce(u.rolname, 'public') || ': '
               -- All rights together have another name in each major version: MAINTAIN came with 17.
               || CASE WHEN pg_catalog.count(DISTINCT x.privilege_type) = d.rights AND d.rights > 1 AND pg_catalog.bool_and(x.is_grantable) THEN 'all with grant option'
                       WHEN pg_catalog.count(DISTINCT x.privilege_type) = d.rights AND (x.grantee = g.owner OR d.rights > 1)
                            AND NOT pg_catalog.bool_or(x.is_grantable) THEN 'all'
                       ELSE pg_catalog.string_agg(x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END,
                                                  ', ' ORDER BY x.privilege_type, x.is_grantable) END
               || g.on_part AS line
    FROM acls g
    CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(g.acl, g.usual)) x
    CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS rights FROM pg_catalog.aclexplode(g.usual) y WHERE y.grantee = g.owner) d
    LEFT JOIN pg_catalog.pg_roles u ON u.oid = x.grantee
    GROUP BY g.name, g.of, g.owner, g.part, g.on_part, d.rights, x.grantee, u.rolname
), objects AS (
    SELECT 'schema' AS kind, n.nspname::text AS name, NULL::text AS of, 'schema' AS definition FROM schemas n
    UNION ALL
    SELECT 'table', r.full_name, NULL,
           CASE r.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'foreign table' END
           || CASE r.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END
           || coalesce(' partition by ' || CASE WHEN r.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(r.oid) END, '')
           || coalesce(' ' || CASE WHEN r.relispartition THEN pg_catalog.pg_get_expr(r.relpartbound, r.oid) END, '')
           || coalesce((SELECT ' inherits ' || pg_catalog.string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
                        FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid), '')
           || coalesce(' of type ' || CASE WHEN r.reloftype <> 0 THEN pg_catalog.format_type(r.reloftype, NULL) END, '')
           || coalesce(' with (' || (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o) FROM pg_catalog.unnest(r.reloptions) o) || ')', '')
           || CASE WHEN r.relrowsecurity THEN ' row level security enabled' ELSE '' END
           || CASE WHEN r.relforcerowsecurity THEN ' row level security forced' ELSE '' END
           || CASE r.relreplident WHEN 'f' THEN ' replica identity full' WHEN 'n' THEN ' replica identity nothing'
                                  WHEN 'i' THEN ' replica identity index' ELSE '' END
           || coalesce((SELECT pg_catalog.string_agg(' ' || pg_catalog.pg_get_ruledef(w.oid) || ' enabled=' || w.ev_enabled::text, '' ORDER BY w.rulename)
                        FROM pg_catalog.pg_rewrite w WHERE w.ev_class = r.oid), '')
    FROM rels r WHERE r.relkind IN ('r', 'p', 'f')
    UNION ALL
    SELECT 'column', r.full_name || '.' || a.attname, CASE WHEN a.attinhcount > 0 THEN h.full_name || '.' || a.attname END,
           pg_catalog.format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attcollation <> t.typcollation
                   THEN coalesce((SELECT ' collate ' || l.collname FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation), '')
                   ELSE '' END
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
           || CASE a.attidentity WHEN 'a' THEN ' generated always as identity' WHEN 'd' THEN ' generated by default as identity' ELSE '' END
           || CASE a.attgenerated WHEN '' THEN coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
                                  WHEN 's' THEN ' generated always as (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') stored'
                                  ELSE ' generated always as (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') virtual' END
    FROM rels r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN parents h ON h.oid = r.oid
    WHERE r.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    -- NOT NULL is part of the column, also where the server keeps it as a constraint.
    SELECT 'constraint', r.full_name || '.' || k.conname,
           CASE WHEN k.coninhcount > 0 OR k.conparentid <> 0
                THEN h.full_name || '.' || coalesce((SELECT u.conname FROM pg_catalog.pg_constraint u WHERE u.oid = k.conparentid), k.conname) END,
           pg_catalog.pg_get_constraintdef(k.oid)
           || CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger g
                                WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled <> 'O')
                   THEN ' (its enforcement is disabled)' ELSE '' END
           || CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indexrelid = k.conindid AND i.indrelid = k.conrelid
                                AND NOT (i.indisvalid AND i.indisready))
                   THEN ' (its index is invalid)' ELSE '' END
    FROM rels r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
    LEFT JOIN parents h ON h.oid = r.oid
    WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    -- An index that a constraint stands on is described by the constraint.
    SELECT 'index', r.full_name, coalesce(h.full_name, o.full_name),
           pg_catalog.pg_get_indexdef(r.oid)
           || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' (invalid)' END
           || CASE WHEN i.indisreplident THEN ' (replica identity)' ELSE '' END
           || CASE WHEN i.indisclustered THEN ' (clustered)' ELSE '' END
    FROM rels r
    JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid
    JOIN rels o ON o.oid = i.indrelid
    LEFT JOIN parents h ON h.oid = r.oid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = r.oid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT CASE r.relkind WHEN 'm' THEN 'materialized_view' ELSE 'view' END, r.full_name, NULL,
           pg_catalog.pg_get_viewdef(r.oid)
           || coalesce(' with (' || (SELECT pg_catalog.string_agg(o, ', ' ORDER BY o) FROM pg_catalog.unnest(r.reloptions) o) || ')', '')
           || coalesce((SELECT pg_catalog.string_agg(' ' || pg_catalog.pg_get_ruledef(w.oid), '' ORDER BY w.rulename)
                        FROM pg_catalog.pg_rewrite w WHERE w.ev_class = r.oid AND w.rulename <> '_RETURN'), '')
    FROM rels r WHERE r.relkind IN ('v', 'm')
    UNION ALL
    SELECT 'function', p.full_name, NULL,
           CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid)
                ELSE (SELECT pg_catalog.format('aggregate %s over %s final %s combine %s state %s initial %s sort %s kind %s',
                             pg_catalog.format_type(p.prorettype, NULL), g.aggtransfn, g.aggfinalfn, g.aggcombinefn,
                             pg_catalog.format_type(g.aggtranstype, NULL), pg_catalog.quote_nullable(g.agginitval), g.aggsortop, g.aggkind)
                      FROM pg_catalog.pg_aggregate g WHERE g.aggfnoid = p.oid) END
    FROM procs p
    UNION ALL
    SELECT 'trigger', r.full_name || '.' || g.tgname, CASE WHEN g.tgparentid <> 0 THEN h.full_name || '.' || g.tgname END,
           pg_catalog.pg_get_triggerdef(g.oid)
           || CASE g.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN ' (disabled)' WHEN 'R' THEN ' (enabled on replicas only)'
                               ELSE ' (enabled always)' END
    FROM rels r JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid
    LEFT JOIN parents h ON h.oid = r.oid
    WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'sequence', r.full_name, q.of,
           pg_catalog.format('%s start %s min %s max %s increment %s cache %s%s%s', pg_catalog.format_type(s.seqtypid, NULL),
                  s.seqstart, s.seqmin, s.seqmax, s.seqincrement, s.seqcache,
                  CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END, coalesce(' owned by ' || q.of, ''))
    FROM rels r
    JOIN pg_catalog.pg_sequence s ON s.seqrelid = r.oid
    LEFT JOIN owned_sequences q ON q.objid = r.oid
    UNION ALL
    SELECT 'type', t.full_name, NULL,
           CASE t.typtype
               WHEN 'e' THEN (SELECT 'enum (' || pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) || ')'
                              FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
               WHEN 'd' THEN 'domain over ' || pg_catalog.format_type(t.typbasetype, t.typtypmod)
                              || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || t.typdefault, '')
                              || coalesce((SELECT ' ' || pg_catalog.string_agg(k.conname || ' ' || pg_catalog.pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
                                           FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
               WHEN 'c' THEN (SELECT 'composite (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) || ')'
                              FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
               WHEN 'r' THEN (SELECT 'range of ' || pg_catalog.format_type(g.rngsubtype, NULL) FROM pg_catalog.pg_range g WHERE g.rngtypid = t.oid)
               ELSE pg_catalog.format('base type in %s out %s', t.typinput, t.typoutput) END
    FROM types t
    UNION ALL
    -- A column, a constraint, a trigger and a policy of one table may have one name: their comments are one object.
    SELECT 'comment', c.name, pg_catalog.min(c.of), pg_catalog.string_agg(c.what || ': ' || c.text, '; ' ORDER BY c.what)
    FROM (SELECT r.full_name || coalesce('.' || a.attname, '') AS name, CASE WHEN r.relkind IN ('i', 'I') THEN o.full_name ELSE q.of END AS of,
                 CASE WHEN a.attname IS NULL THEN 'relation' ELSE 'column' END AS what, d.description AS text
          FROM rels r
          JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = r.oid
          LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.objsubid AND d.objsubid > 0
          LEFT JOIN owned_sequences q ON q.objid = r.oid
          LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = r.oid
          LEFT JOIN rels o ON o.oid = i.indrelid
          UNION ALL
          SELECT p.full_name, NULL, 'function', d.description
          FROM procs p JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_proc'::regclass AND d.objoid = p.oid
          UNION ALL
          SELECT t.full_name, NULL, 'type', d.description
          FROM types t JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_type'::regclass AND d.objoid = t.oid
          UNION ALL
          SELECT n.nspname, NULL, 'schema', d.description
          FROM schemas n JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objoid = n.oid
          UNION ALL
          SELECT r.full_name || '.' || k.conname, NULL, 'constraint', d.description
          FROM rels r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid
          JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid
          UNION ALL
          SELECT r.full_name || '.' || g.tgname, NULL, 'trigger', d.description
          FROM rels r JOIN pg_catalog.pg_trigger g ON g.tgrelid = r.oid
          JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_trigger'::regclass AND d.objoid = g.oid
          UNION ALL
          SELECT r.full_name || '.' || p.polname, NULL, 'policy', d.description
          FROM rels r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
          JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_policy'::regclass AND d.objoid = p.oid) c
    GROUP BY c.name
    UNION ALL
    SELECT 'grant', g.name, g.of,
           'owner ' || u.rolname || coalesce('; ' || pg_catalog.string_agg(x.line, '; ' ORDER BY x.part, x.line COLLATE "C"), '')
    FROM (SELECT DISTINCT a.name, a.of, a.owner FROM acls a WHERE a.part = 1) g
    JOIN pg_catalog.pg_roles u ON u.oid = g.owner
    LEFT JOIN grants x ON x.name = g.name
    GROUP BY g.name, g.of, u.rolname
    UNION ALL
    SELECT 'policy', p.schemaname || '.' || p.tablename || '.' || p.policyname, NULL,
           pg_catalog.format('%s for %s to %s using (%s) with check (%s)', p.permissive, p.cmd,
                  (SELECT pg_catalog.string_agg(r, ', ' ORDER BY r) FROM pg_catalog.unnest(p.roles) r), p.qual, p.with_check)
    FROM pg_catalog.pg_policies p JOIN schemas n ON n.nspname = p.schemaname
    UNION ALL
    SELECT 'extension', e.extname::text, NULL, 'version ' || e.extversion || ' in ' || n.nspname
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
)
SELECT kind, name, of, definition FROM objects
