ALTER TABLE shop.orders OWNER TO kinds_stranger;
ALTER FUNCTION shop.orders() OWNER TO kinds_stranger;
ALTER TYPE shop.pair OWNER TO kinds_stranger;
CREATE VIEW shop.more AS SELECT id FROM shop.orders;
ALTER VIEW shop.more OWNER TO kinds_stranger;
