-- Who may act: accounts, the roles they hold, what a role may do, and the tokens they act with.
-- Every other schema points here, so this comes first.

CREATE SCHEMA access;
GRANT USAGE ON SCHEMA access TO masthead_app, masthead_reader;

-- One database is one publication. The zone decides which day a gift, a view or a deadline belongs to, so only the
-- owner changes it.
CREATE TABLE access.publication (
    only_row boolean NOT NULL DEFAULT true,
    name text NOT NULL,
    timezone text NOT NULL,
    locale text NOT NULL,
    CONSTRAINT publication_pkey PRIMARY KEY (only_row),
    CONSTRAINT publication_only_row CHECK (only_row),
    CONSTRAINT publication_name_filled CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    -- An unknown zone raises an error here, before anything is counted in it.
    CONSTRAINT publication_timezone_known
        CHECK (timezone <> '' AND timezone(timezone, timestamptz '2000-01-01 00:00:00+00') IS NOT NULL),
    CONSTRAINT publication_locale_form CHECK (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$')
);
INSERT INTO access.publication (name, timezone, locale) VALUES ('Masthead', 'UTC', 'en-US');
GRANT SELECT ON access.publication TO masthead_app;

-- The publication's zone, for `… AT TIME ZONE`. It is evaluated once a call: over many rows write
-- `AT TIME ZONE (SELECT access.publication_zone())`, which asks once a statement.
CREATE FUNCTION access.publication_zone() RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT timezone FROM access.publication $$;
REVOKE ALL ON FUNCTION access.publication_zone() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access.publication_zone() TO masthead_app, masthead_reader;

CREATE TABLE access.account (
    id bigint GENERATED ALWAYS AS IDENTITY,
    email text NOT NULL,
    email_folded text NOT NULL,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_email_unique UNIQUE (email_folded),
    CONSTRAINT account_email_form
        CHECK (email LIKE '%_@_%' AND email_folded LIKE '%_@_%' AND octet_length(email) <= 320),
    CONSTRAINT account_name_filled CHECK (btrim(name) <> '' AND char_length(name) <= 200),
    CONSTRAINT account_status_known CHECK (status IN ('active', 'suspended')),
    -- The string form of argon2id and nothing weaker; a plain password can't be stored by mistake.
    CONSTRAINT account_password_hashed CHECK (password_hash LIKE '$argon2id$%' AND octet_length(password_hash) <= 128)
);
-- No DELETE: approvals and audit rows point at whoever made them. Leaving is a status.
GRANT SELECT, INSERT ON access.account TO masthead_app;
GRANT UPDATE (email, email_folded, name, status, password_hash) ON access.account TO masthead_app;

CREATE TABLE access.role (
    role text NOT NULL,
    description text NOT NULL,
    CONSTRAINT role_pkey PRIMARY KEY (role),
    CONSTRAINT role_form CHECK (role ~ '^[a-z]+(-[a-z]+)*$')
);
GRANT SELECT ON access.role TO masthead_app;
INSERT INTO access.role (role, description) VALUES
    ('contributor', 'writes and submits own drafts'),
    ('writer', 'pitches, writes and submits'),
    ('section-editor', 'assigns, edits and approves in a section'),
    ('copy', 'gives copy approvals'),
    ('fact', 'gives fact-check approvals'),
    ('legal', 'gives legal approvals'),
    ('publisher', 'schedules, publishes and corrects'),
    ('editor-in-chief', 'lifts embargoes, retracts, overrides with a reason'),
    ('development', 'raises money: donors, campaigns, gifts'),
    ('finance', 'reconciles, corrects and closes the books'),
    ('auditor', 'reads accounts, the audit chain and the books'),
    ('analyst', 'reads views and growth'),
    ('admin', 'manages accounts and settings');

-- What a role may do. Each domain's migration adds its own rows; the app reads them and can't add to them.
CREATE TABLE access.role_permission (
    role text NOT NULL,
    permission text NOT NULL,
    CONSTRAINT role_permission_pkey PRIMARY KEY (role, permission),
    CONSTRAINT role_permission_role_fkey FOREIGN KEY (role) REFERENCES access.role (role),
    CONSTRAINT role_permission_form CHECK (permission ~ '^[a-z]+([-_][a-z]+)*\.[a-z]+([-_][a-z]+)*$')
);
GRANT SELECT ON access.role_permission TO masthead_app;
-- Whoever runs the accounts doesn't thereby approve a text or touch the books.
INSERT INTO access.role_permission (role, permission) VALUES
    ('admin', 'account.read'),
    ('admin', 'account.manage'),
    ('admin', 'settings.manage'),
    ('admin', 'audit.read'),
    ('section-editor', 'account.read'),
    ('publisher', 'account.read'),
    ('editor-in-chief', 'account.read'),
    ('editor-in-chief', 'audit.read'),
    ('auditor', 'account.read'),
    ('auditor', 'audit.read');

CREATE TABLE access.role_grant (
    id bigint GENERATED ALWAYS AS IDENTITY,
    account bigint NOT NULL,
    role text NOT NULL,
    -- A section's slug; NULL holds everywhere.
    section text,
    granted_by bigint,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT role_grant_pkey PRIMARY KEY (id),
    CONSTRAINT role_grant_account_fkey FOREIGN KEY (account) REFERENCES access.account (id),
    CONSTRAINT role_grant_role_fkey FOREIGN KEY (role) REFERENCES access.role (role),
    CONSTRAINT role_grant_granted_by_fkey FOREIGN KEY (granted_by) REFERENCES access.account (id),
    CONSTRAINT role_grant_unique UNIQUE NULLS NOT DISTINCT (account, role, section),
    CONSTRAINT role_grant_section_form
        CHECK (section ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND section ~ '[a-z-]' AND octet_length(section) <= 100),
    -- Nobody gave the first grant, and that one makes an admin of the whole publication.
    CONSTRAINT role_grant_first_is_admin
        CHECK (granted_by IS NOT NULL OR (role = 'admin' AND section IS NULL))
);
-- Two first admins at once: the second waits here and is refused.
CREATE UNIQUE INDEX role_grant_first_once ON access.role_grant ((true)) WHERE granted_by IS NULL;
CREATE INDEX role_grant_role ON access.role_grant (role, account);
GRANT SELECT, INSERT, DELETE ON access.role_grant TO masthead_app;

-- Tokens are kept as SHA-256 of 32 random bytes: a stolen database gives nobody a way in.
CREATE TABLE access.api_token (
    id bigint GENERATED ALWAYS AS IDENTITY,
    hash bytea NOT NULL,
    account bigint NOT NULL,
    name text NOT NULL,
    -- Permissions the token is good for, or '*' for all that the account has.
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_token_pkey PRIMARY KEY (id),
    CONSTRAINT api_token_hash_unique UNIQUE (hash),
    CONSTRAINT api_token_hash_length CHECK (octet_length(hash) = 32),
    CONSTRAINT api_token_account_fkey FOREIGN KEY (account) REFERENCES access.account (id),
    CONSTRAINT api_token_name_filled CHECK (btrim(name) <> '' AND char_length(name) <= 100),
    CONSTRAINT api_token_scopes_filled
        CHECK (cardinality(scopes) BETWEEN 1 AND 100 AND array_position(scopes, NULL) IS NULL),
    CONSTRAINT api_token_expires_later CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX api_token_name_unique ON access.api_token (account, name) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT ON access.api_token TO masthead_app;
GRANT UPDATE (revoked_at) ON access.api_token TO masthead_app;
