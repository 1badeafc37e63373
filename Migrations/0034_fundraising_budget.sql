-- What the organisation means to bring in: of a figure of the reports, for a month or a year. Lines are only added; of a
-- figure, period and currency the one that came last holds.
CREATE TABLE fundraising.budget_line (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT budget_line_pkey PRIMARY KEY,
    figure text COLLATE "C" NOT NULL CONSTRAINT budget_line_figure CHECK (figure IN ('gift-year', 'cash', 'gross', 'mrr')),
    starts date NOT NULL CONSTRAINT budget_line_starts CHECK (extract(day FROM starts) = 1),
    months smallint NOT NULL CONSTRAINT budget_line_months CHECK (months IN (1, 12)),
    currency fundraising.currency_code NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT budget_line_amount CHECK (amount_minor >= 0),
    -- The file it came from, by its content, and where it stood there.
    sha256 bytea NOT NULL CONSTRAINT budget_line_sha256 CHECK (octet_length(sha256) = 32),
    line bigint NOT NULL CONSTRAINT budget_line_line CHECK (line > 0),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by bigint NOT NULL CONSTRAINT budget_line_recorded_by_fkey REFERENCES access.account,
    -- What plans bring a month has no yearly sum.
    CONSTRAINT budget_line_mrr CHECK (figure <> 'mrr' OR months = 1)
);
CREATE INDEX budget_line_period ON fundraising.budget_line (figure, starts, months, currency, id DESC);
GRANT SELECT, INSERT (figure, starts, months, currency, amount_minor, sha256, line, recorded_by)
    ON fundraising.budget_line TO masthead_app;

CREATE VIEW fundraising.budget AS
SELECT DISTINCT ON (b.figure, b.starts, b.months, b.currency)
       b.id, b.figure, b.starts, b.months, b.currency, b.amount_minor, b.recorded_at, b.recorded_by
FROM fundraising.budget_line b ORDER BY b.figure, b.starts, b.months, b.currency, b.id DESC;
GRANT SELECT ON fundraising.budget TO masthead_app;

INSERT INTO access.role_permission (role, permission) VALUES
    ('development', 'budget.manage'), ('finance', 'budget.manage');
