-- Types of the user's own for the table of all types.
CREATE SCHEMA zoo;
CREATE TYPE zoo.mood AS ENUM ('sad', 'happy', 'Sad');
CREATE TYPE zoo.pair AS (a text, b text);
CREATE TYPE zoo.nested AS (p zoo.pair, n numeric, l integer[]);
CREATE TYPE zoo.span AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN zoo.amount AS numeric;
CREATE DOMAIN zoo.label AS text;
CREATE DOMAIN zoo.document AS jsonb;
CREATE DOMAIN zoo.numbers AS integer[];
CREATE DOMAIN zoo.pair_domain AS zoo.pair;
