-- Audience: pages that people asked for and that weren't there, by local day, and the page that sent them. Of that one its
-- host and path alone: what follows may say who somebody is.

CREATE TABLE audience.missing_day (
    site integer NOT NULL,
    day date NOT NULL,
    path text COLLATE "C" NOT NULL,
    referrer text COLLATE "C" NOT NULL,
    lines bigint NOT NULL,
    CONSTRAINT missing_day_pkey PRIMARY KEY (site, day, path, referrer),
    CONSTRAINT missing_day_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT missing_day_path CHECK (path ~ '^(/[!-~]*|\(other\))$' AND octet_length(path) <= 1000),
    CONSTRAINT missing_day_referrer CHECK (referrer ~ '^[!-~]*$' AND octet_length(referrer) <= 300),
    CONSTRAINT missing_day_lines CHECK (lines > 0)
) WITH (fillfactor = 80);
GRANT SELECT, INSERT, UPDATE ON audience.missing_day TO masthead_app;
