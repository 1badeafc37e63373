-- Attempts to give: how many come from where, so that nobody tries stolen cards here. Neither an address nor an e-mail is
-- kept, only a keyed hash of it that is another one every day, and that for two days.

CREATE TABLE fundraising.attempt_limit (
    is_only boolean CONSTRAINT attempt_limit_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT attempt_limit_only CHECK (is_only),
    -- A day, from one block of addresses (IPv4 /24, IPv6 /56), and with one e-mail address.
    per_block integer NOT NULL DEFAULT 30 CONSTRAINT attempt_limit_per_block CHECK (per_block BETWEEN 1 AND 100000),
    per_email integer NOT NULL DEFAULT 6 CONSTRAINT attempt_limit_per_email CHECK (per_email BETWEEN 1 AND 100000),
    -- How long a form may stay open.
    token_minutes integer NOT NULL DEFAULT 120 CONSTRAINT attempt_limit_token CHECK (token_minutes BETWEEN 1 AND 1440),
    -- When of so many attempts within so many minutes such a part failed at the processor, nobody is let through for
    -- so many minutes.
    fewest integer NOT NULL DEFAULT 20 CONSTRAINT attempt_limit_fewest CHECK (fewest BETWEEN 1 AND 100000),
    window_minutes integer NOT NULL DEFAULT 10 CONSTRAINT attempt_limit_window CHECK (window_minutes BETWEEN 1 AND 1440),
    failure_percent integer NOT NULL DEFAULT 60 CONSTRAINT attempt_limit_failure CHECK (failure_percent BETWEEN 1 AND 100),
    pause_minutes integer NOT NULL DEFAULT 5 CONSTRAINT attempt_limit_pause CHECK (pause_minutes BETWEEN 1 AND 1440)
);
INSERT INTO fundraising.attempt_limit DEFAULT VALUES;
GRANT SELECT, UPDATE (per_block, per_email, token_minutes, fewest, window_minutes, failure_percent, pause_minutes)
    ON fundraising.attempt_limit TO masthead_app;

-- The least that may be given on the site, by currency: cards are tried out with the smallest amounts.
CREATE TABLE fundraising.attempt_least (
    currency fundraising.currency_code CONSTRAINT attempt_least_pkey PRIMARY KEY,
    least_minor bigint NOT NULL CONSTRAINT attempt_least_amount CHECK (least_minor > 0)
);
INSERT INTO fundraising.attempt_least (currency, least_minor)
VALUES ('USD', 200), ('EUR', 200), ('GBP', 200), ('CAD', 200), ('AUD', 300), ('CHF', 200), ('JPY', 300);
GRANT SELECT, INSERT, UPDATE (least_minor) ON fundraising.attempt_least TO masthead_app;

CREATE TABLE fundraising.attempt_count (
    day date NOT NULL,
    kind text COLLATE "C" NOT NULL CONSTRAINT attempt_count_kind CHECK (kind IN ('block', 'email')),
    -- HMAC-SHA-256 of kind, day and block or address, under a key that isn't in the database.
    key bytea NOT NULL CONSTRAINT attempt_count_key CHECK (octet_length(key) = 32),
    attempts integer NOT NULL CONSTRAINT attempt_count_attempts CHECK (attempts > 0),
    CONSTRAINT attempt_count_pkey PRIMARY KEY (day, kind, key)
);
GRANT SELECT, INSERT, UPDATE (attempts), DELETE ON fundraising.attempt_count TO masthead_app;

-- Forms that were sent once, until they would have expired anyway.
CREATE TABLE fundraising.attempt_token (
    nonce bytea CONSTRAINT attempt_token_pkey PRIMARY KEY CONSTRAINT attempt_token_nonce CHECK (octet_length(nonce) = 16),
    expires_at timestamptz NOT NULL
);
CREATE INDEX attempt_token_expires ON fundraising.attempt_token (expires_at);
GRANT SELECT, INSERT, UPDATE (expires_at), DELETE ON fundraising.attempt_token TO masthead_app;

-- What the processor said, by the minute.
CREATE TABLE fundraising.attempt_outcome (
    minute timestamptz CONSTRAINT attempt_outcome_pkey PRIMARY KEY,
    succeeded integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0
);
GRANT SELECT, INSERT, UPDATE (succeeded, failed), DELETE ON fundraising.attempt_outcome TO masthead_app;

-- The breaker: open, nobody is let through.
CREATE TABLE fundraising.attempt_breaker (
    is_only boolean CONSTRAINT attempt_breaker_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT attempt_breaker_only CHECK (is_only),
    open_until timestamptz,
    -- Outcomes before this don't count any more: what opened it once mustn't open it again at once.
    counted_since timestamptz NOT NULL DEFAULT '-infinity',
    opened integer NOT NULL DEFAULT 0
);
INSERT INTO fundraising.attempt_breaker DEFAULT VALUES;
GRANT SELECT, UPDATE (open_until, counted_since, opened) ON fundraising.attempt_breaker TO masthead_app;

INSERT INTO access.role_permission (role, permission)
SELECT roles.role, given.permission
FROM (VALUES
    ('checkout.read', 'development finance auditor'),
    ('checkout.manage', 'development finance')
) AS given (permission, roles), regexp_split_to_table(given.roles, ' ') AS roles (role);
