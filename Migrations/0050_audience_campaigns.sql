-- Audience: of a link with utm_source all its tags are kept, so that a letter's own links are told apart: which medium,
-- which campaign, which term, which of several contents. Empty where the link doesn't say, and for all other kinds.
ALTER TABLE audience.source_day
    ADD COLUMN medium text NOT NULL DEFAULT '',
    ADD COLUMN campaign text NOT NULL DEFAULT '',
    ADD COLUMN term text NOT NULL DEFAULT '',
    ADD COLUMN content text NOT NULL DEFAULT '',
    ADD CONSTRAINT source_day_tags CHECK (
        octet_length(medium) <= 100 AND octet_length(campaign) <= 100 AND octet_length(term) <= 100
        AND octet_length(content) <= 100),
    ADD CONSTRAINT source_day_tagged CHECK (
        kind = 'u' OR medium = '' AND campaign = '' AND term = '' AND content = ''),
    DROP CONSTRAINT source_day_pkey,
    ADD CONSTRAINT source_day_pkey PRIMARY KEY (site, day, kind, source, medium, campaign, term, content);
