-- Audience: what a comparison of two periods can't know by itself, and who vouches for time without a log.

CREATE TABLE audience.mark (
    id bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    -- Null for all sites.
    site integer,
    added_by bigint NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT mark_pkey PRIMARY KEY (id),
    CONSTRAINT mark_site_fkey FOREIGN KEY (site) REFERENCES audience.site (id),
    CONSTRAINT mark_account_fkey FOREIGN KEY (added_by) REFERENCES access.account (id),
    CONSTRAINT mark_kind CHECK (kind IN ('relaunch', 'meter', 'bots', 'news')),
    CONSTRAINT mark_text CHECK (octet_length(text) BETWEEN 1 AND 200 AND text !~ '[\x01-\x1f\x7f]'),
    -- The web is from 1991.
    CONSTRAINT mark_day CHECK (day BETWEEN date '1991-01-01' AND date '2200-12-31')
);
GRANT SELECT, DELETE, INSERT (day, kind, text, site, added_by) ON audience.mark TO masthead_app;

-- Time is vouched for by somebody, for a reason, and only when it is over.
REVOKE INSERT ON audience.covered FROM masthead_app;
GRANT INSERT (site, from_at, to_at, note, added_by) ON audience.covered TO masthead_app;
ALTER TABLE audience.covered
    ADD CONSTRAINT covered_note CHECK (octet_length(note) BETWEEN 1 AND 500 AND note !~ '[\x01-\x1f\x7f]') NOT VALID,
    ADD CONSTRAINT covered_by_somebody CHECK (added_by IS NOT NULL) NOT VALID,
    ADD CONSTRAINT covered_over CHECK (to_at <= added_at) NOT VALID;
