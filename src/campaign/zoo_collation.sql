-- Text whose equality knows no case; only where the server was built with ICU.
CREATE COLLATION zoo.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN zoo.blind AS text COLLATE zoo.nocase;
