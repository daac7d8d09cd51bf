SET tcp_keepalives_idle = :'keepalives_idle';
SET tcp_keepalives_interval = :'keepalives_interval';
SET tcp_keepalives_count = :'keepalives_count';
