-- Whether this very session is encrypted, by which version and with which cipher.
SELECT ssl, version, cipher
FROM pg_catalog.pg_stat_ssl
WHERE pid = pg_catalog.pg_backend_pid()
